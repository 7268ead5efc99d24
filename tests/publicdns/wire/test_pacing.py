"""Politeness: no address sees more than its cap in any second, and everybody gets a turn."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest

from demo.nameserver import Fault, Served, Zones
from demo.sockets import Entry
from publicdns.answers import Answer, Server
from publicdns.wire.pacing import Pacer
from tests.publicdns.wire.conftest import MakeWire


class Caller:
    def __init__(self, name: str, priority: int = 0) -> None:
        self.name = name
        self.priority = priority


def leave(pacer: Pacer, seconds: float, step: float = 0.001) -> list[tuple[float, str]]:
    """Everybody who leaves while a clock runs from 0."""
    left = []
    for tick in range(int(seconds / step)):
        while (caller := pacer.admit(tick * step)) is not None:
            left.append((tick * step, caller.name))
    return left


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(1 for other in moments if moment <= other < moment + 1) for moment in moments)


@pytest.mark.parametrize("cap", [1, 2, 5, 20, 33.3, 100])
def test_no_second_holds_more_than_the_cap(cap: float) -> None:
    pacer = Pacer(cap, None, -1.0)
    for number in range(400):
        pacer.enter(pacer.gate("a"), Caller(str(number)), 0.0)

    moments = [moment for moment, _ in leave(pacer, 4)]

    assert 0.8 * cap <= most_in_a_second(moments) <= cap


@pytest.mark.parametrize("cap", [1, 5, 33.3, 100])
def test_one_after_another_on_the_same_share_stays_below_the_cap(cap: float) -> None:
    moments = []
    for since in (0, 3, 6):
        pacer = Pacer(cap, None, float(since))
        for number in range(400):
            pacer.enter(pacer.gate("a"), Caller(str(number)), float(since))
        moments += [since + tick / 1000 for tick in range(3000) if pacer.admit(since + tick / 1000) is not None]

    assert 0 < most_in_a_second(moments) <= cap


def test_a_pause_earns_no_burst() -> None:
    pacer = Pacer(10, None, -1.0)
    for number in range(100):
        pacer.enter(pacer.gate("a"), Caller(str(number)), 1000.0)

    assert sum(1 for _ in iter(lambda: pacer.admit(1000.0), None)) == 1


def test_the_overall_cap_is_shared_in_turns() -> None:
    pacer = Pacer(None, 10, -1.0)
    for number in range(20):
        pacer.enter(pacer.gate("busy"), Caller(f"busy{number}"), 0.0)
    for number in range(3):
        pacer.enter(pacer.gate("quiet"), Caller(f"quiet{number}"), 0.0)

    names = [name for _, name in leave(pacer, 0.8)]

    assert [name for name in names if name.startswith("quiet")] == ["quiet0", "quiet1", "quiet2"]


def test_lower_priorities_go_first_everywhere() -> None:
    pacer = Pacer(None, 5, -1.0)
    pacer.enter(pacer.gate("a"), Caller("late", 9), 0.0)
    pacer.enter(pacer.gate("b"), Caller("middle", 5), 0.0)
    pacer.enter(pacer.gate("a"), Caller("first", 0), 0.0)

    assert [name for _, name in leave(pacer, 2)] == ["first", "middle", "late"]


def test_a_slow_address_holds_up_nobody_else() -> None:
    pacer = Pacer(2, None, -1.0)
    for number in range(50):
        pacer.enter(pacer.gate("slow"), Caller(f"slow{number}"), 0.0)
    pacer.enter(pacer.gate("free"), Caller("free"), 0.0)

    assert "free" in [name for _, name in leave(pacer, 0.01)]


def test_the_loop_knows_when_to_wake() -> None:
    pacer = Pacer(10, None, -1.0)
    for number in range(2):
        pacer.enter(pacer.gate("a"), Caller(str(number)), 5.0)

    pacer.admit(5.0)
    opens = pacer.opens(5.0)

    assert opens is not None
    assert (pacer.admit(opens - 0.001), pacer.admit(opens + 0.001) is None) == (None, False)


def worst(log: list[Entry]) -> int:
    """The most questions one address counted in any second."""
    return max(
        most_in_a_second([entry.time for entry in log if entry.address == address])
        for address in {e.address for e in log}
    )


def test_a_counting_server_never_sees_more_than_the_cap(make_wire: MakeWire, served: Served, zones: Zones) -> None:
    zones.fault("lost.contoso.test", None, Fault.DROP)
    zones.fault("none.contoso.test", None, Fault.FORMERR_EDNS)
    wire = make_wire(per_server=40.0, overall=70.0, timeout=0.2)
    names = ("contoso.test", "big.contoso.test", "lost.contoso.test", "none.contoso.test")

    def look(number: int) -> Coroutine[Any, Any, Answer]:
        server = Server(served.addresses[number % 3 > 0], served.port)

        async def job() -> Answer:
            return await wire.lookup()(names[number % 4], "TXT", server)

        return job()

    list(wire.run((look(number) for number in range(80)), window=80))
    log = list(served.log)

    assert worst(log) <= 40
    assert most_in_a_second([entry.time for entry in log]) <= 70
    assert {entry.transport for entry in log} == {"udp", "tcp"}


def test_a_share_is_a_share_of_the_cap(make_wire: MakeWire) -> None:
    options = make_wire(per_server=100.0, overall=500.0, share=0.25).options

    assert (options.server_cap, options.overall_cap) == (25.0, 125.0)
