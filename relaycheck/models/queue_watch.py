"""What the script on the relay posts."""

from __future__ import annotations

from django.db import models

from relaycheck.models.relay import Relay


class QueueCount(models.Model):
    """One report: files and the age of the oldest in seconds; null where the folder was not found."""

    relay = models.ForeignKey(Relay, models.CASCADE, related_name="counts")
    at = models.DateTimeField()
    queued = models.PositiveBigIntegerField(null=True)
    queued_oldest = models.PositiveBigIntegerField(null=True)
    badmail = models.PositiveBigIntegerField(null=True)
    badmail_oldest = models.PositiveBigIntegerField(null=True)
    server_state = models.PositiveBigIntegerField(default=0)
    service_state = models.CharField(max_length=40, blank=True)
    logging = models.BooleanField(default=False)
    findings = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [models.Index(fields=["relay", "-at"], name="queue_counts")]
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.queued} at {self.relay}"
