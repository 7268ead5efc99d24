"""Who follows what."""

from __future__ import annotations

from django.db import models

from notices.models.transition import SubjectKind
from tenants.models import Tenant, User


class Subscription(models.Model):
    """A person follows a whole tenant (no subject) or one subject in it, or has muted one subject."""

    user = models.ForeignKey(User, models.CASCADE, related_name="subscriptions")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="subscriptions")
    subject_kind = models.CharField(max_length=12, choices=SubjectKind, blank=True)
    subject_id = models.CharField(max_length=12, blank=True)
    muted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant", "subject_kind", "subject_id"], name="subscription_once"),
        ]
        indexes = [models.Index(fields=["tenant", "subject_id"], name="subscription_subject")]

    def __str__(self) -> str:
        return f"{self.user} {'mutes' if self.muted else 'follows'} {self.subject_id or self.tenant}"
