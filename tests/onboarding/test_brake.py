"""A third of all zones vanish at once: the operator is told, once, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from demo.nameserver import Fault
from notices.models import Notice, Transition
from onboarding.brake import LEAST, Load, discard, release
from onboarding.models import Baseline, Brake, Domain, HeldChange
from tenants.models import User
from tests import make
from tests.onboarding.world import FIRST, REGISTRY, SECOND, World, added, public_dns

ALL, LOST = 63, 21


@pytest.fixture
def world(settings: Settings, transactional_db: None) -> Iterator[World]:
    with public_dns(settings) as world:
        settings.DNS_TIMEOUT_SECONDS, settings.DNS_TRIES = 2, 2  # so many at once take a moment
        yield world


@pytest.fixture
def guarded(world: World) -> World:
    """63 domains that have been looked at, and an operator."""
    make.user("olga@example.org", operator=True)
    for number in range(ALL):
        world.delegate(f"d{number}.test")
        added(world, f"d{number}.test", token="")
    world.sweep()
    return world


def all_look_after(world: World, seconds: float) -> None:
    world.clock.jump(seconds)
    Domain.objects.update(due_at=world.clock())
    world.sweep()


def vanish(world: World, count: int = LOST) -> None:
    """The registry lists these no more."""
    for number in range(count):
        world.zones.remove(f"d{number}.test", "NS", at=REGISTRY)


def come_back(world: World) -> None:
    for number in range(ALL):
        world.zones.put(f"d{number}.test", 600, "NS", "ns1.hoster.test.", "ns2.hoster.test.", at=REGISTRY)


def through_gone(world: World) -> None:
    """Long enough, and often enough, to believe an absence."""
    for pause in (901, 301, 301, 301, 61):
        all_look_after(world, pause)


def told() -> list[tuple[str, str]]:
    return [(n.address, n.transition.kind) for n in Notice.objects.order_by("pk") if n.transition]


def test_the_brake_holds_what_a_third_would_turn_to_and_tells_the_operator_once_until_they_are_back(
    guarded: World,
) -> None:
    vanish(guarded)

    through_gone(guarded)

    assert told() == [("olga@example.org", "brake")]
    assert HeldChange.objects.count() == LOST
    assert not Baseline.objects.filter(part="mx", now_records=[]).exists()
    assert Brake.objects.get().figures["turning"] >= LEAST
    come_back(guarded)
    for _ in range(3):
        all_look_after(guarded, 901)
    assert Brake.objects.get().held_since is None  # it let go by itself
    assert not HeldChange.objects.exists()
    assert told() == [("olga@example.org", "brake")]


def test_a_few_that_vanish_are_told_as_ever(guarded: World) -> None:
    vanish(guarded, 3)

    through_gone(guarded)

    assert told() == [("grace@example.org", "guard-alarm")] * 3


def test_what_a_person_releases_is_believed_if_it_is_still_so(guarded: World) -> None:
    vanish(guarded)
    through_gone(guarded)

    waiting = release(User.objects.get(email="olga@example.org"), guarded.clock())
    all_look_after(guarded, 5)

    assert waiting == LOST
    assert told()[1:] == [("grace@example.org", "guard-alarm")] * LOST


def test_what_a_person_discards_must_be_seen_all_over_again(guarded: World) -> None:
    vanish(guarded)
    through_gone(guarded)

    discard(User.objects.get(email="olga@example.org"), guarded.clock())
    all_look_after(guarded, 5)

    assert not HeldChange.objects.exists()
    assert told() == [("olga@example.org", "brake")]


def test_one_change_waits_too_when_no_canary_sings(guarded: World) -> None:
    guarded.zones.put("d0.test", 60, "MX", "0 x.mail.protection.outlook.com.", at=(FIRST, SECOND))
    all_look_after(guarded, 901)
    guarded.zones.fault(".", "NS", Fault.REFUSED, at=REGISTRY)
    all_look_after(guarded, 1300)

    assert not Transition.objects.filter(kind="guard-alarm").exists()
    assert Brake.objects.get().reason == "canaries"


@pytest.mark.parametrize(
    ("judged", "turning", "over"),
    [(400, 20, False), (399, 20, True), (20, 19, False), (100_000, 4_999, False), (99_000, 5_000, True), (0, 0, False)],
)
def test_the_line_is_five_per_cent_and_at_least_twenty(judged: int, turning: int, over: bool) -> None:
    assert Load(judged, turning).over is over
