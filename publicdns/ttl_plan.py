"""When a record may be changed so that every cache follows quickly: the arithmetic of lowering its TTL beforehand.

A cache that asked a moment before the TTL was lowered keeps the old answer for the old TTL (RFC 1035 §3.2.1, RFC 2181
§8). All arithmetic is on moments, so daylight saving changes nothing; only people's local times need care.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LOW = 300  # seconds: what a TTL should be during a cut-over
USUAL = 3600  # seconds: what it should be afterwards
SLACK = 600  # seconds at most, a tenth of the TTL otherwise: nobody types at the exact second


class NoSuchTimeError(ValueError):
    """The clocks jump over this local time; the message says so."""


@dataclass(frozen=True, slots=True)
class TtlPlan:
    """What to do about one RRset's TTL before the change at ``start``. Seconds and moments."""

    start: datetime
    old_ttl: int
    ttl: int  # as it is now
    lower_by: datetime | None  # the last moment at which lowering is in time; None: nothing to lower
    safe_from: datetime | None  # from then on no cache keeps the old TTL's answer; None: not lowered yet

    @property
    def lowered(self) -> bool:
        """True when it is low enough."""
        return self.ttl <= LOW

    @property
    def in_time(self) -> bool:
        """True when every cache will follow within the low TTL of the change."""
        return self.safe_from is not None and self.safe_from <= self.start

    def followed_by(self, changed_at: datetime) -> datetime:
        """By when every cache has followed a change made at ``changed_at``."""
        changed_at = changed_at.astimezone(UTC)
        soonest = changed_at + timedelta(seconds=self.ttl)
        if self.safe_from is not None:
            return max(soonest, self.safe_from)
        return changed_at + timedelta(seconds=max(self.old_ttl, self.ttl))


def plan_ttl(start: datetime, old_ttl: int, ttl: int, lowered_at: datetime | None) -> TtlPlan:
    """The plan for a change at ``start``. ``old_ttl`` was before, ``ttl`` is now, seen so since ``lowered_at``.

    A TTL that was low from the beginning is safe at any time. All moments of the plan are in UTC.
    """
    start = start.astimezone(UTC)  # a time with a zone subtracts by the clock on the wall, not by what has passed
    lowered_at = lowered_at.astimezone(UTC) if lowered_at is not None else None
    if old_ttl <= LOW and ttl <= LOW:
        return TtlPlan(start, old_ttl, ttl, None, datetime.min.replace(tzinfo=UTC))
    if ttl <= LOW and lowered_at is not None:
        return TtlPlan(start, old_ttl, ttl, None, lowered_at + timedelta(seconds=old_ttl))
    longest = max(old_ttl, ttl)
    latest = start - timedelta(seconds=longest + min(SLACK, longest // 10))
    return TtlPlan(start, max(old_ttl, ttl), ttl, latest, None)


def moment_of(local: datetime, zone: str) -> datetime:
    """The moment at which clocks in ``zone`` (IANA) show ``local`` (naive), in UTC; the first of two.

    Raises NoSuchTimeError where the clocks jump over it.
    """
    there = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    moment = there.astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) != local.replace(fold=0):
        raise NoSuchTimeError(f"In {zone} the clocks jump over {local:%Y-%m-%d %H:%M}. Take an hour later.")
    return moment


def happens_twice(local: datetime, zone: str) -> bool:
    """True where the clocks are put back, so that ``local`` comes twice; moment_of takes the first."""
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not _is_gap(local, zone)


def _is_gap(local: datetime, zone: str) -> bool:
    try:
        moment_of(local, zone)
    except NoSuchTimeError:
        return True
    return False
