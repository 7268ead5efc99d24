"""Domains of one tenant that somebody wants to see together: a wave, a brand, a country."""

from __future__ import annotations

from django.db import models

from tenants.models import Tenant, User
from tenants.public_id import new_public_id
from tenants.roles import Action


class GroupQuerySet(models.QuerySet["Group"]):
    """Through the tenant door."""

    def for_user(self, user: User, action: Action = Action.VIEW) -> GroupQuerySet:
        """Groups in whose tenant ``user`` may do ``action``."""
        return self.filter(tenant__in=Tenant.objects.for_user(user, action))


class Group(models.Model):
    """A name that domains of one tenant share; a domain is in one group or in none."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="groups")
    name = models.CharField(max_length=60)

    objects = GroupQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="group_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
