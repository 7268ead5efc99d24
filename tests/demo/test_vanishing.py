"""A third of the demo's zones vanish and come back while the product looks on: seven minutes in a few seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.player import Player
from demo.seed import again, seed, wake
from demo.stories.vanishing import GONE_FOR, LOST
from demo.world import CROWD, DOMAINS, PEOPLE
from notices.models import Notice, Transition
from onboarding.models import Brake, HeldChange, Schedule
from onboarding.polling import sweep
from publicdns.delegation import DelegationCache
from tests.demo.playing import START, Clock, playing

pytestmark = pytest.mark.django_db
LOST_AT = CROWD[0].begins
LOOKS = (0, 1, 32, 85, 190)  # seconds after they vanished: the registry's old answer, then three looks over the proof


@pytest.fixture
def played() -> Iterator[tuple[Clock, Player]]:
    """The crowd alone, its guard on, a minute into the story."""
    with playing(CROWD) as story:
        wake(START)
        yield story


def look_at(second: float, played: tuple[Clock, Player], cache: DelegationCache) -> None:
    clock, player = played
    clock.reach(second)
    player.advance(clock.seconds())
    Schedule.objects.filter(due_at__isnull=False).update(due_at=clock())
    sweep(clock, 30.0, cache)


def told() -> list[tuple[str, str]]:
    return [(notice.address, notice.transition.kind) for notice in Notice.objects.all() if notice.transition]


def test_when_a_third_of_all_zones_vanish_the_operator_is_told_and_nobody_else(
    played: tuple[Clock, Player],
) -> None:
    cache = DelegationCache()
    operator = next(person.email for person in PEOPLE if person.role == "operator")
    for second in (0, *(LOST_AT + pause for pause in LOOKS)):
        look_at(second, played, cache)
    held = set(HeldChange.objects.values_list("domain__name", flat=True))
    for pause in (1, 32, 64):
        look_at(LOST_AT + GONE_FOR + pause, played, cache)

    assert len(LOST) * 3 >= len(DOMAINS)
    assert held == {domain.ascii for domain in LOST}
    assert (Brake.objects.get().held_since, HeldChange.objects.count()) == (None, 0)
    assert told() == [(operator, "brake")]
    assert not Transition.objects.filter(kind__in=("guard-alarm", "guard-clear")).exists()


def test_playing_again_lets_the_brake_go() -> None:
    seed(START, CROWD[:1])
    Brake.objects.create(pk=1, held_since=START, reason="many")

    again(START)

    assert not Brake.objects.exists()
