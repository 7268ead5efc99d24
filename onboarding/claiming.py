"""Leases: who sweeps, and who looks at which domain. One statement decides; the row count says who won."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from notices.transitions import tell_operators
from onboarding.leasing import Claimed, lease
from onboarding.models import Schedule, SweeperSlot

SUSPECT = (
    2  # leases lost in a row after which a domain is looked at alone: in company, others may have lost them for it
)
POISON = 5  # after which it is put aside


def slot_lease() -> timedelta:
    """Renewed while its holder lives; a killed one is waited for no longer than this."""
    return timedelta(seconds=settings.SLOT_SECONDS)


def take_slot(token: uuid.UUID, now: datetime, *, slots: int) -> int | None:
    """The number of a free sweeper slot, leased to ``token``, or None when all are held (decision 12)."""
    if SweeperSlot.objects.count() < slots:
        wanted = [SweeperSlot(number=number) for number in range(1, slots + 1)]
        SweeperSlot.objects.bulk_create(wanted, ignore_conflicts=True)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for number in range(1, slots + 1):
        slot = SweeperSlot.objects.filter(free, number=number)
        if slot.update(lease_until=now + slot_lease(), lease_token=token):
            return number
    return None


def renew_slot(token: uuid.UUID, now: datetime) -> bool:
    """Keep the slot. False when it was lost, after a long stop of this process: then it must not ask any more."""
    return bool(SweeperSlot.objects.filter(lease_token=token).update(lease_until=now + slot_lease()))


def leave_slot(token: uuid.UUID, now: datetime, figures: dict[str, Any]) -> None:
    """Give the slot back and say how the sweep went; an idle one leaves the figures of the last that looked."""
    ours = SweeperSlot.objects.filter(lease_token=token)
    kept = {"figures": figures} if figures.get("looked") else {}
    ours.update(lease_until=None, lease_token=None, ended_at=now, **kept)


def claim(now: datetime, limit: int, *, urgent_only: bool = False) -> list[Claimed]:
    """Lease up to ``limit`` due domains, the most urgent first; ``urgent_only`` takes "Look now" alone.

    Suspects are left to :func:`claim_suspect`.
    """
    due = Schedule.objects.due(now).exclude(_suspect())
    if urgent_only:
        due = due.filter(priority=0)
    return lease(due[:limit], now + timedelta(seconds=settings.LEASE_SECONDS))


def claim_suspect(now: datetime) -> Claimed | None:
    """Lease one domain during whose looks processes have died, if there is one."""
    found = lease(Schedule.objects.due(now).filter(_suspect())[:1], now + timedelta(seconds=settings.LEASE_SECONDS))
    return found[0] if found else None


def _suspect() -> Q:
    """Whether the lease that has run out is the second in a row, or a later one."""
    return Q(lost_leases__gte=SUSPECT - 1, lease_token__isnull=False)


def put_aside(domain: Claimed, now: datetime) -> None:
    """A domain whose looks keep dying waits a day; the operator is told once a day."""
    later = now + timedelta(days=1)
    ours = Schedule.objects.filter(pk=domain.pk, lease_token=domain.lease)
    ours.update(due_at=later, lease_until=None, lease_token=None, lost_leases=0)
    facts: dict[str, object] = {"name": domain.name, "public_id": domain.public_id}
    tell_operators("domain-put-aside", f"{domain.public_id}/{now:%Y-%m-%d}", facts, now)
