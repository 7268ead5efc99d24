"""Logs that were uploaded: the file is gone once it is read, the figures stay."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from relaycheck.models.relay import Relay
from tenants.models import User
from tenants.public_id import new_public_id


class ReadingState(models.TextChoices):
    """How far it has come."""

    QUEUED = "queued", "Waiting its turn"
    RUNNING = "running", "Reading"
    DONE = "done", "Read"
    REFUSED = "refused", "Not readable"
    STOPPED = "stopped", "Stopped"


class LogReadingQuerySet(models.QuerySet["LogReading"]):
    """What the worker asks for."""

    def due(self, now: datetime) -> LogReadingQuerySet:
        """Waiting ones, and those whose worker was lost, in the order they came."""
        lost = Q(state=ReadingState.RUNNING, lease_until__lt=now)
        return self.filter(Q(state=ReadingState.QUEUED) | lost).order_by("at", "pk")


class LogReading(models.Model):
    """One upload of logs. ``octets`` are to be read, ``done`` of them have been; ``repeated`` files came twice."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    relay = models.ForeignKey(Relay, models.CASCADE, related_name="readings")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=120)
    octets = models.PositiveBigIntegerField()
    done = models.PositiveBigIntegerField(default=0)
    repeated = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=ReadingState, default=ReadingState.QUEUED)
    sentence = models.CharField(max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lost = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)

    objects = LogReadingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(state__in=["queued", "running"]), name="log_reading_due")]
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} of {self.relay}"
