"""When a domain is looked at next, and who is looking now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from onboarding.models.domain import Domain


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    """What a sweep asks for."""

    def due(self, now: datetime) -> ScheduleQuerySet:
        """Due and not leased to a living sweep, the most urgent first."""
        unleased = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return self.filter(unleased, due_at__lte=now).order_by("priority", "due_at")


class RowOf(models.OneToOneField[Any, Any]):
    """A key that is another row's. As an integer, not a big one, it is SQLite's own number of the row, and needs no
    index beside the table."""

    def db_type(self, connection: Any) -> str | None:
        """The column's type."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Schedule(models.Model):
    """What every look writes, apart from the wide row of the domain. The database adds it with the domain, which is due
    at once (onboarding.triggers); whoever writes both locks it first (onboarding.schedule)."""

    domain = RowOf(Domain, models.CASCADE, primary_key=True, related_name="schedule")
    due_at = models.DateTimeField(null=True, blank=True)  # None: removed, nobody looks
    priority = models.PositiveSmallIntegerField(
        db_default=5
    )  # 0 look now, 2 guarded in its window, 5 waiting, 8 the rest
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lost_leases = models.PositiveSmallIntegerField(db_default=0)
    looked_at = models.DateTimeField(null=True, blank=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["priority", "due_at"], condition=Q(due_at__isnull=False), name="schedule_due"
            ),  # onboarding.claiming
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {self.due_at:%Y-%m-%d %H:%M}" if self.due_at else f"{self.domain}: never"
