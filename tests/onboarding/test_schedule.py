"""The rhythm of decision 13, and the two ways a person hurries it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adding import add_domain
from onboarding.models import Domain
from onboarding.schedule import Rhythm, interval, look_now, opened
from tenants.models import Tenant, User
from tests import make

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RHYTHM = Rhythm(
    eager=30, eager_for=600, waiting=600, waiting_for=14 * 86400, rare=3600, guarded=900, day_before=120, window=30
)


@pytest.mark.parametrize(
    ("since", "pause"),
    [(0, 30), (599, 30), (600, 60), (3000, 300), (6000, 600), (86400, 600), (14 * 86400 - 1, 600), (15 * 86400, 3600)],
)
def test_a_waiting_domain_is_looked_at_ever_more_slowly(since: float, pause: float) -> None:
    assert interval(RHYTHM, since, waiting=True) == pause


@given(st.floats(0, 30 * 86400), st.floats(0, 30 * 86400))
def test_the_pause_never_shrinks_while_nobody_shows_interest(one: float, two: float) -> None:
    early, late = sorted((one, two))
    assert interval(RHYTHM, early, waiting=True) <= interval(RHYTHM, late, waiting=True)


def test_a_domain_that_waits_for_nothing_is_looked_at_for_its_mail_flow() -> None:
    assert interval(RHYTHM, 86400, waiting=False) == 900


@pytest.fixture
def domain(db: None) -> Domain:
    user = User.objects.create_user("grace@example.org")
    return add_domain(Tenant.objects.create(name="Contoso"), "contoso.com", "MS=ms12345678", by=user, now=NOON)


def test_look_now_is_due_at_once_and_first_in_line(domain: Domain) -> None:
    make.scheduled(domain, due_at=NOON + timedelta(hours=1), priority=8)

    assert look_now(domain, NOON)
    domain.refresh_from_db()
    assert (domain.schedule.due_at, domain.schedule.priority) == (NOON, 0)


def test_look_now_twice_within_ten_seconds_is_once(domain: Domain) -> None:
    look_now(domain, NOON)

    assert not look_now(domain, NOON + timedelta(seconds=9))
    assert look_now(domain, NOON + timedelta(seconds=10))


def test_opening_a_page_brings_the_next_look_near(domain: Domain) -> None:
    later = NOON + timedelta(days=2)
    make.scheduled(domain, due_at=later + timedelta(minutes=9))

    opened(domain, later)

    domain.refresh_from_db()
    assert domain.schedule.due_at == later + timedelta(seconds=30)


def test_opening_a_page_never_puts_a_look_off(domain: Domain) -> None:
    later = NOON + timedelta(days=2)
    make.scheduled(domain, due_at=later + timedelta(seconds=5))

    opened(domain, later)

    domain.refresh_from_db()
    assert domain.schedule.due_at == later + timedelta(seconds=5)


def test_a_removed_domain_is_never_due_again(domain: Domain) -> None:
    Domain.objects.update(removed_at=NOON)
    make.scheduled(domain, due_at=None)

    opened(domain, NOON)

    assert not look_now(domain, NOON)
    assert Domain.objects.get().schedule.due_at is None
