"""A person's edit and a sweep's commit at the same domain at the same time, on connections of their own: each waits for
the other at the schedule, and what a person did stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from onboarding.adding import change_token, remove_domain
from onboarding.brake import discard, release
from onboarding.claiming import claim
from onboarding.committing import Look, Manner, commit
from onboarding.cutover import Window, close, plan, rebaseline
from onboarding.judging import Judged
from onboarding.leasing import Claimed
from onboarding.models import CutOver, Domain, HeldChange
from onboarding.schedule import Rhythm, locked, look_now
from publicdns.confirmation import Patience
from tenants.models import User
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def new_token(domain: Domain, by: User) -> None:
    change_token(domain, "MS=ms22222222", by=by, now=NOON, version=domain.version)


def planned(domain: Domain, by: User) -> None:
    window = Window(NOON, NOON + timedelta(hours=6), "UTC")
    plan(domain.tenant, "Weekend", [domain], window, by=by, now=NOON)


def closed(_domain: Domain, by: User) -> None:
    cutover = CutOver.objects.get()
    close(cutover, by=by, now=NOON, version=cutover.version)


EDITS: dict[str, Callable[[Domain, User], object]] = {
    "token": new_token,
    "remove": lambda domain, by: remove_domain(domain, by=by, now=NOON),
    "look": lambda domain, _by: look_now(domain, NOON),
    "plan": planned,
    "rebaseline": lambda domain, by: rebaseline(domain, "moved", by=by, now=NOON),
    "release": lambda _domain, by: release(by, NOON),
    "discard": lambda _domain, by: discard(by, NOON),
    "close": closed,
}
TAKES_BACK = ("token", "remove", "look", "plan", "discard")  # the lease of a look that is under way


@pytest.fixture
def person() -> User:
    return make.user(operator=True)


@pytest.fixture
def domain(person: User, edit: str) -> Domain:
    """One that the brake holds."""
    domain = make.domain(created_at=NOON - timedelta(days=1))
    if edit == "close":
        planned(domain, person)
    HeldChange.objects.create(domain=domain, since=NOON, words="gone")
    return domain


def look(domain: Domain) -> Claimed:
    """A look at ``domain`` has begun."""
    (claimed,) = claim(NOON, 10)
    assert claimed.pk == domain.pk
    return claimed


def write(claimed: Claimed, **columns: object) -> None:
    """It ends, and has found this."""
    manner = Manner(Rhythm(30, 600, 600, 86400, 3600, 900, 120, 30), Patience())
    commit([Look(claimed, Judged(columns=columns), NOON)], NOON, manner)


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    """What begins something on a connection of its own and returns when that waits for a lock."""

    def alone(act: Callable[[], object]) -> object:
        try:
            return act()
        finally:
            connection.close()

    def begin(act: Callable[[], object]) -> Future[object]:
        begun, patience = thread.submit(alone, act), time.monotonic() + 10
        while not somebody_waits() and not begun.done() and time.monotonic() < patience:
            time.sleep(0.01)
        assert not begun.done(), "it did not wait"
        return begun

    with ThreadPoolExecutor(1) as thread:
        yield begin


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_comes_while_a_look_is_written_waits_and_stays(edit: str, domain: Domain, person: User) -> None:
    claimed = look(domain)
    with beside() as begin:
        with transaction.atomic():
            locked([domain.pk])  # as far as a commit has come when it has found out which looks are still wanted
            edited = begin(lambda: EDITS[edit](domain, person))
            write(claimed, verdict="present")
        edited.result(20)

    domain.refresh_from_db()
    assert (domain.verdict, domain.token) == (
        ("unknown", "MS=ms22222222") if edit == "token" else ("present", "MS=ms12345678")
    )
    assert (domain.schedule.due_at is None) == (domain.removed_at is not None) == (edit == "remove")


@pytest.mark.parametrize("edit", EDITS)
def test_a_look_that_is_written_while_an_edit_comes_waits_and_overwrites_nothing(
    edit: str, domain: Domain, person: User
) -> None:
    claimed = look(domain)
    with beside() as begin:
        with transaction.atomic():
            EDITS[edit](domain, person)
            written = begin(lambda: write(claimed, verdict="present"))
        written.result(20)

    domain.refresh_from_db()
    assert domain.verdict == ("unknown" if edit in TAKES_BACK else "present")
    assert (domain.schedule.due_at is None) == (edit == "remove")


def test_an_edit_of_many_waits_until_all_that_a_commit_releases_is_released(person: User) -> None:
    tenant = make.tenant()
    domains = [make.domain(in_tenant=tenant, created_at=NOON) for _ in range(2)]
    first, second = sorted(claim(NOON, 10), key=lambda claimed: claimed.pk)
    window = Window(NOON, NOON + timedelta(hours=6), "UTC")
    with beside() as begin:
        with transaction.atomic():
            write(second)
            planned = begin(lambda: plan(tenant, "Weekend", domains, window, by=person, now=NOON))
            write(first)
        planned.result(20)

    assert set(Domain.objects.values_list("window_start", "schedule__looked_at")) == {(NOON, NOON)}
