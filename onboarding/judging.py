"""From a picture to what changes in a domain's row: columns, and at most one transition. No database here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from notices.models import SubjectKind, Transition
from onboarding.json_text import encoded
from onboarding.leasing import Claimed
from onboarding.remembering import Seen, memory_of, pending_of, seen_last, with_pending
from onboarding.stage import Stage
from publicdns.answers import Verdict
from publicdns.confirmation import Confirmation, Patience, confirm
from publicdns.names import unicode_name
from publicdns.picture import Picture

TOLD = {Verdict.PRESENT: "token-seen", Verdict.WRONG: "token-changed", Verdict.MISSING: "token-gone"}


@dataclass(slots=True)
class Judged:
    """What one look changes."""

    columns: dict[str, Any] = field(default_factory=dict)  # changed ones only
    picture: bytes | None = None  # as JSON; None: the observation stands
    transition: Transition | None = None
    again_in: float | None = None  # seconds until the look that a confirmation needs
    doubts: bool | None = None  # believed, this sight would take a token back; None: as at the look before


def judged(domain: Claimed, picture: Picture, marks: bytes, now: datetime, patience: Patience) -> Judged:
    """What ``picture`` changes about ``domain``. A verdict shows at once; only what is confirmed becomes a
    transition."""
    result = Judged()
    seen = Seen.of(picture)
    confirmation = confirmed(domain, seen, now, patience)
    _note(result, domain, "memory", memory_of(picture, seen, confirmation.pending))
    if marks != bytes(domain.marks):
        result.columns["marks"] = marks
    result.again_in = confirmation.look_again_in
    result.doubts = _doubts(domain, picture)
    _show(result, domain, picture, now)
    if confirmation.settled is not None and _is_news(domain, confirmation):
        _settle(result, domain, picture, confirmation.settled, now, patience)
    print_of = fingerprint(picture)
    if not print_of or print_of != bytes(domain.fingerprint):
        result.columns["fingerprint"] = print_of
        result.picture = encoded(kept(picture).to_json())
    return result


def kept(picture: Picture) -> Picture:
    """``picture`` as it is stored: without the probes that found nothing. What they told is in the findings."""
    told = tuple([answer for answer in picture.probes if answer.records or answer.aliases or answer.failed])
    return picture.having(probes=told) if len(told) < len(picture.probes) else picture


def held(result: Judged) -> None:
    """Take back what ``result`` would turn: it waits (onboarding.brake)."""
    for column in ("settled", "round", "seen_at"):
        result.columns.pop(column, None)
    result.transition = None


def _doubts(domain: Claimed, picture: Picture) -> bool:
    """Whether a token that was there is proven to be there no more, or another."""
    seen = picture.propagation
    was_there = domain.stage == Stage.VALIDATE.value and domain.settled == Verdict.PRESENT.value
    return was_there and seen is not None and seen.proven and seen.verdict in (Verdict.MISSING, Verdict.WRONG)


def glanced(domain: Claimed, marks: bytes, confirmation: Confirmation) -> Judged:
    """What it changes that everything was found as it was; ``confirmation`` is what that means (:func:`unmoved`)."""
    result = Judged()
    _note(result, domain, "memory", with_pending(domain.memory, confirmation.pending))
    if marks != domain.marks:
        result.columns["marks"] = marks
    result.again_in = confirmation.look_again_in
    return result


def unmoved(domain: Claimed, now: datetime, patience: Patience) -> Confirmation | None:
    """What the same sight once more would mean. None when that would be news: it is told with its evidence, so a
    glance is not enough."""
    confirmation = confirmed(domain, seen_last(domain.memory), now, patience)
    return None if _is_news(domain, confirmation) else confirmation


def confirmed(domain: Claimed, seen: Seen | None, now: datetime, patience: Patience) -> Confirmation:
    """What is believed after seeing ``seen``."""
    if seen is None:
        return Confirmation(None, None, None)
    return confirm(
        pending_of(domain.memory),
        seen.verdict,
        now.timestamp(),
        proven=seen.proven,
        mixed=seen.mixed,
        shown=seen.shown,
        patience=patience,
    )


def _is_news(domain: Claimed, confirmation: Confirmation) -> bool:
    return confirmation.settled is not None and confirmation.settled.value != domain.settled


def fingerprint(picture: Picture) -> bytes:
    """Eight bytes of what was answered where: equal ones need no new observation. An answer without one never
    equals."""
    told, prints = [picture.delegation.standing.value, *[finding.code for finding in picture.findings]], []
    for answer in (*picture.authoritative, *picture.resolvers, *picture.probes):
        told.append(answer.server.address)
        if answer.failed:
            told += (answer.question.name, answer.question.rdtype, answer.reason.value)
        elif answer.fingerprint:  # the question is in it, and the outcome
            prints.append(answer.fingerprint)
        else:
            return b""
    where = "\n".join(told).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(b"".join([*prints, where]), digest_size=8).digest()


def _note(result: Judged, domain: Claimed, column: str, value: Any) -> None:
    if getattr(domain, column) != value:
        result.columns[column] = value


def _show(result: Judged, domain: Claimed, picture: Picture, now: datetime) -> None:
    """What pages say of the newest look."""
    if picture.verdict.value != domain.verdict:
        result.columns |= {"verdict": picture.verdict.value, "verdict_since": now}
    elif domain.verdict_since is None:
        result.columns["verdict_since"] = now
    first = picture.findings[0] if picture.findings else None
    _note(result, domain, "finding", first.code if first else "")
    _note(result, domain, "progress", picture.propagation.progress.value if picture.propagation else "")
    if orjson.loads(domain.facts) != (facts := _facts(picture)):
        result.columns["facts"] = facts


def _facts(picture: Picture) -> dict[str, Any]:
    """What a list needs for its sentence without opening the picture."""
    seen = picture.propagation
    if seen is None:
        return {}
    servers = [sight.value for _, sight in seen.servers]
    return {
        "servers": len(servers),
        "have": servers.count("present"),
        "heard": seen.heard,
        "unasked": len(seen.unasked),
        "reason": seen.reason,
        "weaker": seen.weaker,
        "shown": seen.shown[:200],
    }


def _settle(
    result: Judged, domain: Claimed, picture: Picture, settled: Verdict, now: datetime, patience: Patience
) -> None:
    """A confirmed verdict. Followers are told of a token that arrived, or of one that was there and is no more."""
    result.columns |= {"settled": settled.value, "round": domain.round + 1}
    was_there = domain.settled == Verdict.PRESENT.value
    if domain.stage != Stage.VALIDATE.value or not domain.token:
        return
    if settled is Verdict.PRESENT:
        result.columns["seen_at"] = now
    elif was_there:
        result.columns["seen_at"] = None
    else:
        return
    result.transition = _transition(domain, picture, settled, now, patience)


def _transition(domain: Claimed, picture: Picture, settled: Verdict, now: datetime, patience: Patience) -> Transition:
    confirmed_after = patience.gone_after if settled is Verdict.MISSING else patience.again
    return Transition(
        tenant_id=domain.tenant_id,
        subject_kind=SubjectKind.DOMAIN,
        subject_id=domain.public_id,
        subject_name=domain.name,
        kind=TOLD[settled],
        once=f"{domain.epoch}/{domain.round + 1}",
        at=now,
        facts={
            "name": domain.name,
            "unicode_name": unicode_name(domain.name),
            "token": domain.token,
            "shown": picture.propagation.shown[:200] if picture.propagation else "",
            "places": places(picture),
            "confirmed_after": in_words(confirmed_after),
            "weaker": bool(picture.propagation and picture.propagation.weaker),
        },
    )


def places(picture: Picture) -> list[str]:
    """Each vantage with what it showed, one line each, for a mail."""
    if picture.propagation is None:
        return []
    servers = [f"{name} (name server): {sight.value}" for name, sight in picture.propagation.servers]
    resolvers = [f"{name} (public resolver): {sight.value}" for name, sight in picture.propagation.resolvers]
    return [*servers, *resolvers][:30]


def in_words(seconds: float) -> str:
    """A duration as people say it: "1 minute", "15 minutes", "5 seconds"."""
    value, unit = (round(seconds / 60), "minute") if seconds >= 60 else (round(seconds), "second")
    return f"{value} {unit}{'' if value == 1 else 's'}"
