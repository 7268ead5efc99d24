"""How PostgreSQL keeps what a sweep writes (migration 0002)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from onboarding.claiming import claim
from onboarding.models import Observation
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(question: str) -> tuple[Any, ...]:
    """The one row that PostgreSQL answers with."""
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    assert row is not None
    return tuple(row)


def test_a_lease_finds_room_beside_its_domain_and_touches_no_index() -> None:
    count = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'onboarding_domain'"
    for number in range(60):
        make.domain(due_at=None if number % 6 else NOON)
    before = told(count)

    leased = claim(NOON, 100)

    assert len(leased) == 10
    assert [now - then for now, then in zip(told(count), before, strict=True)] == [10, 10]


def test_pictures_are_compressed_by_the_quickest_way_the_server_has() -> None:
    (has_lz4,) = told("SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")

    Observation.objects.create(domain=make.domain(), seen_at=NOON, picture={"name": "contoso.example" * 1000})

    assert told("SELECT pg_column_compression(picture) FROM onboarding_observation") == ("lz4" if has_lz4 else "pglz",)
