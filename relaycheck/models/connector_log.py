"""Protocol logs uploaded to an audit, and who used which connector according to them."""

from __future__ import annotations

from django.db import models

from relaycheck.models.audit import Audit
from relaycheck.models.reading import Progress, ReadQuerySet, Uploaded


class ConnectorLogQuerySet(ReadQuerySet["ConnectorLog"]):
    """What the worker and the pages ask for."""


class ConnectorLog(Uploaded):
    """SmtpReceive logs of one upload. ``servers`` maps a server to the days its logs have rows for."""

    audit = models.ForeignKey(Audit, models.CASCADE, related_name="logs")
    domains = models.JSONField(default=list)  # accepted domains: everything else is outside
    rows = models.PositiveBigIntegerField(default=0)
    unreadable = models.PositiveBigIntegerField(default=0)
    forgotten = models.PositiveBigIntegerField(default=0)
    first = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)
    servers = models.JSONField(default=dict)
    wrong_kind = models.BooleanField(default=False)

    objects = ConnectorLogQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "reading"]),
                name="connector_log_unread",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=Progress.values), name="connector_log_state_known"),
        ]

    def __str__(self) -> str:
        return f"Logs of {self.audit}"


class ConnectorUsage(models.Model):
    """What one client did on one connector. Recipients count once the message was taken; moments are UTC."""

    log = models.ForeignKey(ConnectorLog, models.CASCADE, related_name="usages")
    connector = models.CharField(max_length=300)
    connector_key = models.CharField(max_length=300)  # case-folded: what an audit's connectors are joined by
    address = models.CharField(max_length=60)
    sessions = models.PositiveBigIntegerField()
    relay_sessions = models.PositiveBigIntegerField()
    outside = models.PositiveBigIntegerField()
    inside = models.PositiveBigIntegerField()
    undecided = models.PositiveBigIntegerField()
    refused = models.PositiveBigIntegerField()
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    domains = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["log", "connector_key", "-sessions"], name="usage_of_connector")]

    def __str__(self) -> str:
        return f"{self.address} on {self.connector}"
