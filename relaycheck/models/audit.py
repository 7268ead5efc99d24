"""An audit of receive connectors: what was exported from Exchange, kept to be judged, simulated and carried over."""

from __future__ import annotations

from django.db import models

from relaycheck.models.reading import Progress, ReadQuerySet, Uploaded
from tenants.models import Tenant, User
from tenants.roles import Action


class AuditedQuerySet(ReadQuerySet["Audit"]):
    """Through the tenant door."""

    def for_user(self, user: User, action: Action = Action.VIEW) -> AuditedQuerySet:
        """Audits of tenants in which ``user`` may do ``action``."""
        return self.filter(tenant__in=Tenant.objects.for_user(user, action))


class Audit(Uploaded):
    """One. ``kept`` is the joined export as JSON (engine/connectors/keeping.py); ``summary`` is what lists show."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="audits")
    title = models.CharField(max_length=120)
    kept = models.JSONField(null=True)
    summary = models.JSONField(default=dict)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="audit_of_tenant"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "reading"]),
                name="audit_unread",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=Progress.values), name="audit_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its page."""
        return f"/audits/{self.public_id}/"
