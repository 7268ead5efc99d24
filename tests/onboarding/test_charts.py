"""The burndown's shapes follow from the figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from onboarding.charts import HEIGHT, Day, stacked
from onboarding.models import Snapshot
from tests import make
from tests.onboarding.test_views_list import signed_in

FIRST = date(2026, 11, 1)
LABELS = (("active", "Active"), ("validate", "Validate"))


def test_without_days_or_domains_there_is_nothing_to_draw() -> None:
    assert stacked([], LABELS) is None
    assert stacked([Day(FIRST, (0, 0))], LABELS) is None


def test_each_stage_lies_on_the_one_below() -> None:
    chart = stacked([Day(FIRST, (1, 3)), Day(FIRST + timedelta(days=1), (4, 0))], LABELS)

    assert chart is not None
    below, above = ([tuple(map(float, p.split(","))) for p in band.points.split()] for band in chart.bands)
    assert below[:2] == list(reversed(above[2:]))
    assert all(0 <= y <= HEIGHT for _x, y in below + above)


def test_a_single_day_is_drawn_as_wide_as_the_picture() -> None:
    chart = stacked([Day(FIRST, (1, 3))], LABELS)

    assert chart is not None
    assert {point.split(",")[0] for band in chart.bands for point in band.points.split()} == {"46.0", "890.0"}
    assert [mark.label for mark in chart.days] == ["11-01"]


def test_a_gap_between_days_is_as_wide_as_it_was_long() -> None:
    days = [Day(FIRST + timedelta(days=n), (1, 1)) for n in (0, 1, 10)]

    chart = stacked(days, LABELS)

    assert chart is not None
    a, b, c = (mark.at for mark in chart.days)
    assert (c - a) == pytest.approx(10 * (b - a))


@pytest.mark.django_db
def test_the_page_has_the_picture_and_its_table() -> None:
    tenant = make.tenant()
    make.domain(in_tenant=tenant)
    Snapshot.objects.create(day=timezone.now().date() - timedelta(days=3), tenant=tenant, stage="validate", n=7)
    other = make.tenant()
    Snapshot.objects.create(day=timezone.now().date() - timedelta(days=3), tenant=other, stage="validate", n=4000)

    page = signed_in(make.member(tenant)).get("/domains/progress/").content.decode()

    assert "<polygon" in page
    assert "<td>7</td>" in page
    assert "4000" not in page
