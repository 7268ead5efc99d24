"""Many coroutines at once: order, crashes, deadlines and the end."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import pytest

from demo.nameserver import Fault, Served, Zones
from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Ask, Budget, Glance
from publicdns.wire import Crashed, Done, Wire, gather
from publicdns.wire.loop import FRESH
from tests.publicdns.wire.conftest import MakeWire
from tests.publicdns.wire.messages import TEXTS, message


def looking(wire: Wire, server: Server, name: str) -> Coroutine[Any, Any, tuple[str, Answer]]:
    async def job() -> tuple[str, Answer]:
        return name, await wire.lookup()(name, "TXT", server)

    return job()


def test_every_job_ends_with_its_own_answer(wire: Wire, here: Server) -> None:
    names = [f"n{number}.contoso.test" for number in range(500)]

    results = [result.value for result in wire.run((looking(wire, here, name) for name in names), window=50)]

    assert {name for name, _ in results} == set(names)
    assert all(answer.question.name == name and answer.outcome is Outcome.NXDOMAIN for name, answer in results)


def test_no_more_jobs_than_the_window_are_in_flight(wire: Wire, here: Server) -> None:
    started = ended = most = 0

    def jobs() -> Iterator[Coroutine[Any, Any, Any]]:
        nonlocal started, most
        for number in range(100):
            started += 1
            most = max(most, started - ended)
            yield looking(wire, here, f"n{number}.contoso.test")

    for _ in wire.run(jobs(), window=7):
        ended += 1

    assert (ended, most <= 8) == (100, True)


def test_what_is_done_at_once_is_handed_on_before_many_more_are_begun(wire: Wire) -> None:
    begun = []

    async def job(number: int) -> int:
        return number

    def jobs() -> Iterator[Coroutine[Any, Any, int]]:
        for number in range(3 * FRESH):
            begun.append(number)
            yield job(number)

    seen = [len(begun) for _ in wire.run(jobs(), window=10 * FRESH)]

    assert (seen[0], seen[-1], len(seen)) == (FRESH, 3 * FRESH, 3 * FRESH)


def test_a_slow_server_does_not_keep_the_window_from_filling(wire: Wire, here: Server, zones: Zones) -> None:
    zones.fault("contoso.test", "TXT", Fault.SLOW, seconds=0.4)
    flying = most = 0

    async def job() -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await wire.lookup()("contoso.test", "TXT", here)
        flying -= 1

    list(wire.run((job() for _ in range(4 * FRESH)), window=3 * FRESH))

    assert most == 3 * FRESH


def test_a_job_that_crashes_loses_no_other(wire: Wire, here: Server) -> None:
    async def crash() -> None:
        await wire.lookup()("contoso.test", "TXT", here)
        raise KeyError("mine")

    broken = crash()
    results = list(wire.run(iter([looking(wire, here, "contoso.test"), broken, looking(wire, here, "contoso.test")])))

    assert [type(result) for result in results].count(Done) == 2
    (crashed,) = [result for result in results if isinstance(result, Crashed)]
    assert (crashed.job, type(crashed.exception)) == (broken, KeyError)


def test_what_one_of_several_raises_reaches_the_one_who_waits(wire: Wire, here: Server) -> None:
    async def crash() -> None:
        raise KeyError("part")

    async def whole() -> str:
        with pytest.raises(KeyError):
            await gather(wire.lookup()("contoso.test", "TXT", here), crash())
        return "went on"

    assert wire.run_one(whole()) == "went on"


def test_run_one_raises_what_the_job_raises(wire: Wire) -> None:
    async def crash() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        wire.run_one(crash())


def test_several_are_asked_at_once_and_answered_in_order(wire: Wire, here: Server, zones: Zones) -> None:
    zones.fault(None, None, Fault.SLOW, seconds=0.05)

    async def both() -> list[Answer]:
        return await gather(*(wire.lookup()("contoso.test", rdtype, here) for rdtype in ("MX", "TXT", "NS")))

    answers = wire.run_one(both())

    assert [answer.question.rdtype for answer in answers] == ["MX", "TXT", "NS"]
    assert sum(answer.seconds for answer in answers) > 0.14


def test_waiting_for_something_foreign_is_an_error_of_that_job(wire: Wire) -> None:
    class Foreign:
        def __await__(self) -> Iterator[str]:
            yield "sleep"

    async def job() -> None:
        await Foreign()

    with pytest.raises(TypeError, match="sleep"):
        wire.run_one(job())


def test_jobs_come_when_they_come(wire: Wire, here: Server) -> None:
    source = iter([None, looking(wire, here, "contoso.test"), None, None, looking(wire, here, "contoso.test")])

    assert len(list(wire.run(source))) == 2


def test_at_the_runs_end_what_waits_is_answered_budget(make_wire: MakeWire, here: Server, zones: Zones) -> None:
    zones.fault("slow.contoso.test", None, Fault.DROP)
    wire = make_wire(timeout=60.0)
    until = wire.options.monotonic() + 0.1

    def endless() -> Iterator[Coroutine[Any, Any, Any]]:
        yield looking(wire, here, "slow.contoso.test")
        while True:
            yield looking(wire, here, "contoso.test")

    results = [result.value for result in wire.run(endless(), window=5, until=until)]

    assert [answer.reason for name, answer in results if name == "slow.contoso.test"] == [Reason.BUDGET]
    assert Outcome.FOUND in {answer.outcome for _, answer in results}


@pytest.mark.parametrize("caps", [{}, {"per_server": 5.0}], ids=["in the air", "waiting for its turn"])
def test_giving_up_answers_what_waits_and_asks_nothing_more(
    caps: dict[str, float], make_wire: MakeWire, here: Server, served: Served, zones: Zones
) -> None:
    zones.fault("first.contoso.test", None, Fault.DROP)
    zones.fault("glance.contoso.test", None, Fault.DROP)
    wire = make_wire(timeout=60.0, **caps)

    async def glancing() -> tuple[str, Answer]:
        sight = await Glance(here, (("glance.contoso.test", "TXT"),))
        return "glance", sight.answers[0]

    def jobs() -> Iterator[Coroutine[Any, Any, Any] | None]:
        yield looking(wire, here, "first.contoso.test")
        yield glancing()
        yield None  # both are on their way when this is asked for more
        wire.give_up()
        yield looking(wire, here, "late.contoso.test")

    answers = [result.value[1] for result in wire.run(jobs())]

    assert [answer.reason for answer in answers] == [Reason.BUDGET] * 3
    assert "late.contoso.test" not in {entry.name for entry in served.log}
    assert wire.run_one(looking(wire, here, "contoso.test"))[1].outcome is Outcome.FOUND


def test_a_run_that_is_left_early_leaves_nothing_behind(wire: Wire, here: Server) -> None:
    closed = []

    async def job(number: int) -> None:
        try:
            await wire.lookup()(f"n{number}.contoso.test", "TXT", here)
        finally:
            closed.append(number)

    for _ in wire.run((job(number) for number in range(50)), window=10):
        break
    answer = wire.run_one(looking(wire, here, "contoso.test"))[1]

    assert set(closed) >= set(range(10))
    assert answer.outcome is Outcome.FOUND


def test_a_wire_runs_one_thing_at_a_time(wire: Wire, here: Server) -> None:
    run = wire.run(iter([looking(wire, here, "contoso.test")] * 1))
    next(run)

    with pytest.raises(RuntimeError):
        next(wire.run(iter([])))


def test_a_reply_that_is_here_is_not_late_however_long_the_caller_took(make_wire: MakeWire, here: Server) -> None:
    now = 100.0
    wire = make_wire(monotonic=lambda: now)
    with socket(AF_INET, SOCK_DGRAM) as by_hand:
        by_hand.bind(("127.0.0.1", 0))
        there = Server("127.0.0.1", by_hand.getsockname()[1])
        run = wire.run(iter([looking(wire, here, "contoso.test"), looking(wire, there, "contoso.test")]))
        next(run)

        question, sender = by_hand.recvfrom(512)
        by_hand.sendto(question[:2] + message(answer=TEXTS)[2:], sender)
        now += 60
        late = next(run)

    assert late.value[1].outcome is Outcome.FOUND


def test_look_now_goes_before_what_waits(make_wire: MakeWire, here: Server, served: Served) -> None:
    wire = make_wire(per_server=50.0)

    def job(name: str, priority: int) -> Coroutine[Any, Any, Answer]:
        async def look() -> Answer:
            return await wire.lookup(Budget(priority=priority))(name, "TXT", here)

        return look()

    patient = [job(f"n{number}.contoso.test", 5) for number in range(20)]
    list(wire.run(iter([*patient, job("now.contoso.test", 0)]), window=30))

    assert [entry.name for entry in served.log].index("now.contoso.test") < 4


def test_bare_questions_and_coroutines_mix(wire: Wire, here: Server) -> None:
    async def wrapped() -> Answer:
        return await Ask(wire.lookup()("contoso.test", "MX", here).question, here)

    async def both() -> list[Answer]:
        return await gather(wire.lookup()("contoso.test", "TXT", here), wrapped())

    assert [answer.question.rdtype for answer in wire.run_one(both())] == ["TXT", "MX"]
