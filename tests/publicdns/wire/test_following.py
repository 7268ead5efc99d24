"""The same question to a resolver, asked by several at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demo.nameserver import Fault, Served, Zones
from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Budget
from publicdns.wire import Wire, gather
from tests.publicdns.wire.conftest import MakeWire


@pytest.fixture
def resolver(here: Server) -> Server:
    """The same server, asked as a resolver."""
    return replace(here, recursive=True)


def ask_at_once(wire: Wire, server: Server | None, *budgets: Budget | None, known: bytes = b"") -> list[Answer]:
    async def everybody() -> list[Answer]:
        lookups = [wire.lookup(budget) for budget in budgets]
        return await gather(*(lookup("contoso.test", "TXT", server, known=known) for lookup in lookups))

    return wire.run_one(everybody())


def test_a_resolver_is_asked_once_for_everybody(make_wire: MakeWire, resolver: Server, served: Served) -> None:
    wire = make_wire(resolver)

    named = ask_at_once(wire, resolver, None, Budget(), None)
    any_of_them = ask_at_once(wire, None, None, None)

    assert {answer.outcome for answer in named + any_of_them} == {Outcome.FOUND}
    assert len(served.log) == 2


def test_a_later_question_is_asked_anew(make_wire: MakeWire, resolver: Server, served: Served) -> None:
    wire = make_wire(resolver)

    assert [ask_at_once(wire, resolver, None)[0].outcome for _ in range(2)] == [Outcome.FOUND] * 2
    assert len(served.log) == 2


def test_a_name_server_is_asked_by_everybody(wire: Wire, here: Server, served: Served) -> None:
    ask_at_once(wire, here, None, None)

    assert len(served.log) == 2


def test_only_the_one_who_asks_pays(wire: Wire, resolver: Server) -> None:
    budgets = Budget(), Budget()

    ask_at_once(wire, resolver, *budgets)

    assert [budget.asked for budget in budgets] == [1, 0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Budget(priority=5), Budget(priority=0)),
        (Budget(priority=5), None),
        (Budget(deadline=2e9), Budget(deadline=1e9)),
        (None, Budget(deadline=1e9)),
    ],
    ids=["more urgent", "urgent by default", "sooner over", "sooner over than never"],
)
def test_nobody_follows_who_would_be_served_worse(
    first: Budget | None, second: Budget | None, wire: Wire, resolver: Server, served: Served
) -> None:
    ask_at_once(wire, resolver, first, second)

    assert len(served.log) == 2


def test_whoever_followed_a_question_that_failed_asks_for_himself(
    wire: Wire, resolver: Server, served: Served, zones: Zones
) -> None:
    zones.fault(None, None, Fault.SERVFAIL, times=1)

    answers = ask_at_once(wire, resolver, None, None, None)

    assert [answer.reason for answer in answers] == [Reason.SERVFAIL, Reason.NONE, Reason.NONE]


def test_a_spent_budget_gets_nothing_from_others(wire: Wire, resolver: Server) -> None:
    answers = ask_at_once(wire, resolver, Budget(), Budget(questions=0))

    assert [answer.reason for answer in answers] == [Reason.NONE, Reason.BUDGET]


def test_the_runs_end_reaches_followers_too(make_wire: MakeWire, resolver: Server, zones: Zones) -> None:
    zones.fault(None, None, Fault.DROP)
    wire = make_wire(timeout=60.0)

    async def everybody() -> list[Answer]:
        return await gather(*(wire.lookup()("contoso.test", "TXT", resolver) for _ in range(3)))

    answers = wire.run_one(everybody(), until=wire.options.monotonic() + 0.1)

    assert [answer.reason for answer in answers] == [Reason.BUDGET] * 3
