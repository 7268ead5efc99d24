"""How the database keeps what a sweep writes (migrations 0002 and 0003)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from onboarding.claiming import claim
from onboarding.counting import cells_of
from onboarding.models import Domain, Observation, Schedule
from onboarding.triggers import install
from tests import make

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(question: str) -> tuple[Any, ...]:
    """The one row that PostgreSQL answers with."""
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    assert row is not None
    return tuple(row)


@pytest.mark.django_db
@pytest.mark.postgresql
def test_a_lease_finds_room_beside_its_schedule_and_touches_no_index() -> None:
    count = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'onboarding_schedule'"
    for number in range(60):
        make.domain(due_at=None if number % 6 else NOON)
    before = told(count)

    leased = claim(NOON, 100)

    assert len(leased) == 10
    assert [now - then for now, then in zip(told(count), before, strict=True)] == [10, 10]


@pytest.mark.django_db
@pytest.mark.postgresql
def test_pictures_are_compressed_by_the_quickest_way_the_server_has() -> None:
    (has_lz4,) = told("SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")

    Observation.objects.create(domain=make.domain(), seen_at=NOON, picture={"name": "contoso.example" * 1000})

    assert told("SELECT pg_column_compression(picture) FROM onboarding_observation") == ("lz4" if has_lz4 else "pglz",)


@pytest.mark.django_db
def test_a_new_domain_is_due_at_once_however_it_is_written() -> None:
    tenant = make.tenant()
    rows = [Domain(tenant=tenant, name=f"d{n}.test", created_at=NOON, edited_at=NOON) for n in range(3)]
    rows[2].removed_at = NOON
    Domain.objects.bulk_create(rows[1:])
    rows[0].save()

    found = dict(Schedule.objects.values_list("domain__name", "due_at"))

    assert found == {"d0.test": NOON, "d1.test": NOON, "d2.test": None}
    assert set(Schedule.objects.values_list("priority", "lost_leases", "lease_token", "looked_at")) == {
        (5, 0, None, None)
    }


@pytest.mark.django_db
def test_a_domain_that_has_no_schedule_gets_one_after_a_migration() -> None:
    make.domain(created_at=NOON)
    Schedule.objects.all().delete()

    install("default")

    assert [schedule.due_at for schedule in Schedule.objects.all()] == [NOON]


@pytest.mark.django_db
def test_a_domain_takes_its_schedule_along() -> None:
    make.domain().delete()
    make.domain()
    Domain.objects.all().delete()

    assert not Schedule.objects.exists()


COLUMNS = ("due_at", "priority", "lease_until", "lease_token", "lost_leases", "looked_at")


@pytest.mark.django_db(transaction=True)
def test_every_schedule_and_every_trigger_is_there_after_the_move() -> None:
    token, tenant = uuid4(), make.tenant()
    leased = make.domain("a.test", tenant, priority=2, lease_until=NOON, lease_token=token, lost_leases=3, due_at=NOON)
    make.domain("b.test", tenant, due_at=None, removed_at=NOON, looked_at=NOON)
    try:
        call_command("migrate", "onboarding", "0002", verbosity=0)
        wide = MigrationLoader(connection).project_state(("onboarding", "0002_storage")).apps
        Before = wide.get_model("onboarding", "Domain")
        went_back = Before.objects.values_list(*COLUMNS).get(pk=leased.pk)
        Before.objects.create(
            tenant_id=tenant.pk, name="c.test", created_at=NOON, edited_at=NOON, due_at=NOON, priority=8, looked_at=NOON
        )
    finally:
        call_command("migrate", "onboarding", verbosity=0)
    Domain.objects.create(tenant=tenant, name="d.test", created_at=NOON, edited_at=NOON)

    assert went_back == (NOON, 2, NOON, token, 3, None)
    assert {row[0]: row[1:] for row in Schedule.objects.values_list("domain__name", *COLUMNS)} == {
        "a.test": went_back,
        "b.test": (None, 5, None, None, 0, NOON),
        "c.test": (NOON, 8, None, None, 0, NOON),
        "d.test": (NOON, 5, None, None, 0, None),
    }
    assert sum(cell.n for cell in cells_of([tenant.pk])) == 3
