"""Configurations that were shown to us: only what belongs to the SMTP service, and no secret."""

from __future__ import annotations

from django.db import models

from relaycheck.models.relay import Relay
from tenants.models import User
from tenants.public_id import new_public_id


class RelayUpload(models.Model):
    """One configuration as it was read. ``kept`` is the export's own form, or Postfix's parameters."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    relay = models.ForeignKey(Relay, models.CASCADE, related_name="uploads")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12)  # "iis", "postfix"
    kept = models.JSONField()
    withheld = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.relay}"
