"""What a domain's row keeps from one look to the next, in JSON, and back."""

from __future__ import annotations

from typing import Any

from publicdns.answers import Verdict
from publicdns.confirmation import Pending
from publicdns.picture import Picture, Subject


def subject_of(name: str, token: str, memory: dict[str, Any]) -> Subject:
    """What the next look is about."""
    return Subject(
        name,
        token or None,
        agreed_at=memory.get("agreed_at"),
        silent_since=tuple((host, since) for host, since in memory.get("silent", ())),
    )


def pending_of(memory: dict[str, Any]) -> Pending | None:
    """The verdict on its way to being believed."""
    if (kept := memory.get("pending")) is None:
        return None
    verdict, first_at, looks, shown, settled = kept
    return Pending(Verdict(verdict), first_at, looks, shown, settled)


def memory_of(picture: Picture, pending: Pending | None) -> dict[str, Any]:
    """What to keep after ``picture``."""
    kept: dict[str, Any] = {}
    if picture.subject.agreed_at is not None:
        kept["agreed_at"] = picture.subject.agreed_at
    if picture.subject.silent_since:
        kept["silent"] = [list(pair) for pair in picture.subject.silent_since]
    if pending is not None:
        kept["pending"] = [pending.verdict.value, pending.first_at, pending.looks, pending.shown, pending.settled]
    return kept
