"""Who may ask public DNS just now, and how the last sweep went."""

from __future__ import annotations

from django.db import models


class SweeperSlot(models.Model):
    """One of SWEEPERS slots. Its holder may use 1/SWEEPERS of every cap; without a slot nobody asks (decision 12)."""

    number = models.PositiveSmallIntegerField(unique=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)  # of the last sweep: looked, changed, unknown, seconds

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"Slot {self.number}"
