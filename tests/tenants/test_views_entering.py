"""One-time links: the first operator's, and everybody's password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.invitations import invite, open_first_operator_link
from tenants.models import User
from tests import make

pytestmark = pytest.mark.django_db
NEW = {"name": "Olga", "email": "olga@example.net", "password": make.PASSWORD, "again": make.PASSWORD}


def first_link() -> str:
    path = open_first_operator_link(timezone.now())
    assert path
    return path


def test_the_first_operator_creates_the_account_in_the_browser_and_is_signed_in() -> None:
    client = Client()

    client.post(first_link(), NEW)

    operator = User.objects.get()
    assert (operator.email, operator.is_operator) == ("olga@example.net", True)
    assert client.get("/people/").status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"password": "short", "again": "short"}, "password"), ({"again": "x"}, "again"), ({"email": ""}, "email")],
)
def test_a_form_that_needs_mending_leaves_the_link_good(changed: dict[str, str], field: str) -> None:
    link = first_link()

    response = Client().post(link, NEW | changed)

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert Client().post(link, NEW).status_code == 302


def test_a_link_works_once() -> None:
    link = first_link()
    Client().post(link, NEW)

    response = Client().get(link)

    assert response.status_code == 404
    assert b"This link does not work" in response.content


def test_a_link_that_has_run_out_or_never_was_looks_like_any_other_spent_one() -> None:
    operator = make.user(operator=True)
    old = invite(operator, by=operator, now=timezone.now() - timedelta(days=8), days=7)

    for path in (old, "/welcome/guessed/"):
        response = Client().get(path)
        assert (response.status_code, response.templates[0].name) == (404, "entering/spent.html")


def test_an_invited_person_sets_a_password_and_signs_in_with_it() -> None:
    operator = make.user(operator=True)
    person = User.objects.create_user("mara@example.net", name="Mara")
    Client().post(
        invite(person, by=operator, now=timezone.now(), days=7),
        {"name": "Mara Manager", "password": make.PASSWORD, "again": make.PASSWORD},
    )
    client = Client()

    response = client.post("/accounts/login/", {"login": "MARA@example.net", "password": make.PASSWORD}, follow=True)

    assert response.wsgi_request.user == person
    assert User.objects.get(pk=person.pk).name == "Mara Manager"


def test_nobody_signs_up_by_themselves() -> None:
    response = Client().post("/accounts/signup/", {"email": "x@example.net", "password1": make.PASSWORD})

    assert b"Nobody signs up by themselves here" in response.content
    assert not User.objects.exists()


def test_guessing_a_password_is_stopped_without_redis() -> None:
    person = make.user()
    client = Client()

    codes = [
        client.post("/accounts/login/", {"login": person.email, "password": f"wrong {number}"}).status_code
        for number in range(8)
    ]

    assert codes[0] == 200
    right = client.post("/accounts/login/", {"login": person.email, "password": make.PASSWORD})
    assert right.status_code != 302
