"""The three steps as a machine, under any sequence of looks, moves, undos, new tokens and re-adding. No database."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from notices.models import Transition
from notices.transitions import TOLD
from onboarding.claiming import Claimed
from onboarding.judging import judged
from onboarding.machine import COLUMNS, MOVES, SERVICES, AsksTwice, MoveRefused, after
from publicdns.answers import Verdict
from publicdns.confirmation import Patience
from publicdns.delegation import Delegation, Standing
from publicdns.picture import Picture, Subject
from publicdns.propagation import Progress, Propagation

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PATIENCE = Patience()
ZONE = Delegation("contoso.com", Standing.DELEGATED, "contoso.com")
GAPS = (5, 30, 60, 90, 300, 600)
RUNS, STORM_RUNS = 2_000, int(os.environ.get("MACHINE_RUNS", "50000"))
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None, "print_blob": False}


def fresh(epoch: int, token: str) -> Claimed:
    """A domain that has just been added."""
    return Claimed(
        epoch, 5, 0, None, f"id{epoch}", 1, "contoso.com", token, epoch, "validate", NOON, NOON, None, None, "unknown",
        None, "", "", "{}", "", 0, {}, b"", b"",
    )  # fmt: skip


class Machine(RuleBasedStateMachine):
    """The product's own judging and moving, beside a plain account of what was seen."""

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.told: list[Transition] = []
        self.add(1, "MS=ms00000001")

    def add(self, epoch: int, token: str) -> None:
        self.row = fresh(epoch, token)
        self.columns: dict[str, Any] = dict.fromkeys(COLUMNS, None) | {"stage": "validate", "refusal": ""}
        self.trail: list[dict[str, Any]] = []
        self.alike: list[tuple[Verdict, str, datetime]] = []  # proven looks in a row that showed the same

    @rule(
        verdict=st.sampled_from(list(Verdict)),
        shown=st.sampled_from(["MS=ms99999991", "MS=ms99999992"]),
        proven=st.sampled_from([True, True, True, False]),
        gap=st.sampled_from(GAPS),
    )
    def look(self, verdict: Verdict, shown: str, proven: bool, gap: int) -> None:
        self.now += timedelta(seconds=gap)
        before = self.facts()
        shown = shown if verdict is Verdict.WRONG else ""
        propagation = Propagation(verdict, Progress.NOWHERE, proven=proven, shown=shown)
        subject = Subject("contoso.com", self.row.token)
        picture = Picture(subject, self.now.timestamp(), ZONE, propagation=propagation)
        result = judged(self.row, picture, b"", self.now, PATIENCE)
        for column, value in result.columns.items():
            setattr(self.row, column, json.dumps(value) if column == "facts" else value)
        self.row.looked_at = self.now
        if verdict is Verdict.UNKNOWN or not proven:
            assert self.facts() == before
            assert result.transition is None
            return
        same = bool(self.alike) and self.alike[-1][:2] == (verdict, shown)
        self.alike = [*(self.alike if same else []), (verdict, shown, self.now)]
        if result.transition is not None:
            self.tells(result.transition, verdict)

    def tells(self, transition: Transition, verdict: Verdict) -> None:
        """A mail goes out only for what was seen again, as long and as often as its kind demands."""
        looks, since = len(self.alike), self.now - self.alike[0][2]
        gone = verdict is Verdict.MISSING
        assert looks >= (3 if gone else 2)
        assert since >= timedelta(seconds=900 if gone else 60)
        assert self.row.stage == "validate"
        self.told.append(transition)

    @rule(
        name=st.sampled_from(sorted(MOVES)),
        services=st.lists(st.sampled_from(sorted(SERVICES)), max_size=2),
        understood=st.booleans(),
        elsewhere=st.sampled_from([True, False, None]),
    )
    def move(self, name: str, services: list[str], understood: bool, elsewhere: bool | None) -> None:
        before = dict(self.columns)
        facts = {"reason": "other", "services": services, "understood": understood, "elsewhere": elsewhere}
        try:
            changed = after(self.row_stage(), name, self.now, facts)
        except AsksTwice:
            assert "exchange" in services
            assert elsewhere is not False
            return
        except MoveRefused:
            return
        if name == "choose-services" and "exchange" in services:
            assert elsewhere is False or understood
        self.trail.append(before)
        self.settle({**self.columns, **changed})

    @rule()
    def undo(self) -> None:
        if self.trail:
            back = self.trail.pop()
            self.settle(back)
            assert self.columns == back

    @rule()
    def add_again(self) -> None:
        if self.row.epoch < 4:
            self.add(self.row.epoch + 1, f"MS=ms{self.row.epoch + 1:08}")

    def row_stage(self) -> Any:
        return next(stage for stage in MOVES["accept"].at + tuple(_STAGES) if stage.value == self.columns["stage"])

    def settle(self, columns: dict[str, Any]) -> None:
        self.columns = columns
        self.row.stage = columns["stage"]

    def facts(self) -> tuple[Any, ...]:
        return self.row.settled, self.row.seen_at, self.row.round, dict(self.columns)

    @invariant()
    def the_stage_is_one_that_the_recorded_facts_allow(self) -> None:
        stage = self.columns["stage"]
        assert (self.columns["accepted_at"] is not None) == (stage != "validate")
        assert (self.columns["purpose_choice"] is not None) == (stage == "active")

    @invariant()
    def each_change_of_an_epoch_is_told_once(self) -> None:
        keys = [(one.subject_id, one.kind, one.once) for one in self.told]
        assert len(keys) == len(set(keys))
        for one, following in zip(self.told, self.told[1:], strict=False):
            if one.subject_id == following.subject_id and one.kind == following.kind == "token-seen":
                raise AssertionError("seen twice without going in between")
        assert all(one.kind in TOLD and one.once.startswith(f"{one.subject_id[2:]}/") for one in self.told)


_STAGES = tuple(dict.fromkeys(stage for move in MOVES.values() for stage in move.at))


def test_two_thousand_runs_of_any_sequence() -> None:
    run_state_machine_as_test(
        Machine, settings=profile(max_examples=RUNS, stateful_step_count=10, derandomize=True, **QUIET)
    )


@pytest.mark.storm
def test_fifty_thousand_runs_of_any_sequence() -> None:
    run_state_machine_as_test(Machine, settings=profile(max_examples=STORM_RUNS, stateful_step_count=20, **QUIET))
