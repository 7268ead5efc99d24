from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publicdns.ttl_plan import LOW, NoSuchTimeError, happens_twice, moment_of, plan_ttl

START = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Cairo",
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))
ttls = st.integers(0, 14 * 86400)


def test_a_ttl_of_a_day_must_be_lowered_a_day_and_ten_minutes_before() -> None:
    plan = plan_ttl(START, 86400, 86400, None)

    assert plan.lower_by == START - timedelta(days=1, minutes=10)
    assert not plan.in_time


def test_a_lowered_ttl_is_safe_once_the_old_one_has_expired() -> None:
    lowered = START - timedelta(hours=30)

    plan = plan_ttl(START, 86400, 300, lowered)

    assert plan.safe_from == lowered + timedelta(days=1)
    assert plan.in_time


def test_lowered_too_late_is_not_in_time() -> None:
    plan = plan_ttl(START, 86400, 300, START - timedelta(hours=3))

    assert not plan.in_time
    assert plan.followed_by(START) == START + timedelta(hours=21)


def test_a_ttl_that_was_always_low_needs_nothing() -> None:
    plan = plan_ttl(START, 300, 300, None)

    assert plan.in_time
    assert plan.followed_by(START) == START + timedelta(seconds=300)


@given(moments, ttls, st.integers(0, LOW), moments)
@settings(max_examples=200)
def test_no_cache_can_hold_the_old_answer_longer_than_the_plan_says(
    start: datetime, old: int, low: int, lowered: datetime
) -> None:
    plan = plan_ttl(start, old, low, lowered)
    changed = max(start, lowered)
    asked_last = [lowered - timedelta(seconds=1), changed - timedelta(seconds=1)]
    kept_until = [asked_last[0] + timedelta(seconds=old), asked_last[1] + timedelta(seconds=low)]

    assert plan.followed_by(changed) >= max(kept_until) or old <= LOW


@given(moments, ttls, st.sampled_from(ZONES), st.sampled_from(ZONES))
@settings(max_examples=200)
def test_the_plan_is_the_same_moment_whoever_reads_it_and_wherever(
    start: datetime, old: int, here: str, there: str
) -> None:
    one, other = (plan_ttl(start.astimezone(ZoneInfo(zone)), old, old, None) for zone in (here, there))

    assert (one.lower_by, one.in_time) == (other.lower_by, other.in_time)
    if one.lower_by is not None:
        assert (start - one.lower_by.astimezone(UTC)).total_seconds() == old + min(600, old // 10)


@given(moments, st.sampled_from(ZONES))
@settings(max_examples=200)
def test_what_a_clock_shows_leads_back_to_the_moment_or_to_its_twin(moment: datetime, zone: str) -> None:
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    found = moment_of(local, zone)

    assert found == moment or (happens_twice(local.replace(fold=0), zone) and found < moment)


def test_a_time_that_the_clocks_jump_over_is_refused() -> None:
    with pytest.raises(NoSuchTimeError, match="Europe/Berlin"):
        moment_of(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")


def test_a_time_that_comes_twice_is_the_first_and_is_known_to() -> None:
    twice = datetime(2026, 10, 25, 2, 30)

    assert moment_of(twice, "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert happens_twice(twice, "Europe/Berlin")
    assert not happens_twice(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")
