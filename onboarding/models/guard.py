"""What mail flow looked like when the guard began, and what is believed of it now. Loaded for full looks only."""

from __future__ import annotations

from django.db import models

from onboarding.models.domain import Domain
from publicdns.flow import Part
from tenants.models import User


class Guard(models.Model):
    """The watch over one domain's mail flow: what differs from the baseline, and what has been told of it."""

    domain = models.OneToOneField(Domain, models.CASCADE, primary_key=True, related_name="guard")
    since = models.DateTimeField()
    state = models.CharField(max_length=12, blank=True)  # of the gravest shift (publicdns.movement.State); empty: none
    shifts = models.JSONField(default=list)  # the keys of all shifts that are known
    alarmed = models.BooleanField(default=False)  # an alarm was told and not yet taken back
    changed_at = models.DateTimeField(null=True)  # when the shifts last became others
    round = models.PositiveIntegerField(default=0)  # how often they have, for the transitions' key

    def __str__(self) -> str:
        return f"Guard of {self.domain_id}: {self.state or 'as it was'}"


class Baseline(models.Model):
    """One part of a domain's mail flow: as it was when the guard began, and as it is believed to be."""

    # Four are written at each first sight: no index of their own for what the constraint's tells too.
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="baselines", db_index=False)
    part = models.CharField(max_length=12, choices=[(part.value, part.value) for part in Part])
    records = models.JSONField(default=list)
    ttl = models.PositiveBigIntegerField(null=True)  # seconds
    since = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)  # null: a first sight
    reason = models.CharField(max_length=400, blank=True)

    now_records = models.JSONField(default=list)
    now_ttl = models.PositiveBigIntegerField(null=True)
    now_since = models.DateTimeField()  # when the records were first seen as they are now
    ttl_since = models.DateTimeField()
    pending = models.JSONField(null=True)  # another sight on its way to being believed (publicdns.confirmation)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "part"], name="baseline_once")]

    def __str__(self) -> str:
        return f"{self.part} of {self.domain_id}"

    @property
    def differs(self) -> bool:
        """Whether it is otherwise than it was."""
        return bool(self.records != self.now_records or self.ttl != self.now_ttl)
