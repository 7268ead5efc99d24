"""Many finished looks in one short transaction: changed columns only, every write fenced by the lease.

A glance that found everything as it was writes its narrow schedule alone.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from notices.transitions import write
from onboarding import brake, guard, ticking
from onboarding.guard import Sight, Watched
from onboarding.judging import Judged, held
from onboarding.leasing import Claimed
from onboarding.models import Domain, Observation, Schedule
from onboarding.schedule import GUARDED, JITTER, RARE, WAITING, Rhythm, go_through_gate, interval, near_window
from onboarding.stage import Stage
from onboarding.writing import insert_rows, update_alike, update_rows
from publicdns.answers import Verdict
from publicdns.confirmation import Patience
from tenants.models import Tenant

BUCKETS = 4  # different next moments in one commit: jitter without a statement per row


@dataclass(slots=True)
class Look:
    """One finished look. ``sight`` is None for a glance that found everything as it was."""

    domain: Claimed
    judged: Judged
    at: datetime
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How looks are judged and repeated. ``blind``: every canary has failed just now."""

    rhythm: Rhythm
    patience: Patience
    blind: bool = False


def commit(looks: Sequence[Look], now: datetime, manner: Manner) -> set[str]:
    """Write ``looks`` and everything that follows from them. Returns the topics to ring once the transaction is
    over."""
    leases = {look.domain.lease for look in looks}
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    moment = now.timestamp()
    with transaction.atomic():
        go_through_gate()
        same, news = _apart(looks)
        ours = _still_ours([look.domain.pk for look in news], leases)
        kept = [look for look in news if look.domain.pk in ours]
        full = [look.sight for look in kept if look.sight is not None]
        watched = guard.watch(full, manner.patience) if full else {}
        _brake(kept, watched, now, manner)
        update_rows(Domain, [(look.domain.pk, look.judged.columns) for look in kept if look.judged.columns])
        for look in (*kept, *same):
            alike[_next(look, moment, manner.rhythm)].append(look.domain.pk)
        for (due, priority), pks in alike.items():
            update_alike(Schedule, pks, _released(now, due, priority), leases)
        _observe(kept, now)
        guard.keep(list(watched.values()))
        told = [look.judged.transition for look in kept] + [one.transition for one in watched.values()]
        write([transition for transition in told if transition is not None])
        ticking.tick(full)
    shown = kept + [look for look in same if look.domain.window_start is not None]
    return _topics([look for look in shown if look.judged.columns or look.domain.window_start is not None])


def _apart(looks: Sequence[Look]) -> tuple[list[Look], list[Look]]:
    """The glances that found everything as it was, which have no consequence but their next moment, and the rest."""
    same: list[Look] = []
    news: list[Look] = []
    for look in looks:
        quiet = look.sight is None and not look.judged.columns and look.judged.transition is None
        (same if quiet and look.judged.doubts is None else news).append(look)
    return same, news


def _brake(kept: Sequence[Look], watched: dict[int, Watched], now: datetime, manner: Manner) -> None:
    """Let the guard's needs into the looks, and keep back what too many would turn to at once."""
    for look in kept:
        if (one := watched.get(look.domain.pk)) is not None and one.again_in is not None:
            look.judged.again_in = min(one.again_in, look.judged.again_in or one.again_in)
            look.judged.columns["marks"] = b""  # a glance would not look at the guard's part again
    turning = {look.domain.pk: words for look in kept if (words := _turn(look, watched.get(look.domain.pk)))}
    waiting = brake.hold(turning, now, blind=manner.blind)
    sure = []
    for look in kept:
        pk, one = look.domain.pk, watched.get(look.domain.pk)
        if pk in waiting:
            held(look.judged)
            watched[pk] = Watched(doubts=True)
            look.judged.columns["marks"] = b""
            _doubt(look, doubts=True, now=now)
        elif look.judged.doubts is not None:
            doubts = (look.judged.doubts and look.judged.transition is None) or (
                one is not None and one.doubts and not one.turns
            )
            _doubt(look, doubts=doubts, now=now)
            if look.domain.doubted_at is not None and not doubts:
                sure.append(pk)
    brake.recovered(sure)


def _turn(look: Look, one: Watched | None) -> str:
    """What the brake may hold of a look, in a few words; empty when there is nothing."""
    told = [look.judged.transition] if look.judged.transition is not None else []
    told += [one.transition] if one is not None and one.turns and one.transition is not None else []
    return "; ".join(str(t.facts.get("headline") or t.kind) for t in told if t.kind in brake.TURNS)


def _doubt(look: Look, *, doubts: bool, now: datetime) -> None:
    if doubts != (look.domain.doubted_at is not None):
        look.judged.columns["doubted_at"] = now if doubts else None


def _still_ours(pks: list[int], leases: set[UUID]) -> set[int]:
    """Those whose lease is still ours, locked until the end of the transaction: the domain of a locked schedule may be
    written without asking again (onboarding.schedule)."""
    ours = Schedule.objects.select_for_update().filter(pk__in=pks, lease_token__in=leases).order_by("pk")
    return set(ours.values_list("pk", flat=True))


def _released(now: datetime, due: int, priority: int) -> dict[str, Any]:
    return {
        "looked_at": now,
        "due_at": datetime.fromtimestamp(due, UTC),
        "priority": priority,
        "lease_until": None,
        "lease_token": None,
        "lost_leases": 0,
    }


def _next(look: Look, now: float, rhythm: Rhythm) -> tuple[int, int]:
    """The next moment by rhythm, or sooner when a confirmation waits for it, and its priority. In whole seconds since
    1970: rows with the same next moment share a statement."""
    domain, columns = look.domain, look.judged.columns
    seen = columns.get("seen_at", domain.seen_at)
    waiting = domain.stage == Stage.VALIDATE.value and seen is None and bool(domain.token)
    since = now - (domain.eager_since or domain.created_at).timestamp()
    pause = interval(rhythm, since, waiting=waiting, guarded=bool(domain.marks))
    priority = WAITING if waiting else RARE
    if domain.window_start is not None:
        planned = near_window(domain.window_start, domain.window_end, datetime.fromtimestamp(now, UTC), rhythm)
        if planned is not None:
            pause, priority = min(pause, planned), GUARDED
    bucket = int(random.random() * BUCKETS) / (BUCKETS - 1) * 2 - 1
    pause *= 1 + JITTER * bucket
    if look.judged.again_in is not None and look.judged.again_in < pause:
        pause = look.judged.again_in
    return int(now + pause + 1), priority


def _observe(looks: Sequence[Look], now: datetime) -> None:
    pictures = [(look.domain.pk, look.judged.picture) for look in looks if look.judged.picture is not None]
    rows = [{"domain": pk, "seen_at": now, "picture": picture} for pk, picture in pictures]
    insert_rows(Observation, rows, instead_of="domain_id")


def _topics(looks: Sequence[Look]) -> set[str]:
    if not looks:
        return set()
    tenants = {look.domain.tenant_id for look in looks}
    names = dict(Tenant.objects.filter(pk__in=tenants).values_list("pk", "public_id"))
    return {f"domain-{look.domain.public_id}" for look in looks} | {f"tenant-{names[pk]}" for pk in tenants}


def is_unknown(look: Look) -> bool:
    """Whether nobody could be asked."""
    return bool(look.judged.columns.get("verdict", look.domain.verdict) == Verdict.UNKNOWN.value)
