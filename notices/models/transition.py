"""Something that changed for good: it is history, and the source of every notice."""

from __future__ import annotations

from django.db import models

from tenants.models import Tenant, User


class SubjectKind(models.TextChoices):
    """What a transition is about."""

    DOMAIN = "domain", "Domain"
    RELAY = "relay", "Relay"
    INSTALLATION = "installation", "Installation"  # for the operator: our own blindness, sweeps that stand still


class TransitionQuerySet(models.QuerySet["Transition"]):
    """Through the tenant door."""

    def for_user(self, user: User) -> TransitionQuerySet:
        """Those of tenants ``user`` may see; the installation's own are the operator's."""
        if user.is_authenticated and user.is_active and user.is_operator:
            return self
        return self.filter(tenant__in=Tenant.objects.for_user(user))


class Transition(models.Model):
    """One confirmed change of one subject. ``once`` makes a second worker's copy impossible."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="transitions")
    subject_kind = models.CharField(max_length=12, choices=SubjectKind)
    subject_id = models.CharField(max_length=12)  # the subject's public id
    subject_name = models.CharField(max_length=253)
    kind = models.CharField(max_length=40)  # "token-seen", "accepted", "mx-moved" …
    once = models.CharField(max_length=80, help_text="Epoch and round: at most one transition of a kind in each")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")  # null: seen by a worker
    facts = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "kind", "once"], name="transition_once"),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-at"], name="transition_history")]
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.subject_name}: {self.kind}"
