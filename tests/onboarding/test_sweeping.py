"""Which domain is begun when: what a person waits for goes first, and for a moment alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from onboarding.adding import change_token
from onboarding.models import Domain
from onboarding.schedule import WAITING, look_now
from onboarding.sweeping import Sweep
from publicdns.delegation import DelegationCache
from publicdns.wire import Wire
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Watched:
    """A sweep whose jobs are begun one by one and never asked."""

    def __init__(self) -> None:
        self.now = NOON
        self.sweep = Sweep(Wire(), lambda: self.now, uuid.uuid4(), DelegationCache())
        self.jobs = self.sweep.jobs(NOON + timedelta(minutes=1))

    def next(self) -> str:
        """The name of the domain that is begun next; empty when none is."""
        job = next(self.jobs)
        if job is None:
            return ""
        job.close()
        return next(domain.name for begun, domain in self.sweep.running.values() if begun is job)

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def watched() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    watched.sweep.wire.close()


def due(name: str, priority: int = WAITING) -> Domain:
    return make.domain(name, due_at=NOON, priority=priority, token="MS=ms11111111")


def test_a_look_that_somebody_waits_for_is_begun_before_what_was_claimed_earlier(watched: Watched) -> None:
    due("a.example"), due("b.example")
    asked = make.domain("z.example", due_at=None)
    first = watched.next()
    look_now(asked, NOON)
    watched.later(0.3)

    assert {first, watched.next()} == {first, "z.example"}


def test_while_somebody_waits_nothing_else_is_begun_but_not_for_long(watched: Watched) -> None:
    for name in ("a.example", "b.example"):
        due(name)
    look_now(make.domain("z.example", due_at=None), NOON)
    begun = [watched.next(), watched.next()]
    watched.later(1.1)

    assert begun == ["z.example", ""]
    assert watched.next() in ("a.example", "b.example")


def test_a_look_asked_for_while_one_is_under_way_is_another_one(watched: Watched) -> None:
    domain = due("a.example")
    first = watched.next()
    look_now(domain, NOON)
    watched.later(0.3)

    assert (first, watched.next()) == ("a.example", "a.example")


def test_a_domain_edited_before_its_look_has_begun_is_looked_at_once_and_as_it_is_now(watched: Watched) -> None:
    domains = {domain.name: domain for domain in (due("a.example"), due("b.example"))}
    first = watched.next()
    (waiting,) = domains.keys() - {first}
    one = domains[waiting]
    change_token(one, "MS=ms22222222", by=make.user(), now=NOON, version=one.version)
    watched.later(0.3)
    begun = [watched.next(), watched.next()]
    watched.later(2)

    assert begun == [waiting, ""]
    assert watched.next() == ""
    assert watched.sweep.running[one.pk][1].token == "MS=ms22222222"


def test_what_processes_died_with_is_looked_at_alone(watched: Watched) -> None:
    for name in ("a.example", "b.example"):
        lost = due(name)
        make.scheduled(lost, lease_token=uuid.uuid4(), lease_until=NOON, lost_leases=1)
    due("z.example")
    watched.later(1)

    alone = watched.sweep.suspects(NOON + timedelta(minutes=1))
    first, meanwhile = next(alone), next(alone)
    begun = [domain.name for _, domain in watched.sweep.running.values()]
    watched.sweep.running.clear()
    second = next(alone)
    in_company = watched.next()

    assert (begun, meanwhile) == (["a.example"], None)
    assert in_company == "z.example"
    for job in (first, second):
        assert job is not None
        job.close()
