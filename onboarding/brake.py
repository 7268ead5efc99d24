"""The brake (decision 5): when too much would turn at once it waits, and the operator is told once: it is us, not
them.

What is counted: domains whose newest look, once confirmed, would take a token back or be an unplanned alarm of the
guard (``Domain.doubted_at``), and those that turned within the last minute. Propagation and planned moves never count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from notices.models import Transition
from notices.transitions import tell_operators
from onboarding.models import Brake, Domain, HeldChange, Schedule
from onboarding.schedule import locked, take_back
from tenants.audit import record
from tenants.models import User

TURNS = ("token-gone", "token-changed", "guard-alarm")
SHARE, LEAST = 0.05, 20  # of the domains judged lately; and how many at least
LATELY = timedelta(seconds=60)
STALE = timedelta(hours=1)  # a doubt that nobody has looked at again for so long counts no more
CALM = 2  # sweeps in a row under the line, after which the brake lets go


@dataclass(frozen=True, slots=True)
class Load:
    """How many were judged in the last minute, and how many would turn."""

    judged: int
    turning: int

    @property
    def over(self) -> bool:
        """Whether that is too many to be true."""
        return self.turning >= LEAST and self.turning > SHARE * self.judged


def load_at(now: datetime, turning: int = 0, without: Collection[int] = ()) -> Load:
    """The load at ``now``; ``turning`` more turn just now, which are the domains ``without``."""
    others = Schedule.objects.exclude(pk__in=without)
    judged = others.filter(looked_at__gt=now - LATELY).count()
    doubted = others.filter(
        looked_at__gt=now - STALE, domain__doubted_at__isnull=False, domain__removed_at__isnull=True
    ).count()
    turned = Transition.objects.filter(kind__in=TURNS, at__gt=now - LATELY).values("subject_id").distinct().count()
    return Load(max(judged + turning, doubted + turning), doubted + turned + turning)


def hold(turning: Mapping[int, str], now: datetime, *, blind: bool) -> set[int]:
    """Which of the domains in ``turning`` (key → what it would turn to) must wait. Call it inside the transaction.

    ``blind``: every canary failed. Those that a person released pass, and their held rows go.
    """
    if not turning:
        return set()
    brake = Brake.objects.select_for_update().filter(pk=1).first() or Brake(pk=1)
    load = load_at(now, len(turning), turning)
    if brake.held_since is None and not load.over and not blind:
        recovered(list(turning))
        return set()
    released = HeldChange.objects.filter(domain__in=turning, released_at__isnull=False)
    free = set(released.values_list("domain_id", flat=True))
    released.delete()
    waiting = set(turning) - free
    if waiting and brake.held_since is None:
        _begin(brake, load, now, blind=blind)
    rows = [HeldChange(domain_id=pk, since=now, words=turning[pk][:300]) for pk in sorted(waiting)]
    HeldChange.objects.bulk_create(rows, ignore_conflicts=True)
    return waiting


def recovered(domains: Collection[int]) -> None:
    """These are as they were: nothing waits for them any more."""
    if domains:
        HeldChange.objects.filter(domain__in=domains).delete()


def after_sweep(now: datetime, *, blind: bool) -> bool:
    """At the end of a sweep that looked: count it if it was calm. True when the brake has let go because of it.

    Blind for longer than LATELY it begins though nothing would turn: our own blindness is the operator's to know.
    """
    row = Brake.objects.filter(pk=1).first()
    if row is None or row.held_since is None:
        _note_blindness(row, now, blind=blind)
        return False
    with transaction.atomic():
        locked(_waiting())  # before the brake, as a commit does
        brake = Brake.objects.select_for_update().get(pk=1)
        if brake.held_since is None:
            return False
        if blind or load_at(now).over:
            Brake.objects.filter(pk=1).exclude(calm_sweeps=0).update(calm_sweeps=0)
            return False
        if brake.calm_sweeps + 1 < CALM:
            Brake.objects.filter(pk=1).update(calm_sweeps=F("calm_sweeps") + 1)
            return False
        _let_go(now)
    return True


@transaction.atomic
def release(by: User, now: datetime, address: str | None = None) -> int:
    """Believe what waits, if the look that follows at once still says so. Returns how many."""
    waiting = _let_go(now)
    record(by, "brake-released", "Onward", at=now, address=address, after={"changes": waiting})
    return waiting


@transaction.atomic
def discard(by: User, now: datetime, address: str | None = None) -> int:
    """Forget what waits and begin anew: each change must be seen as often as the first time. Returns how many."""
    held = list(HeldChange.objects.values_list("domain_id", flat=True))
    schedules = locked(held)
    for domain in Domain.objects.filter(pk__in=held).only("pk", "memory"):
        memory = {key: value for key, value in domain.memory.items() if key != "pending"}
        Domain.objects.filter(pk=domain.pk).update(memory=memory, marks=b"", doubted_at=None)
        domain.baselines.update(pending=None)
    take_back(schedules.filter(due_at__isnull=False), due_at=now)  # a look now under way remembers what is forgotten
    HeldChange.objects.all().delete()
    _end()
    record(by, "brake-discarded", "Onward", at=now, address=address, after={"changes": len(held)})
    return len(held)


def _note_blindness(row: Brake | None, now: datetime, *, blind: bool) -> None:
    if not blind:
        if row is not None and row.blind_since is not None:
            Brake.objects.filter(pk=1, held_since=None).update(blind_since=None)
        return
    if row is None or row.blind_since is None:
        Brake.objects.update_or_create(pk=1, defaults={"blind_since": now})
    elif now - row.blind_since > LATELY:
        with transaction.atomic():
            brake = Brake.objects.select_for_update().get(pk=1)
            if brake.held_since is None:
                _begin(brake, load_at(now), now, blind=True)


def _begin(brake: Brake, load: Load, now: datetime, *, blind: bool) -> None:
    brake.held_since, brake.calm_sweeps = now, 0
    brake.reason = "canaries" if blind else "many"
    brake.figures = {"judged": load.judged, "turning": load.turning}
    brake.save()
    facts: dict[str, object] = {"reason": brake.reason, "judged": load.judged, "turning": load.turning}
    tell_operators("brake", now.isoformat(), facts, now)


def _let_go(now: datetime) -> int:
    keys = _waiting()
    schedules = locked(keys)
    HeldChange.objects.filter(released_at__isnull=True).update(released_at=now)
    schedules.filter(due_at__isnull=False).update(due_at=now)
    _end()
    return len(keys)


def _waiting() -> list[int]:
    """The keys of the domains that are held."""
    return list(HeldChange.objects.filter(released_at__isnull=True).values_list("domain_id", flat=True))


def _end() -> None:
    Brake.objects.filter(pk=1).update(held_since=None, blind_since=None, reason="", calm_sweeps=0)
