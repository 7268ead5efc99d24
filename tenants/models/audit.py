"""Who did what to what, from where, before and after. Rows are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from tenants.models.tenant import Tenant

if TYPE_CHECKING:
    from tenants.models.people import User


def in_words(action: str) -> str:
    """An action's code as people read it: "domain-added" is "Domain added"."""
    return action.replace("-", " ").capitalize()


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Through the tenant door."""

    def for_user(self, user: User) -> AuditQuerySet:
        """Entries of tenants ``user`` may see; those without a tenant are the operator's."""
        if user.is_authenticated and user.is_operator:
            return self
        return self.filter(tenant__in=Tenant.objects.for_user(user))


class AuditEntry(models.Model):
    """One act of a person (or of the product itself, when ``actor`` is null)."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey("tenants.User", models.SET_NULL, null=True, related_name="+")
    actor_label = models.CharField(max_length=254)  # stays readable when the person is gone
    tenant = models.ForeignKey(Tenant, models.SET_NULL, null=True, related_name="audit_entries")
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=300)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.subject}"

    @property
    def words(self) -> str:
        """What was done."""
        return in_words(self.action)
