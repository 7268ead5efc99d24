"""Counts are exact whatever writes a domain, and a look that changes nothing writes none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from onboarding.counting import Cell, cells_of, count_together, recount, remember
from onboarding.models import Domain, Snapshot, Tally
from tests import make

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


def counted(**fields: Any) -> list[tuple[str, str, int]]:
    """The counts of one domain with ``fields``."""
    domain = make.domain(created_at=make.NOW)
    Domain.objects.filter(pk=domain.pk).update(**fields)
    return [(cell.stage, cell.blocked_by, cell.n) for cell in cells_of([domain.tenant_id])]


@pytest.mark.parametrize(
    ("fields", "blocked_by"),
    [
        ({}, "unknown"),
        ({"token": ""}, "person"),
        ({"verdict": "missing"}, "missing"),
        ({"verdict": "missing", "progress": "some-servers"}, "caches"),
        ({"verdict": "missing", "progress": "all-servers"}, "caches"),
        ({"verdict": "missing", "progress": "all-servers", "seen_at": make.NOW}, "missing"),
        ({"verdict": "wrong"}, "wrong"),
        ({"verdict": "present"}, "caches"),
        ({"verdict": "unknown", "progress": "unclear"}, "unknown"),
        ({"verdict": "unknown", "progress": "all-servers"}, "caches"),
        ({"verdict": "present", "seen_at": make.NOW}, "person"),
        ({"verdict": "unknown", "seen_at": make.NOW}, "person"),
        ({"verdict": "present", "seen_at": make.NOW, "refusal": "not-found"}, "microsoft"),
        ({"verdict": "present", "seen_at": make.NOW, "refusal": "other-tenant"}, "person"),
        ({"verdict": "missing", "refusal": "other-tenant"}, "person"),
        ({"verdict": "missing", "refusal": "not-found"}, "missing"),
        ({"verdict": "missing", "refusal": "being-removed"}, "microsoft"),
        ({"stage": "users", "verdict": "wrong"}, "person"),
        ({"stage": "purpose"}, "person"),
        ({"stage": "active", "verdict": "missing"}, "nothing"),
        ({"stage": "active", "purpose_choice": "services", "lacking": 2}, "missing"),
        ({"stage": "active", "purpose_choice": "skipped", "lacking": 2}, "nothing"),
    ],
)
def test_what_blocks_a_domain_follows_from_its_row(fields: dict[str, Any], blocked_by: str) -> None:
    ((_stage, found, n),) = counted(**fields)

    assert (found, n) == (blocked_by, 1)


def test_a_removed_domain_is_counted_nowhere_until_it_is_taken_back() -> None:
    domain = make.domain()

    Domain.objects.update(removed_at=make.NOW)
    assert cells_of([domain.tenant_id]) == []
    Domain.objects.update(removed_at=None)

    assert [cell.n for cell in cells_of([domain.tenant_id])] == [1]


def test_whatever_writes_the_counts_stay_those_of_the_rows() -> None:
    tenant, other = make.tenant(), make.tenant()
    rows = [
        Domain(tenant=tenant, name=f"d{n}.test", created_at=make.NOW - timedelta(weeks=n), edited_at=make.NOW)
        for n in range(6)
    ]
    Domain.objects.bulk_create(rows)
    Domain.objects.filter(name__lt="d3").update(stage="active")
    Domain.objects.filter(name="d5.test").update(tenant=other)
    Domain.objects.filter(name="d4.test").delete()
    kept = {tenant.pk: cells_of([tenant.pk]), other.pk: cells_of([other.pk])}

    recount()

    for pk, cells in kept.items():
        assert sorted(cells, key=str) == sorted(cells_of([pk]), key=str)
    assert sum(cell.n for cell in cells_of([tenant.pk, other.pk])) == 5


def test_a_change_that_is_rolled_back_is_not_counted() -> None:
    domain = make.domain()

    with pytest.raises(RuntimeError), transaction.atomic():
        Domain.objects.update(stage="active")
        raise RuntimeError

    assert [cell.stage for cell in cells_of([domain.tenant_id])] == ["validate"]


def test_a_look_that_changes_nothing_writes_no_count() -> None:
    make.domain()
    before = Tally.objects.count()

    Domain.objects.update(verdict_since=make.NOW, memory={"seen": []}, facts={}, verdict="unknown")

    assert Tally.objects.count() == before


def test_counting_together_leaves_the_counts_and_few_rows() -> None:
    domain = make.domain(created_at=make.NOW)
    for stage in ("active", "validate", "active"):
        Domain.objects.update(stage=stage)

    count_together()

    assert Tally.objects.count() == 1
    assert cells_of([domain.tenant_id]) == [Cell("active", "nothing", MONDAY, 1)]


def test_the_last_count_of_a_day_stays() -> None:
    make.domain()
    remember(MONDAY)
    Domain.objects.update(stage="active")

    remember(MONDAY)

    assert dict(Snapshot.objects.values_list("stage", "n")) == {"validate": 0, "users": 0, "purpose": 0, "active": 1}
