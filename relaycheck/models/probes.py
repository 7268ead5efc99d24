"""Conversations with a relay, held from here or pasted. The row is the truth; a task only works it off."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from relaycheck.models.relay import Relay
from tenants.models import User
from tenants.public_id import new_public_id


class ProbeKind(models.TextChoices):
    """What is asked."""

    PLAIN = "plain", "Three recipients"
    FORMS = "forms", "Sixteen address forms"
    OUTWARD = "outward", "Outward, to the tenant's MX"
    NAMES = "names", "SPF and the internal record"


class ProbeState(models.TextChoices):
    """How far it has come."""

    QUEUED = "queued", "Waiting its turn"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"


class ProbeQuerySet(models.QuerySet["Probe"]):
    """What the worker asks for."""

    def due(self, now: datetime) -> ProbeQuerySet:
        """Waiting ones, and those whose worker was lost, in the order they were asked for."""
        lost = Q(state=ProbeState.RUNNING, lease_until__lt=now)
        return self.filter(Q(state=ProbeState.QUEUED) | lost).order_by("asked_at", "pk")

    def open(self) -> ProbeQuerySet:
        """Those that have not ended."""
        return self.filter(state__in=[ProbeState.QUEUED, ProbeState.RUNNING])


class Probe(models.Model):
    """One probe. ``host`` is whom it rings: two never ring the same at once."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    relay = models.ForeignKey(Relay, models.CASCADE, related_name="probes")
    kind = models.CharField(max_length=12, choices=ProbeKind)
    state = models.CharField(max_length=12, choices=ProbeState, default=ProbeState.QUEUED)
    host = models.CharField(max_length=253)
    listed = models.BooleanField(null=True, help_text="Whether the source it rings from may relay; null: nobody said")
    counts = models.BooleanField(default=True, help_text="Whether it speaks for the relay")
    pasted = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lost = models.PositiveSmallIntegerField(default=0)
    transcript = models.TextField(blank=True)
    report = models.JSONField(default=dict, blank=True)

    objects = ProbeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=Q(state="running"), name="probe_one_per_host"),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state__in=["queued", "running"]), name="probe_due"),
            models.Index(fields=["host", "-ended_at"], name="probe_rest"),
        ]
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.relay}"
