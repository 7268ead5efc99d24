"""The planned moment mail moves, for one domain or a group of them."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from onboarding.models.domain import Domain
from tenants.models import Tenant, User
from tenants.public_id import new_public_id
from tenants.roles import Action


class CutOverQuerySet(models.QuerySet["CutOver"]):
    """Through the tenant door."""

    def for_user(self, user: User, action: Action = Action.VIEW) -> CutOverQuerySet:
        """Plans in whose tenant ``user`` may do ``action``."""
        return self.filter(tenant__in=Tenant.objects.for_user(user, action))

    def overdue(self, now: datetime) -> CutOverQuerySet:
        """Those whose window is over and that nobody has closed."""
        return self.filter(closed_at__isnull=True, ends_at__lt=now)


class CutOver(models.Model):
    """One plan: which domains, and when. All its domains are in one tenant."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="cutovers")
    name = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    zone = models.CharField(max_length=64)  # IANA: in which people read and type its times
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)  # done, or called off
    version = models.PositiveIntegerField(default=1)

    objects = CutOverQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The plan's page."""
        return f"/cutovers/{self.public_id}/"

    def is_overdue(self, now: datetime) -> bool:
        """Whether its window is over though nobody has closed it: what changes then is an alarm again."""
        return self.closed_at is None and self.ends_at < now


class CutOverDomain(models.Model):
    """One domain of a plan, and what is done for it. A step that was ticked stays ticked."""

    cutover = models.ForeignKey(CutOver, models.CASCADE, related_name="entries")
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="cutover_entries")
    open = models.BooleanField(default=True)  # False once the plan is closed
    ticks = models.JSONField(default=dict)  # step → [moment, who or ""]
    old_ttl = models.PositiveBigIntegerField(null=True)  # of the MX before anybody lowered it
    sights = models.JSONField(default=dict)  # what the last full look showed of the steps that go server by server

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cutover", "domain"], name="cutover_domain_once"),
            models.UniqueConstraint(
                fields=["domain"], condition=models.Q(open=True), name="domain_in_one_open_cutover"
            ),
        ]
        ordering = ["domain__name"]

    def __str__(self) -> str:
        return f"{self.domain_id} in {self.cutover_id}"
