"""What is common to everything that is uploaded for an audit and read by a worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from tenants.models import User
from tenants.public_id import new_public_id


class Progress(models.TextChoices):
    """How far it has come."""

    WAITING = "waiting", "Waiting"
    READING = "reading", "Reading"
    READ = "read", "Read"
    FAILED = "failed", "Not read"


M = TypeVar("M", bound=models.Model)


class ReadQuerySet(models.QuerySet[M]):
    """What the worker asks for."""

    def unread(self) -> Any:
        """Those that wait or are being read."""
        return self.filter(state__in=[Progress.WAITING, Progress.READING])

    def due(self, now: datetime) -> Any:
        """Those nobody reads, the oldest first; one whose reader was lost is due again."""
        lost = Q(state=Progress.READING, lease_until__lt=now)
        return self.filter(Q(state=Progress.WAITING) | lost).order_by("created_at", "pk")


class Uploaded(models.Model):
    """Files that were uploaded at once. They lie in ``folder`` until they are read, and then nowhere."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=Progress, default=Progress.WAITING)
    folder = models.CharField(max_length=32, blank=True)
    uploads = models.JSONField(default=list)  # name, size and digest of each file, and whether it came before
    arrived_at = models.DateTimeField(null=True)  # of what lies in the folder, where that is not created_at
    octets = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=12, blank=True)

    class Meta:
        abstract = True

    @property
    def pending(self) -> bool:
        """Whether it is still to be read, or being read."""
        return self.state in (Progress.WAITING, Progress.READING)

    @property
    def percent(self) -> int:
        """How much has been read, in percent."""
        return min(100, self.done * 100 // self.octets) if self.octets else 0
