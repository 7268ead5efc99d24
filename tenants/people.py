"""Adding people, giving and taking roles. The last operator stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tenants.audit import record
from tenants.models import Membership, Tenant, User
from tenants.roles import Role


class LastOperator(Exception):
    """Somebody must be able to run the installation."""


@transaction.atomic
def add_person(
    email: str, name: str, *, by: User, now: datetime, is_operator: bool = False, address: str | None = None
) -> User:
    """A person who can sign in once they have used an invitation. An existing person is returned as they are."""
    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is not None:
        return found
    user = User.objects.create_user(email, name=name, is_operator=is_operator)
    record(by, "person-added", user.email, at=now, address=address, after={"name": name, "operator": is_operator})
    return user


@transaction.atomic
def set_role(
    user: User, tenant: Tenant, role: Role, *, by: User, now: datetime, address: str | None = None
) -> Membership:
    """Give ``user`` this one role in ``tenant``."""
    before = Membership.objects.filter(user=user, tenant=tenant).values_list("role", flat=True).first()
    membership, _ = Membership.objects.update_or_create(user=user, tenant=tenant, defaults={"role": role.value})
    record(
        by,
        "role-set",
        user.email,
        at=now,
        tenant=tenant,
        address=address,
        before={"role": before},
        after={"role": role.value},
    )
    return membership


@transaction.atomic
def remove_from_tenant(user: User, tenant: Tenant, *, by: User, now: datetime, address: str | None = None) -> None:
    """Take ``user`` out of ``tenant``; what they follow there is forgotten."""
    Membership.objects.filter(user=user, tenant=tenant).delete()
    user.subscriptions.filter(tenant=tenant).delete()
    record(by, "role-removed", user.email, at=now, tenant=tenant, address=address)


@transaction.atomic
def set_operator(
    user: User, *, is_operator: bool, is_active: bool = True, by: User, now: datetime, address: str | None = None
) -> User:
    """Make ``user`` an operator or not, let them in or not. Raises LastOperator when nobody would be left to run the
    installation."""
    others = User.objects.select_for_update().filter(is_operator=True, is_active=True).exclude(pk=user.pk)
    if not (is_operator and is_active) and not others.exists():
        raise LastOperator
    before = {"operator": user.is_operator, "active": user.is_active}
    user.is_operator, user.is_active = is_operator, is_active
    user.save(update_fields=["is_operator", "is_active"])
    after = {"operator": is_operator, "active": is_active}
    record(by, "person-changed", user.email, at=now, address=address, before=before, after=after)
    return user
