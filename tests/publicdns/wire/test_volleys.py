"""Several questions to one server at once: each gets the Answer it would have got alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from demo.nameserver import Fault, Served, Zones
from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Budget
from publicdns.wire import Wire, gather
from publicdns.wire.volleys import Volley
from tests.publicdns.wire.conftest import MakeWire

QUESTIONS = (("contoso.test", "TXT"), ("contoso.test", "MX"), ("no.contoso.test", "TXT"), ("big.contoso.test", "TXT"))
CAPS: dict[str, Any] = {"per_server": 1000.0, "overall": 1000.0}  # under caps each question goes its own way


def together(
    wire: Wire, server: Server, questions: tuple[tuple[str, str], ...] = QUESTIONS, budget: Budget | None = None
) -> list[Answer]:
    lookup = wire.lookup(budget)

    async def job() -> list[Answer]:
        return await gather(*(lookup(name, rdtype, server) for name, rdtype in questions))

    return wire.run_one(job())


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions each volley had."""
    sizes: list[int] = []
    begin = Volley.__init__

    def counted(volley: Volley, *how: Any) -> None:
        begin(volley, *how)
        sizes.append(len(volley.group))

    monkeypatch.setattr(Volley, "__init__", counted)
    return sizes


def test_questions_to_one_name_server_leave_as_one_volley(wire: Wire, here: Server, fired: list[int]) -> None:
    answers = together(wire, here)

    assert fired == [4]
    assert [answer.outcome for answer in answers] == [Outcome.FOUND, Outcome.FOUND, Outcome.NXDOMAIN, Outcome.FOUND]
    assert [(answer.question.name, answer.question.rdtype) for answer in answers] == list(QUESTIONS)


@pytest.mark.parametrize("fault", [None, *Fault])
def test_each_is_answered_as_if_it_were_alone(
    fault: Fault | None, make_wire: MakeWire, here: Server, zones: Zones, fired: list[int]
) -> None:
    if fault is not None:
        zones.fault(None, "MX", fault)

    at_once, each = together(make_wire(), here), together(make_wire(**CAPS), here)

    assert fired == [4]
    assert [replace(answer, seconds=0.0) for answer in at_once] == [replace(answer, seconds=0.0) for answer in each]


@pytest.mark.parametrize("options", [{}, CAPS], ids=["a volley", "each its own way"])
def test_a_silent_server_is_asked_as_often(
    options: dict[str, Any], make_wire: MakeWire, here: Server, zones: Zones, served: Served
) -> None:
    zones.fault(None, None, Fault.DROP)
    budget = Budget()

    answers = together(make_wire(**options), here, QUESTIONS[:2], budget)

    assert [answer.reason for answer in answers] == [Reason.TIMEOUT] * 2
    assert (len(served.log), budget.asked) == (4, 4)  # two tries each
    assert all(answer.seconds >= 0.3 for answer in answers)


def test_one_that_cannot_be_asked_spoils_only_its_own_answer(wire: Wire, here: Server) -> None:
    answers = together(wire, here, (("a" * 70, "TXT"), ("contoso.test", "MX"), ("contoso.test", "TXT")))

    assert [answer.reason for answer in answers] == [Reason.MALFORMED, Reason.NONE, Reason.NONE]


def test_what_the_budget_has_left_is_asked_one_by_one(wire: Wire, here: Server, fired: list[int]) -> None:
    budget = Budget(questions=2)

    answers = together(wire, here, QUESTIONS[:3], budget)

    assert [answer.reason for answer in answers] == [Reason.NONE, Reason.NONE, Reason.BUDGET]
    assert (fired, budget.asked) == ([], 2)


def test_a_deadline_that_is_near_ends_the_wait(make_wire: MakeWire, here: Server, zones: Zones) -> None:
    zones.fault(None, None, Fault.DROP)
    wire = make_wire(timeout=60.0)

    answers = together(wire, here, budget=Budget(deadline=wire.options.monotonic() + 0.1))

    assert {answer.reason for answer in answers} == {Reason.BUDGET}


def test_the_run_ends_on_time(make_wire: MakeWire, here: Server, zones: Zones) -> None:
    zones.fault(None, None, Fault.DROP)
    wire = make_wire(timeout=60.0)
    lookup = wire.lookup()

    async def job() -> list[Answer]:
        return await gather(lookup("contoso.test", "TXT", here), lookup("contoso.test", "MX", here))

    answers = wire.run_one(job(), until=wire.options.monotonic() + 0.1)

    assert {answer.reason for answer in answers} == {Reason.BUDGET}


def test_a_server_that_must_not_be_asked_is_not(wire: Wire, fired: list[int]) -> None:
    assert {answer.reason for answer in together(wire, Server("10.0.0.1"))} == {Reason.FORBIDDEN}
    assert fired == []


def test_two_servers_get_their_own(wire: Wire, served: Served, fired: list[int]) -> None:
    lookup = wire.lookup()
    servers = [Server(address, served.port) for address in ("127.0.0.1", "127.0.0.2")]

    async def job() -> list[Answer]:
        return await gather(*(lookup(*asked, server) for asked in QUESTIONS[:2] for server in servers))

    answers = wire.run_one(job())

    assert fired == [2, 2]
    assert [answer.server for answer in answers] == servers * 2


def test_resolvers_form_none_and_a_single_question_to_a_name_server_does(
    wire: Wire, here: Server, fired: list[int]
) -> None:
    lookup = wire.lookup()
    resolver = replace(here, recursive=True)

    async def job() -> list[Answer]:
        return await gather(
            lookup("contoso.test", "TXT", resolver),
            lookup("contoso.test", "MX", resolver),
            lookup("contoso.test", "NS", here),
        )

    async def alone() -> Answer:
        return await lookup("contoso.test", "NS", here)

    assert not any(answer.failed for answer in [*wire.run_one(job()), wire.run_one(alone())])
    assert fired == [1, 1]
