"""What Microsoft expects of a domain in DNS, what of it is published, and what is done after the activation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onboarding.models.domain import Domain
from onboarding.stage import Origin
from publicdns.expectations.records import Effect, Expected, Service
from tenants.models import User


class Expectation(models.Model):
    """One expected record of a domain, with where it came from."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="expectations")
    key = models.CharField(max_length=60)
    service = models.CharField(max_length=12)
    rdtype = models.CharField(max_length=10)
    name = models.CharField(max_length=253)
    value = models.CharField(max_length=2000, blank=True)
    ttl = models.PositiveIntegerField()
    effect = models.CharField(max_length=12, blank=True)
    certain = models.BooleanField(default=True)
    optional = models.BooleanField(default=False)
    absent = models.BooleanField(default=False)
    source = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=12, choices=[(o.value, o.value) for o in Origin])
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    muted_reason = models.CharField(max_length=200, blank=True)  # not empty: it is not judged
    muted_at = models.DateTimeField(null=True, blank=True)
    muted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "key"], name="expectation_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rdtype} {self.name}"

    @property
    def record(self) -> Expected:
        """The record as the engine judges it."""
        return Expected(
            self.key,
            Service(self.service),
            self.rdtype,
            self.name,
            self.value,
            self.source,
            Effect(self.effect),
            self.certain,
            self.optional,
            self.absent,
            self.ttl,
        )


class Publication(models.Model):
    """What name servers answered to the questions for a domain's expected records. Looked at now and then only."""

    domain = models.OneToOneField(Domain, models.CASCADE, primary_key=True, related_name="publication")
    due_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField(default=list)  # publicdns.packing of Answer

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="publication_due")]

    def __str__(self) -> str:
        return f"{self.domain}, published"


class Milestone(models.Model):
    """One thing done after the activation, by whom and when."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="milestones")
    item = models.CharField(max_length=24)
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "item"], name="milestone_once")]
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.domain}: {self.item}"
