"""Roles, the one door, and the last operator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from onboarding.adding import add_domain
from onboarding.models import Domain
from tenants.models import AuditEntry, Tenant, User
from tenants.people import LastOperator, add_person, remove_from_tenant, set_operator, set_role
from tenants.roles import Action, Role

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", is_operator=True)


@pytest.fixture
def contoso() -> Tenant:
    return Tenant.objects.create(name="Contoso")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, {Action.VIEW, Action.FOLLOW}),
        (Role.HELP_DESK, {Action.VIEW, Action.FOLLOW, Action.LOOK}),
        (Role.MANAGER, set(Action)),
    ],
)
def test_each_role_may_do_what_its_line_says(ada: User, contoso: Tenant, role: Role, may: set[Action]) -> None:
    bob = add_person("bob@example.org", "Bob", by=ada, now=NOON)
    set_role(bob, contoso, role, by=ada, now=NOON)

    assert {action for action in Action if bob.may(action, contoso)} == may


def test_a_stranger_sees_nothing_and_an_operator_everything(ada: User, contoso: Tenant) -> None:
    stranger = add_person("eve@example.org", "Eve", by=ada, now=NOON)
    add_domain(contoso, "contoso.com", "", by=ada, now=NOON)

    assert not Domain.objects.for_user(stranger).exists()
    assert Domain.objects.for_user(ada).exists()


def test_somebody_shut_out_sees_nothing(ada: User, contoso: Tenant) -> None:
    bob = add_person("bob@example.org", "Bob", by=ada, now=NOON)
    set_role(bob, contoso, Role.MANAGER, by=ada, now=NOON)
    set_operator(bob, is_operator=False, is_active=False, by=ada, now=NOON)

    assert not Tenant.objects.for_user(bob).exists()


def test_leaving_a_tenant_closes_the_door(ada: User, contoso: Tenant) -> None:
    bob = add_person("bob@example.org", "Bob", by=ada, now=NOON)
    set_role(bob, contoso, Role.VIEWER, by=ada, now=NOON)
    remove_from_tenant(bob, contoso, by=ada, now=NOON)

    assert not Tenant.objects.for_user(bob).exists()


def test_the_last_operator_cannot_be_removed(ada: User) -> None:
    with pytest.raises(LastOperator):
        set_operator(ada, is_operator=False, by=ada, now=NOON)
    with pytest.raises(LastOperator):
        set_operator(ada, is_operator=True, is_active=False, by=ada, now=NOON)


def test_one_of_two_operators_may_go(ada: User) -> None:
    bob = add_person("bob@example.org", "Bob", by=ada, now=NOON, is_operator=True)
    set_operator(ada, is_operator=False, by=bob, now=NOON)

    assert not User.objects.get(pk=ada.pk).is_operator


def test_the_same_address_in_other_capitals_is_the_same_person(ada: User) -> None:
    assert add_person("ADA@example.org", "Ada", by=ada, now=NOON) == ada


def test_each_change_stands_in_the_audit_log(ada: User, contoso: Tenant) -> None:
    bob = add_person("bob@example.org", "Bob", by=ada, now=NOON)
    set_role(bob, contoso, Role.VIEWER, by=ada, now=NOON)
    set_role(bob, contoso, Role.MANAGER, by=ada, now=NOON)

    last = AuditEntry.objects.first()
    assert last is not None
    assert (last.before, last.after) == ({"role": "viewer"}, {"role": "manager"})
