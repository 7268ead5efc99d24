"""A Microsoft 365 tenant that domains are added to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Lower

from tenants.public_id import new_public_id
from tenants.roles import ALLOWED, Action

if TYPE_CHECKING:
    from tenants.models.people import User


class TenantQuerySet(models.QuerySet["Tenant"]):
    """The one door: whatever a person may see hangs on the tenants this returns."""

    def for_user(self, user: User, action: Action = Action.VIEW) -> TenantQuerySet:
        """Tenants in which ``user`` may do ``action``. Operators may do everything; inactive people nothing."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_operator:
            return self
        roles = [role.value for role, actions in ALLOWED.items() if action in actions]
        return self.filter(memberships__user=user, memberships__role__in=roles)


class Tenant(models.Model):
    """A Microsoft 365 tenant. Everything that belongs to it is seen through :meth:`TenantQuerySet.for_user` only."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=120)
    initial_domain = models.CharField(max_length=253, blank=True, help_text="For example contoso.onmicrosoft.com")
    cloud = models.CharField(max_length=12, default="worldwide")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="tenant_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
