"""The board's counts are those of the rows, whichever way they are counted, and its pages hold every row once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onboarding.board import board
from onboarding.filters import Filters
from onboarding.models import Group
from onboarding.narrowing import Asked
from tenants.models import Tenant, User
from tests import make

pytestmark = pytest.mark.django_db
STANDINGS: tuple[dict[str, Any], ...] = ({"verdict": "missing"}, {"verdict": "wrong"}, {"stage": "active"})
NARROWED = ("assignee=nobody", "assignee=me", "group=1", "cutover=week", "cutover=later", "q=d1", "assignee=nobody&q=d")


@pytest.fixture
def person() -> User:
    """A manager of two tenants with thirty domains: some in a group, some assigned, some planned."""
    tenants = [make.tenant(), make.tenant()]
    person = make.member(tenants[0])
    person.memberships.create(tenant=tenants[1], role="manager")
    group = Group.objects.create(tenant=tenants[0], name="Wave 1", public_id="1")
    for number in range(30):
        make.domain(
            f"d{number:02}.com",
            tenants[number % 2],
            group=group if number % 4 == 0 else None,
            assignee=person if number % 3 == 0 else None,
            window_start=make.NOW + timedelta(days=35 - number) if number % 5 else None,
            created_at=make.NOW - timedelta(days=number),
            **STANDINGS[number % 3],
        )
    make.domain("theirs.com", assignee=person, window_start=make.NOW + timedelta(days=3))
    return person


def asked_by(person: User, query: str) -> Any:
    filters = Filters.of(dict(part.split("=") for part in query.split("&") if part))
    return board(person, filters, list(Tenant.objects.for_user(person)), make.NOW)


@pytest.mark.parametrize("query", ["", *NARROWED])
@pytest.mark.parametrize("facet", ["stage", "blocked", "cutover"])
def test_each_count_is_the_number_of_rows_that_a_click_on_it_shows(person: User, query: str, facet: str) -> None:
    options = asked_by(person, query).facets[facet]

    assert any(option.count for option in options)
    for option in options:
        assert asked_by(person, option.query).domains.count() == option.count


@pytest.mark.parametrize("query", NARROWED)
def test_reading_in_order_finds_what_the_indexes_find(person: User, query: str) -> None:
    filters = Filters.of(dict(part.split("=") for part in query.split("&")))
    asked = Asked(person, filters, list(Tenant.objects.for_user(person)), many=True, now=make.NOW)

    assert set(asked.domains(scan=True)) == set(asked.domains())


@pytest.mark.parametrize("query", ["", "assignee=me", "cutover=week", "q=d"])
@pytest.mark.parametrize("size", [3, 7, 100])
def test_the_pages_in_the_order_of_cut_overs_hold_every_row_once_the_planned_first(
    person: User, query: str, size: int
) -> None:
    seen = asked_by(person, f"{query}&order=cutover")

    found = [domain for begin in range(0, seen.total, size) for domain in seen.rows[begin : begin + size]]

    moments = [domain.window_start for domain in found if domain.window_start]
    assert moments == sorted(moments)
    assert [domain.window_start is None for domain in found] == sorted(domain.window_start is None for domain in found)
    assert sorted(domain.pk for domain in found) == sorted(seen.domains.values_list("pk", flat=True))
