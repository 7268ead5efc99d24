"""People and tenants as the operator keeps them, and everybody's own profile."""

from __future__ import annotations

from typing import Any

import pytest

from notices.models import Notice
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tests import make
from tests.make import signed_in

pytestmark = pytest.mark.django_db


def test_somebody_new_gets_a_link_that_can_be_copied_and_is_shown_once() -> None:
    tenant = make.tenant()
    client = signed_in(make.user(operator=True))

    response = client.post(
        "/people/add/",
        {"name": "Mara", "email": "mara@example.net", "tenant": tenant.public_id, "role": Role.HELP_DESK.value},
    )

    link = response.context["link"]
    person = User.objects.get(email="mara@example.net")
    assert f'data-copy="{link}"' in response.content.decode()
    assert Membership.objects.get(user=person).role == Role.HELP_DESK.value
    assert link not in client.get(f"/people/{person.public_id}/").content.decode()


def test_the_link_is_mailed_where_mail_is_set_up_and_its_text_is_shown_to_nobody(settings: Any) -> None:
    settings.EMAIL_URL, settings.EMAIL_BACKEND = "smtp://127.0.0.1:1", "notices.backend.LedgerBackend"
    client = signed_in(make.user(operator=True))

    client.post("/people/add/", {"name": "Mara", "email": "mara@example.net", "role": Role.VIEWER.value})

    notice = Notice.objects.get(address="mara@example.net")
    shown = client.get(f"/mail/{notice.public_id}/").content
    assert b"/welcome/" in bytes(notice.mime or b"")
    assert b"/welcome/" not in shown


def test_adding_somebody_who_is_there_gives_them_the_role_and_no_new_link() -> None:
    tenant, person = make.tenant(), make.user("mara@example.net")

    response = signed_in(make.user(operator=True)).post(
        "/people/add/",
        {"name": "M", "email": "Mara@Example.net", "tenant": tenant.public_id, "role": Role.MANAGER.value},
    )

    assert response.status_code == 302
    assert Membership.objects.get(user=person).role == Role.MANAGER.value


def test_the_last_operator_stays() -> None:
    operator = make.user(operator=True)

    response = signed_in(operator).post(f"/people/{operator.public_id}/change/", {"active": "on"}, follow=True)

    operator.refresh_from_db()
    assert operator.is_operator
    assert b"is the last operator" in response.content


def test_a_person_who_is_not_let_in_any_more_is_out_at_once() -> None:
    operator, person = make.user(operator=True), make.member()
    theirs = signed_in(person)

    signed_in(operator).post(f"/people/{person.public_id}/change/", {})

    assert theirs.get("/domains/").status_code == 302


def test_a_role_taken_away_is_gone_at_once() -> None:
    tenant = make.tenant()
    person = make.member(tenant)
    domain = make.domain(in_tenant=tenant)

    signed_in(make.user(operator=True)).post(f"/people/{person.public_id}/role/{tenant.public_id}/remove/")

    assert signed_in(person).get(domain.get_absolute_url()).status_code == 404


def test_two_tenants_of_one_name_are_refused_where_the_name_was_typed() -> None:
    make.tenant("Contoso")

    response = signed_in(make.user(operator=True)).post("/tenants/add/", {"name": "contoso", "cloud": "worldwide"})

    assert response.status_code == 422
    assert Tenant.objects.count() == 1


def test_moments_are_shown_in_one_s_own_zone_with_utc_beside() -> None:
    person = make.user(operator=True)
    client = signed_in(person)
    client.post("/profile/", {"name": "Olga", "time_zone": "Asia/Kolkata"})
    domain = make.domain(created_at=make.NOW, token="")

    html = client.get(domain.get_absolute_url()).content.decode()

    assert "2026-11-23 14:30:00 IST = 2026-11-23 09:00:00 UTC" in html


def test_an_unknown_time_zone_is_refused() -> None:
    response = signed_in(make.user()).post("/profile/", {"name": "x", "time_zone": "Mars/Olympus"})

    assert response.status_code == 422
