"""One-time links: what opens them, what spends them, and that nobody is let in twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from tenants.invitations import LinkSpent, find_open, invite, open_first_operator_link, redeem
from tenants.models import Invitation, User

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GOOD = "correct horse battery staple"


def secret_of(path: str | None) -> str:
    assert path is not None
    return path.strip("/").rpartition("/")[2]


def test_the_first_link_makes_the_first_operator() -> None:
    user = redeem(secret_of(open_first_operator_link(NOON)), GOOD, NOON, email="Ada@Example.org", name="Ada")

    assert (user.email, user.is_operator, user.check_password(GOOD)) == ("ada@example.org", True, True)


def test_with_somebody_there_no_first_link_is_made_and_an_old_one_is_dead() -> None:
    early = secret_of(open_first_operator_link(NOON))
    User.objects.create_user("ada@example.org")

    assert open_first_operator_link(NOON) is None
    with pytest.raises(LinkSpent):
        redeem(early, GOOD, NOON, email="eve@example.org")


def test_a_new_start_closes_the_link_of_the_one_before() -> None:
    early = secret_of(open_first_operator_link(NOON))
    open_first_operator_link(NOON)

    with pytest.raises(LinkSpent):
        find_open(early, NOON)


def test_a_link_works_once() -> None:
    ada = User.objects.create_user("ada@example.org", is_operator=True)
    secret = secret_of(invite(ada, by=ada, now=NOON, days=7))
    redeem(secret, GOOD, NOON)

    with pytest.raises(LinkSpent):
        redeem(secret, GOOD, NOON)


def test_a_link_runs_out() -> None:
    ada = User.objects.create_user("ada@example.org", is_operator=True)
    secret = secret_of(invite(ada, by=ada, now=NOON, days=7))

    with pytest.raises(LinkSpent):
        redeem(secret, GOOD, NOON + timedelta(days=7))


def test_a_weak_password_leaves_the_link_open() -> None:
    ada = User.objects.create_user("ada@example.org", is_operator=True)
    secret = secret_of(invite(ada, by=ada, now=NOON, days=7))

    with pytest.raises(ValidationError):
        redeem(secret, "password", NOON)

    assert find_open(secret, NOON).user == ada


def test_somebody_shut_out_cannot_come_back_by_an_old_link() -> None:
    ada = User.objects.create_user("ada@example.org")
    secret = secret_of(invite(ada, by=ada, now=NOON, days=7))
    User.objects.update(is_active=False)

    with pytest.raises(LinkSpent):
        redeem(secret, GOOD, NOON)


def test_no_secret_is_stored() -> None:
    secret = secret_of(open_first_operator_link(NOON))

    assert secret not in str(list(Invitation.objects.values()))
