"""The audit log: who did what, filtered and taken along, and nobody else's."""

from __future__ import annotations

import json

import pytest

from tenants.audit import record
from tenants.models import Tenant, User
from tests import make
from tests.make import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make.tenant()


@pytest.fixture
def person(tenant: Tenant) -> User:
    person = make.member(tenant, email="ada@example.org")
    for action, subject in (("token-changed", "a.com"), ("domain-added", "b.com")):
        record(
            person, action, subject, at=make.NOW, tenant=tenant, address="192.0.2.9",
            before={"token": "MS=ms1", "same": 1}, after={"token": "MS=ms2", "same": 1},
        )  # fmt: skip
    return person


def test_an_entry_says_who_did_what_from_where_before_and_after(person: User) -> None:
    page = signed_in(person).get("/log/").content.decode()

    for word in ("ada@example.org", "token-changed", "a.com", "192.0.2.9", "MS=ms1", "MS=ms2"):
        assert word in page
    assert "same" not in page


def test_a_moment_that_was_changed_is_told_in_the_readers_zone_and_hostile_words_are_escaped(
    person: User, tenant: Tenant
) -> None:
    record(
        person, "muted", "c.com", at=make.NOW, tenant=tenant,
        before={"until": "2026-11-23T23:30:00+00:00", "words": "<b>"}, after={"until": None, "words": "12:30"},
    )  # fmt: skip
    User.objects.filter(pk=person.pk).update(time_zone="Europe/Berlin")

    page = signed_in(User.objects.get(pk=person.pk)).get("/log/").content.decode()

    assert 'datetime="2026-11-23T23:30:00Z"' in page
    assert "24 Nov" in page
    assert "&lt;b&gt;" in page
    assert "Domain added" in page


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("what=domain-added", ["b.com"]),
        ("subject=A.C", ["a.com"]),
        ("who=ada", ["b.com", "a.com"]),
        ("who=bob", []),
        ("since=2026-11-24", []),
        ("since=2026-11-23&until=2026-11-23", ["b.com", "a.com"]),
        ("since=nonsense", ["b.com", "a.com"]),
    ],
)
def test_the_filters_narrow(person: User, query: str, subjects: list[str]) -> None:
    rows = signed_in(person).get(f"/log/?{query}").context["rows"]

    assert [entry.subject for entry, _ in rows] == subjects


def test_what_fits_is_exported(person: User) -> None:
    content = b"".join(signed_in(person).get("/log/export/json/?what=domain-added").streaming_content)  # type: ignore[attr-defined]

    assert [row["To what"] for row in json.loads(content)["rows"]] == ["b.com"]


def test_another_tenant_s_entries_are_the_operator_s_and_theirs(person: User) -> None:
    assert signed_in(make.member()).get("/log/").context["rows"] == []
    assert len(signed_in(make.user(operator=True)).get("/log/").context["rows"]) == 2
