"""Too much would turn at once: the operator is told, once, and nobody else. That a third of all zones vanish is played
by the demo's world (tests/demo/test_vanishing.py); here most of them are rows that doubt already."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from config.banners import banners_for
from demo.nameserver import Fault
from notices.models import Notice, Transition
from onboarding.brake import LEAST, Load, discard, release
from onboarding.guarding import guard_shown
from onboarding.models import Baseline, Brake, Domain, HeldChange, Schedule
from tenants.models import Tenant, User
from tests import make
from tests.onboarding.world import FIRST, REGISTRY, SECOND, World, added, public_dns

OURS = ("d0.test", "d1.test")  # those that are really looked at
BACK = ("ns1.hoster.test.", "ns2.hoster.test.")


@pytest.fixture
def world(settings: Settings, transactional_db: None) -> Iterator[World]:
    with public_dns(settings) as world:
        yield world


@pytest.fixture
def guarded(world: World) -> World:
    """Two domains that have been looked at, and an operator."""
    make.user("olga@example.org", operator=True)
    for name in OURS:
        world.delegate(name)
        added(world, name, token="")
    world.sweep()
    return world


@pytest.fixture
def crowded(guarded: World) -> World:
    """So many others would turn as well that with these two it is too many. Nobody looks at them here."""
    for number in range(2, LEAST):
        make.domain(
            f"d{number}.test", Tenant.objects.get(), looked_at=guarded.clock(), doubted_at=guarded.clock(), due_at=None
        )
    return guarded


def make_due(world: World) -> None:
    Schedule.objects.filter(domain__name__in=OURS).update(due_at=world.clock())


def all_look_after(world: World, seconds: float) -> None:
    world.clock.jump(seconds)
    make_due(world)
    world.sweep()


def vanish(world: World) -> None:
    """The registry lists them no more; long enough, and often enough, to believe it."""
    for name in OURS:
        world.zones.remove(name, "NS", at=REGISTRY)
    for pause in (901, 301, 601):
        all_look_after(world, pause)


def told() -> list[tuple[str, str]]:
    return [(n.address, n.transition.kind) for n in Notice.objects.order_by("pk") if n.transition]


def test_the_brake_holds_tells_the_operator_once_and_lets_go_by_itself(crowded: World) -> None:
    vanish(crowded)

    held = (HeldChange.objects.count(), Brake.objects.get().figures["turning"])
    assert held == (len(OURS), LEAST)
    assert "it may be our own fault" in guard_shown(Domain.objects.get(name=OURS[0])).sentence
    assert not Baseline.objects.filter(part="mx", now_records=[]).exists()
    Domain.objects.exclude(name__in=OURS).update(doubted_at=None)
    for name in OURS:
        crowded.zones.put(name, 600, "NS", *BACK, at=REGISTRY)
    for _ in range(3):
        all_look_after(crowded, 901)
    assert Brake.objects.get().held_since is None
    assert not HeldChange.objects.exists()
    assert told() == [("olga@example.org", "brake")]


def test_a_few_that_vanish_are_told_as_ever(guarded: World) -> None:
    vanish(guarded)

    assert told() == [("grace@example.org", "guard-alarm")] * len(OURS)


def test_what_a_person_releases_is_believed_if_it_is_still_so(crowded: World) -> None:
    vanish(crowded)

    waiting = release(User.objects.get(email="olga@example.org"), crowded.clock())
    all_look_after(crowded, 5)

    assert waiting == len(OURS)
    assert told() == [("olga@example.org", "brake"), *[("grace@example.org", "guard-alarm")] * len(OURS)]


def test_what_a_person_discards_must_be_seen_all_over_again(crowded: World) -> None:
    vanish(crowded)

    discard(User.objects.get(email="olga@example.org"), crowded.clock())
    all_look_after(crowded, 5)

    assert not HeldChange.objects.exists()
    assert told() == [("olga@example.org", "brake")]


def test_one_change_waits_too_when_no_canary_sings(guarded: World) -> None:
    guarded.zones.put("d0.test", 60, "MX", "0 x.mail.protection.outlook.com.", at=(FIRST, SECOND))
    all_look_after(guarded, 901)
    guarded.zones.fault(".", "NS", Fault.REFUSED, at=REGISTRY)
    all_look_after(guarded, 1300)

    assert not Transition.objects.filter(kind="guard-alarm").exists()
    assert Brake.objects.get().reason == "canaries"


def test_a_domain_whose_time_is_spent_on_silent_servers_does_not_make_us_blind(
    guarded: World, settings: Settings
) -> None:
    settings.DNS_LOOK_SECONDS = 0.2
    guarded.zones.fault("d0.test", None, Fault.DROP, at=(FIRST, SECOND), below=True)
    guarded.clock.jump(901)
    make_due(guarded)

    figures = guarded.sweep()

    assert figures is not None
    assert (figures.looked, figures.unknown, figures.blind) == (2, 1, False)


def test_blind_for_a_minute_the_operator_is_told_of_it_as_that_and_nobody_of_any_change(guarded: World) -> None:
    guarded.zones.fault(None, None, Fault.REFUSED)
    all_look_after(guarded, 901)
    before = told()
    all_look_after(guarded, 61)
    all_look_after(guarded, 61)

    assert before == []
    assert told() == [("olga@example.org", "brake")]
    assert Notice.objects.get().subject == "Onward cannot ask public DNS: no resolver answers"
    olga = User.objects.get(email="olga@example.org")
    assert "No public resolver answered" in " ".join(one.sentence for one in banners_for(olga, guarded.clock()))
    guarded.zones.fault(None, None, None)
    for _ in range(2):
        all_look_after(guarded, 61)
    assert (Brake.objects.get().held_since, len(told())) == (None, 1)


@pytest.mark.parametrize(
    ("judged", "turning", "over"),
    [(400, 20, False), (399, 20, True), (20, 19, False), (100_000, 4_999, False), (99_000, 5_000, True), (0, 0, False)],
)
def test_the_line_is_five_per_cent_and_at_least_twenty(judged: int, turning: int, over: bool) -> None:
    assert Load(judged, turning).over is over
