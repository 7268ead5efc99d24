"""What a domain's row keeps from one look to the next, in JSON, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from onboarding.leasing import Claimed
from publicdns.answers import Verdict
from publicdns.confirmation import Pending
from publicdns.frozen import frozen
from publicdns.picture import Picture, Subject

VERDICTS = {verdict.value: verdict for verdict in Verdict}  # several times quicker to ask than the enum


def subject_of(domain: Claimed, now: datetime) -> Subject:
    """What the look at ``now`` is about. From the beginning of a cut-over's window mail is meant to move."""
    memory, start = domain.memory, domain.window_start
    return Subject(
        domain.name,
        domain.token or None,
        agreed_at=memory.get("agreed_at"),
        silent_since=tuple((host, since) for host, since in memory.get("silent", ())),
        mail_moved=domain.mail_moved or (start is not None and start <= now),
    )


def pending_of(memory: dict[str, Any]) -> Pending | None:
    """The verdict on its way to being believed."""
    if (kept := memory.get("pending")) is None:
        return None
    verdict, first_at, looks, shown, settled = kept
    return Pending(VERDICTS[verdict], first_at, looks, shown, settled)


@frozen
class Seen:
    """What the last look concluded about the token: as much as a confirmation needs."""

    verdict: Verdict
    proven: bool = False
    mixed: bool = False
    shown: str = ""

    @classmethod
    def of(cls, picture: Picture) -> Seen | None:
        """What ``picture`` concludes; None without a token."""
        found = picture.propagation
        return None if found is None else cls(found.verdict, found.proven, found.mixed, found.shown[:200])


def seen_last(memory: dict[str, Any]) -> Seen | None:
    """What the last look concluded."""
    if (kept := memory.get("seen")) is None:
        return None
    verdict, proven, mixed, shown = kept
    return Seen(VERDICTS[verdict], proven, mixed, shown)


def memory_of(picture: Picture, seen: Seen | None, pending: Pending | None) -> dict[str, Any]:
    """What to keep after ``picture``, which shows ``seen``."""
    kept: dict[str, Any] = {}
    if picture.subject.agreed_at is not None:
        kept["agreed_at"] = picture.subject.agreed_at
    if picture.subject.silent_since:
        kept["silent"] = [list(pair) for pair in picture.subject.silent_since]
    if seen is not None:
        kept["seen"] = [seen.verdict.value, seen.proven, seen.mixed, seen.shown]
    return with_pending(kept, pending)


def with_pending(memory: dict[str, Any], pending: Pending | None) -> dict[str, Any]:
    """``memory`` with another verdict on its way."""
    kept = None
    if pending is not None:
        kept = [pending.verdict.value, pending.first_at, pending.looks, pending.shown, pending.settled]
    if kept == memory.get("pending"):
        return memory
    others = {key: value for key, value in memory.items() if key != "pending"}
    return others if kept is None else {**others, "pending": kept}
