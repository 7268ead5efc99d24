"""Many rows in one statement: every value arrives as it was, whichever database keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import Error

from onboarding.claiming import claim
from onboarding.leasing import Claimed
from onboarding.models import Baseline, Domain, Guard, Observation, Schedule
from onboarding.writing import insert_rows, rewrite_rows, update_alike, update_rows
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HARD = "a \"quoted\" \\ back\\u0041slash, 'single', {braces}, %s %% ünï\U0001f600 \x01\x7f"


def claimed(count: int) -> list[Claimed]:
    """So many domains, leased."""
    tenant = make.tenant()
    for _ in range(count):
        make.domain(in_tenant=tenant, due_at=NOON - timedelta(days=1))
    return claim(NOON, count)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verdict", "missing"),
        ("finding", HARD[:40]),
        ("memory", {"seen": [HARD, True, None, 1.5], "deep": {"empty": []}}),
        ("verdict_since", NOON),
        ("doubted_at", None),
        ("marks", b"\0\xff'\"\\"),
        ("round", 2_000_000_000),
        ("mail_moved", True),
    ],
)
def test_a_changed_column_arrives_as_it_was(column: str, value: Any) -> None:
    (domain,) = claimed(1)

    update_rows(Domain, [(domain.pk, {column: value})])

    found = getattr(Domain.objects.get(), column)
    assert (bytes(found) if isinstance(value, bytes) else found) == value


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("finding", ["", " ", "NULL", "null", "{}", '","', "\\", '\\"', "\n\t\r", HARD[:40], "\u202eأهلا"]),
        ("verdict_since", [NOON, None, NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))]),
        ("marks", [b"", b"\0\xff'\"\\,{}", b"\\x00"]),
        ("round", [0, 7, 2_000_000_000]),
        ("mail_moved", [True, False]),
        ("memory", [{}, {"seen": [HARD]}, {"a": {"b": "\\"}}]),
    ],
)
def test_each_of_several_rows_gets_its_own_value_as_it_was(column: str, values: list[Any]) -> None:
    domains = claimed(len(values))

    update_rows(Domain, [(one.pk, {column: value}) for one, value in zip(domains, values, strict=True)])

    found = dict(Domain.objects.values_list("pk", column))
    stored = [found[one.pk] for one in domains]
    assert [bytes(value) for value in stored] == values if column == "marks" else stored == values


def test_each_row_gets_its_own_values_however_many_there_are() -> None:
    domains = claimed(700)
    rows = [(one.pk, {"finding": f"F{one.pk}", "verdict_since": NOON, "doubted_at": None}) for one in domains]

    update_rows(Domain, rows)

    found = Domain.objects.values_list("pk", "finding", "verdict_since", "doubted_at")
    assert set(found) == {(one.pk, f"F{one.pk}", NOON, None) for one in domains}


def test_a_row_that_somebody_else_holds_is_left_alone() -> None:
    first, second = claimed(2)
    Schedule.objects.filter(pk=first.pk).update(lease_token=None)

    update_alike(Schedule, [first.pk, second.pk], {"priority": 8, "looked_at": NOON}, {first.lease})

    found = set(Schedule.objects.values_list("pk", "priority", "looked_at"))
    assert found == {(first.pk, 5, None), (second.pk, 8, NOON)}


def test_the_newest_picture_takes_the_place_of_the_one_before() -> None:
    domains = claimed(3)
    for text in ("before", HARD):
        rows = [{"domain": one.pk, "seen_at": NOON, "picture": {"name": one.name, "text": text}} for one in domains]
        insert_rows(Observation, rows, instead_of="domain_id")

    found = {row.domain_id: row.picture for row in Observation.objects.all()}
    assert found == {one.pk: {"name": one.name, "text": HARD} for one in domains}


def test_json_that_is_not_there_is_null_and_not_the_word() -> None:
    (domain,) = claimed(1)
    fields = {"domain_id": domain.pk, "part": "mx", "records": [], "ttl": None, "since": NOON, "by_id": None}
    now = {"reason": "", "now_records": ["null"], "now_ttl": 60, "now_since": NOON, "ttl_since": NOON, "pending": None}

    insert_rows(Baseline, [{**fields, **now}])

    assert Baseline.objects.filter(pending__isnull=True, records=[], now_records=["null"]).exists()


def test_rows_are_rewritten_by_their_key() -> None:
    domains = claimed(2)
    guards = [Guard.objects.create(domain_id=one.pk, since=NOON) for one in domains]
    for guard, shifts in zip(guards, (["a", HARD], []), strict=True):
        guard.shifts, guard.alarmed = shifts, bool(shifts)

    rewrite_rows(guards, ("shifts", "alarmed"))

    assert list(Guard.objects.order_by("pk").values_list("shifts", "alarmed")) == [(["a", HARD], True), ([], False)]


def test_a_null_octet_does_not_keep_a_batch_from_being_written() -> None:
    first, second = claimed(2)

    rows = [(first.pk, {"memory": {"shown": "a\0b\\u0000"}}), (second.pk, {"memory": {"shown": "c"}})]
    update_rows(Domain, rows)

    assert Domain.objects.get(pk=first.pk).memory == {"shown": "a␀b\\u0000"}
    assert Domain.objects.get(pk=second.pk).memory == {"shown": "c"}


def test_a_lone_surrogate_does_not_either() -> None:
    (domain,) = claimed(1)

    update_rows(Domain, [(domain.pk, {"memory": {"shown": ["\udcff", "\0"]}})])

    assert Domain.objects.get().memory == {"shown": ["\ufffd", "␀"]}


@pytest.mark.postgresql
def test_what_is_too_long_is_refused_and_not_cut() -> None:
    (domain,) = claimed(1)

    with pytest.raises(Error):
        update_rows(Domain, [(domain.pk, {"finding": "F" * 41})])


def test_what_rows_share_reaches_each_of_them_and_what_they_do_not_its_own() -> None:
    domains = claimed(150)
    nothing: list[str] = []
    rows = [
        {
            "domain_id": one.pk, "part": part, "records": records, "ttl": ttl, "since": since, "by_id": None,
            "reason": HARD, "now_records": records, "now_ttl": ttl, "now_since": since, "ttl_since": NOON,
            "pending": None,
        }
        for place, one in enumerate(domains)
        for since in [NOON + timedelta(seconds=place)]
        for part, records, ttl in (("mx", [f"10 mail{place}"], place), ("spf", nothing, None))
    ]  # fmt: skip

    insert_rows(Baseline, rows)

    fields = tuple(rows[0])
    assert sorted(Baseline.objects.values_list(*fields), key=str) == sorted(
        (tuple(row.values()) for row in rows), key=str
    )
