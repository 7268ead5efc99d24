"""Requests to be taken off a blocklist."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from relaycheck.models.relay import Relay
from tenants.models import User
from tenants.public_id import new_public_id


class Delisting(models.Model):
    """One request: what the refusal said, where it was asked, when an answer is due, and when the refusal was gone."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    relay = models.ForeignKey(Relay, models.CASCADE, related_name="delistings")
    address = models.CharField(max_length=45)
    line = models.CharField(max_length=2000)
    where = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    due_from = models.DateTimeField()
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    tried = models.CharField(max_length=500, blank=True)  # what the last trial was answered
    gone_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["tried_at"], condition=Q(gone_at__isnull=True, dropped_at__isnull=True), name="delisting_open"
            ),
        ]
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.address} since {self.asked_at:%Y-%m-%d}"

    @property
    def open(self) -> bool:
        """Whether it is still waited for."""
        return self.gone_at is None and self.dropped_at is None
