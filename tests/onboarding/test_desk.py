"""A sweep with many domains writes in a thread of its own: in order, bounded, and nothing that goes wrong is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection
from pytest_django import Settings

from onboarding.committing import Manner
from onboarding.desk import AtOnce, InTheBackground
from onboarding.finished import AT_ONCE, PICTURES, Finished, write
from onboarding.models import Domain, Observation, Schedule, SweeperSlot
from onboarding.schedule import Rhythm
from publicdns.confirmation import Patience
from tests import make
from tests.onboarding.world import ZONE, World, public_dns

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with public_dns(settings) as world:
        yield world


def many(world: World, count: int) -> list[Domain]:
    """So many domains of one tenant that are due."""
    tenant, domains = make.tenant(), []
    for number in range(count):
        name = f"d{number:03d}.test"
        world.delegate(name, ZONE)
        domains.append(make.domain(name, tenant, due_at=world.clock()))
    return domains


@pytest.mark.django_db(transaction=True)
def test_every_domain_of_a_large_sweep_is_looked_at_once_and_written(world: World) -> None:
    count = len(many(world, PICTURES + 30))

    figures = world.sweep()

    assert figures is not None
    assert (figures.looked, figures.changed, figures.crashed) == (count, count, 0)
    assert Schedule.objects.filter(looked_at__isnull=False, lease_token=None, due_at__gt=world.clock()).count() == count
    assert Observation.objects.count() == count


@pytest.mark.django_db(transaction=True)
def test_the_thread_ends_with_the_sweep(world: World) -> None:
    many(world, PICTURES)

    world.sweep()

    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("desk")] == []


@pytest.fixture
def full_disk() -> Iterator[None]:
    """A database that has no room for observations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON onboarding_observation BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        yield
        cursor.execute("DROP TRIGGER full")


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_ends_the_sweep_and_its_slot_is_free_again(world: World, full_disk: None) -> None:
    many(world, PICTURES)

    with pytest.raises(IntegrityError, match="no room"):
        world.sweep()

    assert SweeperSlot.objects.get().lease_token is None
    assert not Domain.objects.exclude(verdict="unknown").exists()


class Clerk(Executor):
    """A desk that does its work when it is told to."""

    def __init__(self) -> None:
        self.given: list[Future[None]] = []

    def submit(self, _fn: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        self.given.append(Future())
        return self.given[-1]


def handed_over(finished: Finished, clerk: Clerk) -> None:
    finished.hand_over(clerk, write, [], NOON, Manner(Rhythm.from_settings(), Patience()))


def test_no_more_is_handed_over_than_the_desk_can_keep_up_with() -> None:
    finished, clerk = Finished(NOON), Clerk()
    for _ in range(AT_ONCE):
        handed_over(finished, clerk)

    waiting = threading.Thread(target=handed_over, args=(finished, clerk))
    waiting.start()
    waiting.join(0.2)
    before = len(clerk.given)
    clerk.given[0].set_result(None)
    waiting.join(5)

    assert (before, len(clerk.given)) == (AT_ONCE, AT_ONCE + 1)


def test_what_went_wrong_while_writing_is_raised_at_the_next_batch() -> None:
    finished, clerk = Finished(NOON), Clerk()
    handed_over(finished, clerk)
    clerk.given[0].set_exception(OSError("no room"))

    with pytest.raises(OSError, match="no room"):
        handed_over(finished, clerk)


def test_what_went_wrong_while_writing_is_raised_at_the_end() -> None:
    finished, clerk = Finished(NOON), Clerk()
    handed_over(finished, clerk)
    clerk.given[0].set_exception(OSError("no room"))

    with pytest.raises(OSError, match="no room"):
        finished.settle()


def test_at_once_means_before_the_next_line() -> None:
    done: list[int] = []

    future = AtOnce().submit(done.append, 1)

    assert (done, future.done()) == ([1], True)


def test_the_desk_in_the_background_keeps_the_order() -> None:
    done: list[int] = []

    with InTheBackground() as desk:
        for number in range(50):
            desk.submit(done.append, number)

    assert done == list(range(50))
