"""The guard looks on while the demo's mail moves: early, harmlessly, and as planned. Ten minutes in a few seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from demo.play import RHYTHM
from demo.player import Player
from demo.seed import PLAN, wake
from demo.stories.moving import WINDOW
from demo.world import DOMAINS, SPEED
from notices.models import Notice, Transition
from onboarding.models import CutOver
from onboarding.polling import sweep
from onboarding.runsheet import rows_of
from publicdns.delegation import DelegationCache
from tests.demo.playing import START, Clock, playing

pytestmark = pytest.mark.django_db
STORIES = ("mail-moves-early", "spf-rewritten", "spf-reordered", "cuts-over")
OURS = {domain.ascii: domain for domain in DOMAINS if domain.story in STORIES}
LENGTH, BEAT = 640, 5  # seconds of the story
PROMISED = (RHYTHM["RHYTHM_GUARDED"] + RHYTHM["CONFIRM_AFTER"]) / SPEED + 2 * BEAT


@dataclass
class Told:
    """What was told, and what the wall showed."""

    transitions: list[tuple[str, str, float, dict[str, Any]]] = field(default_factory=list)
    mailed: set[tuple[str, str]] = field(default_factory=set)
    wall: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def of(self, story: str, prefix: str = "guard-") -> list[tuple[str, float, dict[str, Any]]]:
        """The guard's transitions of one story's domains: kind, second, facts."""
        return [
            (kind, at, facts)
            for name, kind, at, facts in self.transitions
            if OURS[name].story == story and kind.startswith(prefix)
        ]


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Told:
    """Play it once, look, and leave no row behind."""
    told = Told()
    with django_db_blocker.unblock(), transaction.atomic(), playing(tuple(OURS.values())) as (clock, player):
        wake(START)
        look_on(clock, player, told)
        for name, kind, at, facts in Transition.objects.filter(subject_name__in=OURS).values_list(
            "subject_name", "kind", "at", "facts"
        ).order_by("at"):  # fmt: skip
            told.transitions.append((name, kind, (at - START).total_seconds(), facts))
        told.mailed = set(Notice.objects.values_list("transition__subject_name", "transition__kind"))
        transaction.set_rollback(True)
    return told


def look_on(clock: Clock, player: Player, told: Told) -> None:
    """Play and sweep by turns."""
    cache = DelegationCache()
    for second in range(0, LENGTH, BEAT):
        clock.reach(second)
        player.advance(clock.seconds())
        sweep(clock, 30.0, cache)
        shown = {row.domain.name: row.look.code for row in rows_of(CutOver.objects.get(name=PLAN), clock())}
        told.wall.append((second, shown))


def test_an_early_move_is_told_within_the_promised_time_with_what_undoes_it_and_the_all_clear(told: Told) -> None:
    domain = next(domain for domain in OURS.values() if domain.story == "mail-moves-early")
    (alarm, at, facts), (clear, later, _) = told.of("mail-moves-early")

    assert (alarm, clear) == ("guard-alarm", "guard-clear")
    assert domain.begins < at <= domain.begins + PROMISED
    assert later <= domain.begins + 120 + PROMISED
    assert facts["undo"][0]["lines"] == [f"{domain.ascii}. 30 IN MX 10 mail.{domain.ascii}."]


def test_an_spf_rewrite_that_breaks_the_old_system_is_told_and_its_mending_too(told: Told) -> None:
    (alarm, _, facts), (clear, *_) = told.of("spf-rewritten")

    assert (alarm, clear) == ("guard-alarm", "guard-clear")
    assert facts["headline"].startswith("only Microsoft 365 may send")


def test_a_harmless_reordering_is_silent(told: Told) -> None:
    assert [kind for kind, *_ in told.of("spf-reordered")] == ["guard-noted"]
    assert not [name for name, kind in told.mailed if OURS[name].story == "spf-reordered" and kind != "token-seen"]


def test_three_domains_go_over_from_lowered_ttl_to_the_last_resolver(told: Told) -> None:
    paths = [[shown[name] for _, shown in told.wall] for name in OURS if OURS[name].story == "cuts-over"]
    first_moved = next(second for second, shown in told.wall if "done" in shown.values())

    assert len(paths) == 3
    for path in paths:
        order = [code for at, code in enumerate(path) if at == 0 or path[at - 1] != code]
        assert [code for code in order if code in ("open", "moving", "following", "done")][-4:] == [
            "open",
            "moving",
            "following",
            "done",
        ]
    assert first_moved >= WINDOW


def test_what_was_planned_alarms_nobody(told: Told) -> None:
    assert {kind for kind, *_ in told.of("cuts-over")} == {"guard-progress"}
    assert not [name for name, kind in told.mailed if OURS[name].story == "cuts-over" and kind.startswith("guard")]
