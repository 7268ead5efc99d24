"""The steps of a cut-over that DNS itself ticks, from each full look of a domain in an open plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from onboarding.guard import Sight
from onboarding.models import CutOverDomain
from publicdns.answers import Answer
from publicdns.flow import Flow, Part, Shown, shares
from publicdns.movement import autodiscover_at_microsoft
from publicdns.picture import Picture
from publicdns.receiving import is_at_microsoft, leaves_to_microsoft
from publicdns.spf.sets import lets_microsoft_send
from publicdns.ttl_plan import LOW, USUAL


class Step(StrEnum):
    """What is done for each domain, in this order."""

    TTL_LOWERED = "ttl-lowered"
    MAILBOXES = "mailboxes"  # a person says so
    MX_MOVED = "mx-moved"
    RESOLVERS = "resolvers"
    SPF = "spf"
    AUTODISCOVER = "autodiscover"
    DKIM = "dkim"
    TTL_RAISED = "ttl-raised"
    OLD_MX_GONE = "old-mx-gone"


KEPT = frozenset({Step.MAILBOXES})  # only a person takes it back; the others follow what DNS shows


def tick(sights: Sequence[Sight]) -> None:
    """Bring the ticks of those of ``sights`` that are in an open plan up to date, in the caller's transaction."""
    near = {sight.domain.pk: (sight, sight.picture) for sight in sights if sight.picture is not None}
    if not near:
        return
    entries = CutOverDomain.objects.filter(domain__in=near, open=True)
    changed = [entry for entry in entries if _ticked(entry, *near[entry.domain_id])]
    if changed:
        CutOverDomain.objects.bulk_update(changed, ["ticks", "old_ttl", "sights"])


def _ticked(entry: CutOverDomain, sight: Sight, picture: Picture) -> bool:
    flow = sight.flow
    before = (dict(entry.ticks), entry.old_ttl, entry.sights)
    mx = flow.of(Part.MX)
    if entry.old_ttl is None and mx is not None:
        entry.old_ttl = mx.ttl
    for step, done in _done(flow, picture):
        tick_step(entry, step, sight.at, done=done)
    entry.sights = sights_of(picture)
    return before != (entry.ticks, entry.old_ttl, entry.sights)


def tick_step(entry: CutOverDomain, step: Step, at: datetime, *, done: bool | None, by: str = "") -> None:
    """Tick, or take the tick back; None (nobody could be asked) leaves it."""
    if done and step not in entry.ticks:
        entry.ticks = {**entry.ticks, step.value: [at.isoformat(), by]}
    elif done is False and (step not in KEPT or by):
        entry.ticks = {key: value for key, value in entry.ticks.items() if key != step}


def _done(flow: Flow, picture: Picture) -> Iterator[tuple[Step, bool | None]]:
    mx = flow.of(Part.MX)
    moved = None if mx is None else is_at_microsoft(mx)
    ttl = mx.ttl if mx is not None else None
    yield Step.TTL_LOWERED, None if ttl is None or moved else ttl <= LOW  # raised after the move is no step back
    yield Step.MX_MOVED, moved
    yield Step.RESOLVERS, _resolvers_follow(picture) if moved else moved
    yield Step.SPF, _known(flow.of(Part.SPF), lets_microsoft_send)
    yield Step.AUTODISCOVER, _known(flow.of(Part.AUTODISCOVER), autodiscover_at_microsoft)
    yield Step.DKIM, _has_dkim(picture)
    yield Step.TTL_RAISED, None if ttl is None else bool(moved) and ttl >= USUAL
    yield Step.OLD_MX_GONE, _known(mx, leaves_to_microsoft)


def _known(shown: Shown | None, test: Any) -> bool | None:
    return None if shown is None else bool(test(shown))


def _has_dkim(picture: Picture) -> bool | None:
    answers = list(picture.probed(f"selector1._domainkey.{picture.name}", "CNAME"))
    return any(answer.records for answer in answers) if answers else None


def _resolvers_follow(picture: Picture) -> bool | None:
    heard = [_at_microsoft(answer) for answer in mx_at_resolvers(picture) if not answer.failed]
    return all(heard) if len(heard) >= 2 else None


def mx_at_resolvers(picture: Picture) -> list[Answer]:
    """What each public resolver said of the MX, where it was asked."""
    return [
        answer
        for answer in picture.probes
        if answer.server.recursive and answer.question.rdtype == "MX" and answer.question.name == picture.name
        if answer.server.name
    ]


def _at_microsoft(answer: Answer) -> bool:
    return is_at_microsoft(Shown(answer.values))


def sights_of(picture: Picture) -> dict[str, Any]:
    """Who shows the new MX already: each name server and resolver with "new", "old" or "unknown", and the TTL there."""
    servers = [
        [server, "unknown" if seen is None else "new" if is_at_microsoft(seen) else "old", seen.ttl if seen else None]
        for server, seen in shares(picture, "MX", picture.name)
    ]
    resolvers = [
        [a.server.name, "unknown" if a.failed else "new" if _at_microsoft(a) else "old", None if a.failed else a.ttl]
        for a in mx_at_resolvers(picture)
    ]
    return {"servers": servers, "resolvers": resolvers, "at": picture.looked_at if resolvers else None}
