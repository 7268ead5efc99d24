"""The product looks at the small world while its story is played: four minutes of it, in a few real seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from demo.nameserver import Fault, Zones
from demo.play import RHYTHM
from demo.player import Player
from demo.world import CROWD, DEAD, HOSTS, SPEED
from demo.world import DOMAINS as EVERYBODY
from demo.world import Domain as Planned
from notices.models import Notice, Transition
from onboarding.models import Domain
from onboarding.polling import sweep
from publicdns.delegation import DelegationCache
from tests.demo.playing import START, Clock, playing

pytestmark = pytest.mark.django_db
LENGTH, BEAT = 260, 10  # seconds of the story
DOMAINS = tuple(domain for domain in EVERYBODY if domain not in CROWD)  # the crowd has its own (test_vanishing.py)
BY_STORY = {domain.story: domain for domain in reversed(DOMAINS)}  # the first of each story


SOON = 75  # seconds: what a resolver has cached (30), the next look (15), the one that confirms (10), and slack
CONFIRM = RHYTHM["CONFIRM_AFTER"] / SPEED
SHOWN = (
    ("appears", 200, "present"),
    ("wrong-value", 40, "wrong"),
    ("no-prefix", 70, "wrong"),
    ("quoted", 90, "wrong"),
    ("doubled-name", 40, "missing"),
    ("at-www", 90, "missing"),
    ("dead-server", 60, "unknown"),
    ("servers-fail", 40, "unknown"),
    ("validation-fails", 60, "unknown"),
    ("two-stale-resolvers", 80, "missing"),
    ("not-delegated", 60, "missing"),
    ("one-lame", 70, "unknown"),
    ("alias-at-the-top", 60, "missing"),
    ("servers-differ", 110, "missing"),
    ("waits", 190, "missing"),
)
MENDED = {"wrong-value": 60, "no-prefix": 60, "quoted": 60, "doubled-name": 60, "at-www": 60, "servers-differ": 45}
LATER = {"mail-moves-early": -40, "one-lame": 45, "two-stale-resolvers": 90, "flaps": 80, "appears": 8, **MENDED}


def complete(domain: Planned) -> float:
    """The second from which on a domain's record can be believed; for one that never gets it, none."""
    if domain.story in {"waits", "rests", "mail-wanders", "mail-flaps"}:
        return float("inf")
    if domain.story == "dead-server":
        return RHYTHM["SILENT_AFTER"] / SPEED
    if domain.host == "graphic":
        return domain.begins
    return domain.begins + LATER.get(domain.story, 0)


@dataclass(eq=False)
class Told:
    """What the product showed, by second of the story."""

    verdicts: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    transitions: list[tuple[str, str, float]] = field(default_factory=list)
    mailed: list[tuple[str, str, str]] = field(default_factory=list)

    def at(self, name: str, second: float) -> str:
        """The verdict shown for ``name`` at ``second``."""
        return [verdict for moment, verdict in self.verdicts[name] if moment <= second][-1]

    def moments(self, name: str, kind: str = "token-seen") -> list[float]:
        """When a transition of ``kind`` was written."""
        return [moment for subject, what, moment in self.transitions if (subject, what) == (name, kind)]


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Told:
    """Play it once, look, and leave no row behind."""
    told = Told()
    with django_db_blocker.unblock(), transaction.atomic(), playing(DOMAINS) as (clock, player):
        look_on(clock, player, told)
        for name, kind, at in Transition.objects.values_list("subject_name", "kind", "at"):
            told.transitions.append((name, kind, (at - START).total_seconds()))
        told.mailed = list(Notice.objects.values_list("transition__subject_name", "address", "transition__kind"))
        transaction.set_rollback(True)
    return told


def look_on(clock: Clock, player: Player, told: Told) -> None:
    """Play and sweep by turns."""
    cache = DelegationCache()
    for second in range(0, LENGTH, BEAT):
        clock.reach(second)
        player.advance(clock.seconds())
        be_brief(player.scenery.zones)
        sweep(clock, 30.0, cache)
        for name, verdict in Domain.objects.values_list("name", "verdict"):
            told.verdicts.setdefault(name, []).append((second, verdict))


def be_brief(zones: Zones) -> None:
    """Servers that would keep the test waiting are as useless, or as slow, at once. A short timeout would not do: on a
    busy machine it makes good servers look dead."""
    zones.fault(None, None, Fault.REFUSED, at=DEAD)
    slow = BY_STORY["slow-server"]
    zones.fault(slow.ascii, None, Fault.SLOW, seconds=0.01, at=HOSTS[slow.host].addresses[0], below=True)


def test_each_trouble_shows_as_what_it_is(told: Told) -> None:
    shown = {story: told.at(BY_STORY[story].ascii, second) for story, second, _ in SHOWN}

    assert shown == {story: verdict for story, _, verdict in SHOWN}


def test_nobody_is_told_before_the_record_is_there_for_good(told: Told) -> None:
    early = {
        domain.name: moment
        for domain in DOMAINS
        for moment in told.moments(domain.ascii)
        if 0 < moment < complete(domain) + CONFIRM
    }

    assert early == {}


def test_everybody_who_has_the_record_is_told_soon_and_once(told: Told) -> None:
    due = [domain for domain in DOMAINS if domain.stage == "validate" and complete(domain) < LENGTH - SOON]

    late = {
        domain.name: told.moments(domain.ascii)
        for domain in due
        if told.moments(domain.ascii)[:1] > [complete(domain) + SOON]
    }
    untold = [domain.name for domain in due if not told.moments(domain.ascii)]

    assert (late, untold) == ({}, [])
    assert {domain.ascii for domain in due} <= {name for name, _, kind in told.mailed if kind == "token-seen"}
    seen = [one for one in told.mailed if one[2] == "token-seen"]
    assert len(seen) == len(set(seen))


def test_an_mx_that_flaps_is_told_four_times_then_once_that_it_flaps_and_then_no_more(told: Told) -> None:
    flapping = BY_STORY["mail-flaps"]
    mailed = [kind for name, address, kind in told.mailed if name == flapping.ascii and address.startswith("megan@")]

    assert sorted(mailed) == ["guard-alarm", "guard-alarm", "guard-clear", "guard-clear", "guard-flapping"]
