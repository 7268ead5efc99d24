"""Looking again, cheaply."""

from __future__ import annotations

import time

import pytest

from demo.nameserver import Fault, Served, Zones
from publicdns.answers import Outcome, Reason, Server
from publicdns.asking import Budget, Glance, Sight
from publicdns.wire import Wire, gather
from tests.publicdns.wire.conftest import Answering, MakeWire
from tests.publicdns.wire.messages import TEXTS, asked, message

QUESTIONS = (("contoso.test", "TXT"), ("contoso.test", "MX"), ("no.contoso.test", "TXT"))


def glance(wire: Wire, server: Server, known: bytes = b"", questions: tuple[tuple[str, str], ...] = QUESTIONS) -> Sight:
    async def job() -> Sight:
        return await Glance(server, questions, known)

    return wire.run_one(job())


def test_the_first_glance_brings_every_answer(wire: Wire, here: Server) -> None:
    sight = glance(wire, here)

    assert not sight.unchanged
    assert [answer.outcome for answer in sight.answers] == [Outcome.FOUND, Outcome.FOUND, Outcome.NXDOMAIN]


@pytest.mark.parametrize("caps", [{}, {"per_server": 1000.0, "overall": 1000.0}], ids=["without caps", "with caps"])
def test_the_second_says_unchanged(caps: dict[str, float], make_wire: MakeWire, here: Server) -> None:
    wire = make_wire(**caps)
    mark = glance(wire, here).mark

    sight = glance(wire, here, mark)

    assert sight.unchanged


def test_a_change_in_one_answer_brings_all_of_them(wire: Wire, here: Server, zones: Zones) -> None:
    mark = glance(wire, here).mark
    zones.put("contoso.test", 60, "MX", "5 elsewhere.test.")

    sight = glance(wire, here, mark)

    assert (sight.unchanged, sight.mark == mark) == (False, False)
    assert sight.answers[1].values == ("5 elsewhere.test",)


def test_a_changed_ttl_is_a_change(wire: Wire, here: Server, zones: Zones) -> None:
    mark = glance(wire, here).mark
    zones.put("contoso.test", 30, "MX", "10 mail.contoso.test.")

    assert not glance(wire, here, mark).unchanged


def test_another_order_is_unchanged_and_brings_a_fresh_mark(wire: Wire, answering: Answering) -> None:
    order = [TEXTS, TEXTS[::-1]]
    served = answering(lambda query, _: (query[:2] + message(answer=order[0])[2:],))
    server, questions = Server("127.0.0.1", served.port), (("contoso.test", "TXT"),)
    mark = glance(wire, server, questions=questions).mark

    order.reverse()
    sight = glance(wire, server, mark, questions)

    assert (sight.unchanged, sight.mark[8:], sight.mark[:8] != mark[:8]) == (True, mark[8:], True)


def test_a_lost_question_is_asked_again_and_still_unchanged(wire: Wire, here: Server, zones: Zones) -> None:
    mark = glance(wire, here).mark
    zones.fault(None, "MX", Fault.DROP, times=1)

    sight = glance(wire, here, mark)

    assert (sight.unchanged, len(sight.answers), sight.mark) == (True, 3, b"")  # nothing to be written


def test_a_lost_question_does_not_make_the_others_slow(wire: Wire, here: Server, zones: Zones) -> None:
    mark = glance(wire, here).mark
    zones.fault(None, "MX", Fault.DROP, times=1)

    answers = glance(wire, here, mark).answers

    lost = wire.options.timeout
    assert wire.servers[here.address, here.port].seconds < lost / 10
    assert [answer.seconds < lost / 2 for answer in answers] == [True] * 3


def test_a_server_that_became_slow_is_asked_twice_once(make_wire: MakeWire, answering: Answering) -> None:
    """The last try waits in full, so its reply tells what the lost first one could not."""
    pause, heard = [0.0], []

    def reply(query: bytes, _: object) -> tuple[bytes]:
        heard.append(query)
        time.sleep(pause[0])
        return (query[:2] + message(answer=TEXTS)[2:],)

    wire, questions = make_wire(timeout=2.0, hurry=0.1), (("contoso.test", "TXT"),)
    server = Server("127.0.0.1", answering(reply).port)
    asked_so_far = []
    for pause[0] in (0.0, 0.2, 0.2):
        assert glance(wire, server, questions=questions).answers[0].outcome is Outcome.FOUND
        asked_so_far.append(len(heard))

    assert asked_so_far == [1, 3, 4]


def test_a_server_that_fails_once_is_never_unchanged(wire: Wire, here: Server, zones: Zones) -> None:
    mark = glance(wire, here).mark
    zones.fault(None, "MX", Fault.SERVFAIL)

    sight = glance(wire, here, mark)

    assert (sight.unchanged, sight.mark, sight.answers[1].reason) == (False, b"", Reason.SERVFAIL)


def test_a_big_answer_comes_over_tcp_each_time_and_can_be_unchanged(wire: Wire, here: Server, served: Served) -> None:
    questions = (("big.contoso.test", "TXT"), ("contoso.test", "MX"))
    mark = glance(wire, here, questions=questions).mark

    sight = glance(wire, here, mark, questions)

    assert sight.unchanged
    assert [entry.transport for entry in served.log].count("tcp") == 2


def test_a_truncated_reply_with_known_octets_proves_nothing(wire: Wire, here: Server, zones: Zones) -> None:
    questions = (("big.contoso.test", "TXT"),)
    mark = glance(wire, here, questions=questions).mark
    zones.put("big.contoso.test", 60, "TXT", *(f'"{number:04}{"y" * 200}"' for number in range(20)))

    assert not glance(wire, here, mark, questions).unchanged


def test_a_silent_server_is_told_per_question(wire: Wire, here: Server, zones: Zones) -> None:
    zones.fault(None, None, Fault.DROP)

    sight = glance(wire, here)

    assert [answer.reason for answer in sight.answers] == [Reason.TIMEOUT] * 3


def test_a_forbidden_server_is_not_asked(wire: Wire) -> None:
    assert {answer.reason for answer in glance(wire, Server("10.0.0.1")).answers} == {Reason.FORBIDDEN}


def test_a_name_that_cannot_be_asked_spoils_only_its_own_answer(wire: Wire, here: Server) -> None:
    sight = glance(wire, here, questions=(("a" * 70, "TXT"), ("contoso.test", "MX")))

    assert [answer.reason for answer in sight.answers] == [Reason.MALFORMED, Reason.NONE]


def test_nothing_asked_is_nothing_changed(wire: Wire, here: Server) -> None:
    assert glance(wire, here, questions=()).unchanged


def test_its_questions_count_against_the_budget(wire: Wire, here: Server) -> None:
    budget = Budget(questions=3)

    async def twice() -> list[Sight]:
        return [await Glance(here, QUESTIONS, b"", budget), await Glance(here, QUESTIONS, b"", budget)]

    first, second = wire.run_one(twice())

    assert (budget.asked, first.answers[0].reason, second.answers[0].reason) == (3, Reason.NONE, Reason.BUDGET)


def test_several_glances_at_once(wire: Wire, here: Server) -> None:
    async def both() -> list[Sight]:
        return await gather(Glance(here, QUESTIONS), Glance(here, QUESTIONS[:1]))

    assert [len(sight.answers) for sight in wire.run_one(both())] == [3, 1]


def test_the_run_ends_on_time_for_glances_too(make_wire: MakeWire, here: Server, zones: Zones) -> None:
    zones.fault(None, None, Fault.DROP)
    wire = make_wire(timeout=60.0)

    async def job() -> Sight:
        return await Glance(here, QUESTIONS)

    sight = wire.run_one(job(), until=wire.options.monotonic() + 0.1)

    assert {answer.reason for answer in sight.answers} == {Reason.BUDGET}


def test_what_it_asks_is_spelt_as_everything_else() -> None:
    assert asked("contoso.test", "TXT") == b"\x07contoso\x04test\0\0\x10\0\1"
