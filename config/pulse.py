"""When the parts that work by themselves last worked. Read from rows: it tells of the work, not of the broker."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from notices.models import Sending
from onboarding.models import SweeperSlot


def late_after() -> timedelta:
    """A sweep may last SWEEP_SECONDS; when three of those pass without one ending, sweeps stand still."""
    return timedelta(seconds=3 * settings.SWEEP_SECONDS)


def last_sweep(now: datetime) -> datetime | None:
    """When a sweep last ended; ``now`` while one is at work, which it shows by renewing its slot every few seconds."""
    if SweeperSlot.objects.filter(lease_until__gte=now).exists():
        return now
    ended: datetime | None = SweeperSlot.objects.aggregate(last=Max("ended_at"))["last"]
    return ended


def last_delivery() -> datetime | None:
    """When the ledger was last gone through."""
    return Sending.objects.values_list("last_run_at", flat=True).first()
