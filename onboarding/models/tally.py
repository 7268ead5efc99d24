"""How many domains are where: exact now, and once a day for the burndown."""

from __future__ import annotations

from django.db import models

from tenants.models import Tenant


class Tally(models.Model):
    """A change of a count, added by the database itself in the transaction that changes a domain
    (onboarding.counting). The sum over the rows of a cell is the count; a cell is counted together once in a while."""

    # Without a constraint: a tenant that goes takes its domains along, and each of those still leaves a row here.
    tenant = models.ForeignKey(Tenant, models.DO_NOTHING, db_constraint=False, related_name="+")
    stage = models.CharField(max_length=12)
    blocked_by = models.CharField(max_length=12)
    week = models.DateField()  # the Monday (UTC) of the week in which the domain was added
    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "stage", "blocked_by", "week"], name="tally_cell")]

    def __str__(self) -> str:
        return f"{self.n:+} {self.stage} {self.blocked_by}"


class Snapshot(models.Model):
    """How many domains of a tenant were in a stage at the end of a day, or when the day was last counted."""

    day = models.DateField()
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="snapshots")
    stage = models.CharField(max_length=12)
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "day", "stage"], name="snapshot_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.n} in {self.stage}"
