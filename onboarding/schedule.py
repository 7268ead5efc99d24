"""When a domain is looked at next (decision 13): arithmetic, and what people do to it.

Whoever writes schedules and their domains locks the schedules first, in the order of their keys: a commit does the
same (onboarding.committing), so that neither waits for the other for ever. What a commit only releases it takes in no
order, because to lock a thousand rows first costs as much as to write them: so an edit of many goes through the gate
alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from onboarding.models import Domain, Schedule

LOOK_NOW, GUARDED, WAITING, RARE = 0, 2, 5, 8  # priorities; GUARDED: near or in the window of a cut-over
DAY_BEFORE = timedelta(days=1)
GATE = 3  # among PostgreSQL's advisory locks, of which nothing else here takes any
JITTER = 0.1  # of the interval, so that what was added together does not stay together


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, in seconds; proportions matter, so the demo shortens all of them alike (decision 14)."""

    eager: float
    eager_for: float
    waiting: float
    waiting_for: float
    rare: float
    guarded: float
    day_before: float
    window: float

    @classmethod
    def from_settings(cls) -> Rhythm:
        """The installation's rhythm."""
        return cls(
            settings.RHYTHM_EAGER,
            settings.RHYTHM_EAGER_FOR,
            settings.RHYTHM_WAITING,
            settings.RHYTHM_WAITING_FOR,
            settings.RHYTHM_RARE,
            settings.RHYTHM_GUARDED,
            settings.RHYTHM_DAY_BEFORE,
            settings.RHYTHM_WINDOW,
        )


def near_window(start: datetime | None, end: datetime | None, now: datetime, rhythm: Rhythm) -> float | None:
    """Seconds between looks because of a cut-over planned from ``start`` to ``end``; None when it is not near."""
    if start is None or end is None or not start - DAY_BEFORE <= now <= end:
        return None
    return rhythm.window if now >= start else rhythm.day_before


def interval(rhythm: Rhythm, since_eager: float, *, waiting: bool, guarded: bool = False) -> float:
    """Seconds until the next look, ``since_eager`` seconds after somebody last showed interest.

    A domain that waits for its TXT record: every ``eager`` for ``eager_for``, then a tenth of the time that has
    passed, so ever slower,
    up to ``waiting`` for ``waiting_for``, then ``rare``, but ``guarded`` when its mail flow is known. One that does not
    wait is looked at for its mail flow, every ``guarded``.
    """
    if since_eager < rhythm.eager_for:
        return rhythm.eager
    if not waiting:
        return rhythm.guarded
    if since_eager < rhythm.waiting_for:
        return min(rhythm.waiting, max(rhythm.eager, since_eager / 10))
    return min(rhythm.rare, rhythm.guarded) if guarded else rhythm.rare


def go_through_gate(*, alone: bool = False) -> None:
    """Commits go through side by side. Who goes ``alone`` waits until those that are inside have ended, and others wait
    for the end of its transaction. SQLite lets only one write as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({GATE})")


def locked(domains: Collection[int]) -> QuerySet[Schedule]:
    """The schedules of the domains with these keys, locked until the end of the transaction."""
    if len(domains) > 1:
        go_through_gate(alone=True)
    schedules = Schedule.objects.filter(pk__in=domains)
    list(schedules.select_for_update().order_by("pk").values_list("pk"))
    return schedules


def take_back(schedules: QuerySet[Schedule], **changes: Any) -> None:
    """Take the lease from a look that is under way, or waits to be written: it is about what was before, and what it
    found must not be written."""
    schedules.update(lease_token=None, lease_until=None, **changes)


def due_at_once(schedules: QuerySet[Schedule], now: datetime) -> None:
    """Look before all others, and at what is there now."""
    take_back(schedules, due_at=now, priority=LOOK_NOW)


@transaction.atomic
def look_now(domain: Domain, now: datetime) -> bool:
    """A person wants a look at once. False when one was asked for less than LOOK_NOW_EVERY seconds ago."""
    schedule = locked([domain.pk])
    limit = now - timedelta(seconds=settings.LOOK_NOW_EVERY)
    allowed = Domain.objects.present().filter(Q(asked_at__isnull=True) | Q(asked_at__lte=limit), pk=domain.pk)
    if not allowed.update(asked_at=now, eager_since=now):
        return False
    due_at_once(schedule, now)
    return True


def opened(domain: Domain, now: datetime) -> None:
    """A person has opened the page: the eager rhythm begins anew, unless it has just begun or the domain waits for
    nothing."""
    fresh = now - timedelta(seconds=settings.RHYTHM_EAGER)
    soon = now + timedelta(seconds=settings.RHYTHM_EAGER)
    Schedule.objects.filter(pk=domain.pk, due_at__gt=soon).update(due_at=soon)
    stale = Domain.objects.present().filter(Q(eager_since__isnull=True) | Q(eager_since__lt=fresh), pk=domain.pk)
    stale.filter(schedule__due_at__isnull=False).update(eager_since=now)
