"""Ways that lead nowhere: an address family, or name servers at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from demo.nameserver import Fault, Served, Zones
from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Budget
from publicdns.wire import Way, Wire, gather
from publicdns.wire.pacing import Pacer
from publicdns.wire.targets import Tally, Target
from publicdns.wire.ways import MANY, PAUSE, Ways, network
from tests.publicdns.wire.conftest import MakeWire, ask

NOBODY = 9  # a port where nobody listens
RESOLVER = "127.0.0.1"
FAR = tuple(f"127.{number}.0.1" for number in range(10, 10 + MANY))
FAR6 = tuple(f"2{number:03}:db8::1" for number in range(MANY))


class Run:
    """One run's ways, with servers whose tallies a test writes."""

    def __init__(self, *lost: Way) -> None:
        self.ways = Ways(lost)
        self.now = 0.0

    def server(self, address: str, *, heard: bool = False, recursive: bool = False) -> Target:
        """A server that was asked: it answered, or was silent."""
        gate = Pacer(None, None, 0.0).gate(address)
        target = Target(Server(address, recursive=recursive), gate, Tally())
        self.ways.add(target)
        if heard:
            target.tally.heard(0.01)
        else:
            target.tally.missed()
            self.ways.in_vain(self.now)
        return target

    def later(self, *silent: Target) -> None:
        """Time passes, and what these were asked meanwhile is in vain."""
        self.ways.consider(self.now)
        for target in silent:
            target.tally.missed()
            self.ways.in_vain(self.now)
        self.now += PAUSE
        self.ways.consider(self.now)


def lost(addresses: Sequence[str], *others: str, resolver: bool = True) -> set[Way]:
    """What is lost when nobody at ``addresses`` answers, and the name servers ``others`` do."""
    run = Run()
    run.server("192.0.2.53", heard=resolver, recursive=True)
    for address in others:
        run.server(address, heard=True)
    silent = [run.server(address) for address in addresses]
    run.later()
    run.later(*silent)
    return run.ways.lost


def test_many_networks_that_keep_silent_while_a_resolver_answers_are_a_closed_port() -> None:
    assert lost(FAR) == {Way.NAME_SERVERS}


@pytest.mark.parametrize(
    ("addresses", "others", "resolver"),
    [
        (FAR[1:], (), True),
        (tuple(f"127.10.{number}.1" for number in range(50)), (), True),
        (FAR, (), False),
        (FAR, ("192.0.2.1",), True),
    ],
    ids=["a few", "one network", "our own outage", "somebody answers"],
)
def test_a_few_dead_servers_or_an_outage_of_ours_are_none(
    addresses: Sequence[str], others: Sequence[str], resolver: bool
) -> None:
    assert lost(addresses, *others, resolver=resolver) == set()


def test_a_family_in_which_nobody_answers_is_lost_while_the_other_does() -> None:
    assert lost(FAR6, "192.0.2.1") == {Way.IPV6}
    assert lost(FAR, "2001:db8::1", resolver=False) == {Way.IPV4}
    assert lost(FAR6[1:], "192.0.2.1") == set()


def test_an_outage_that_has_just_ended_is_no_closed_port() -> None:
    run = Run()
    resolver = run.server("192.0.2.53", recursive=True)
    silent = [run.server(address) for address in FAR]
    run.later()
    resolver.tally.heard(0.01)
    run.later()
    silent[0].tally.heard(0.01)
    run.later(*silent[1:])

    assert run.ways.lost == set()


def test_what_was_in_vain_before_it_looked_so_is_no_second_sign() -> None:
    run = Run()
    run.server("192.0.2.53", heard=True, recursive=True)
    for address in FAR:
        run.server(address)
    run.now += 1.0
    run.ways.consider(run.now)
    run.ways.in_vain(0.5)
    run.ways.consider(run.now + PAUSE)

    assert run.ways.lost == set()


def test_the_first_reply_gives_a_way_back() -> None:
    run = Run(Way.NAME_SERVERS, Way.IPV6)
    name_server, other = run.server("192.0.2.1"), run.server("2001:db8::1")

    before = [run.ways.why_closed(target, 0.0) for target in (name_server, other)]
    name_server.tally.heard(0.01)
    after = [run.ways.why_closed(target, PAUSE) for target in (name_server, other)]

    assert before == [Reason.BLOCKED, Reason.NO_FAMILY]
    assert after == [Reason.NONE, Reason.NO_FAMILY]


def test_resolvers_are_asked_where_name_servers_cannot_be() -> None:
    run = Run(Way.NAME_SERVERS)

    assert run.ways.why_closed(run.server("192.0.2.53", recursive=True), 0.0) is Reason.NONE


def test_doubtful_is_what_was_tried_and_never_heard() -> None:
    run = Run(Way.IPV6)
    assert run.ways.doubtful == {Way.IPV6}

    run.server("192.0.2.1")
    assert run.ways.doubtful == {Way.IPV6, Way.IPV4, Way.NAME_SERVERS}

    run.server("192.0.2.2", heard=True)
    assert run.ways.doubtful == {Way.IPV6}


def test_a_family_is_certainly_lost_only_while_the_other_is_heard_or_as_it_was_known() -> None:
    run = Run()
    run.ways.lost.add(Way.IPV4)
    resolvers_only = run.ways.review()
    run.server("2001:db8::1", heard=True)

    assert (resolvers_only, run.ways.review()) == (frozenset(), {Way.IPV4})
    assert Run(Way.IPV6).ways.review() == {Way.IPV6}


def test_networks() -> None:
    assert network("192.0.2.1") == network("192.0.99.1") != network("192.1.2.1")
    assert network("2001:db8:1::1") == network("2001:0db8:1:ffff::2") != network("2001:db8:2::1")


def ask_all(wire: Wire, addresses: Sequence[str], port: int = NOBODY) -> list[Answer]:
    async def together() -> list[Answer]:
        lookup = wire.lookup()
        return await gather(*(lookup("contoso.test", "TXT", Server(address, port)) for address in addresses))

    return wire.run_one(together())


def test_a_closed_port_is_noticed_and_name_servers_are_not_waited_for(make_wire: MakeWire, served: Served) -> None:
    resolver = Server("127.0.0.2", served.port, recursive=True)
    wire = make_wire(resolver, tries=3)
    ask(wire, "contoso.test", "TXT", resolver)

    first = ask_all(wire, FAR)
    second = ask_all(wire, FAR)

    assert {answer.reason for answer in first} <= {Reason.TIMEOUT, Reason.BLOCKED}
    assert {answer.reason for answer in second} == {Reason.BLOCKED}
    assert max(answer.seconds for answer in second) < 0.1
    assert ask(wire, "contoso.test", "TXT", resolver).outcome is Outcome.FOUND


def test_a_question_that_nobody_waits_for_notices_that_the_way_is_back(
    make_wire: MakeWire, here: Server, zones: Zones
) -> None:
    wire = make_wire(lacking=frozenset({Way.NAME_SERVERS}), timeout=2.0)
    zones.fault("slow.contoso.test", None, Fault.SLOW, seconds=2 * PAUSE)

    async def twice() -> list[Answer]:
        lookup = wire.lookup()
        first = await lookup("contoso.test", "TXT", here)
        await lookup("slow.contoso.test", "TXT", Server("127.0.0.2", here.port, recursive=True))
        return [first, await lookup("contoso.test", "TXT", here)]

    answers = wire.run_one(twice())

    assert [answer.reason for answer in answers] == [Reason.BLOCKED, Reason.NONE]
    assert wire.ways.lost == set()


def test_a_budget_may_ask_regardless(make_wire: MakeWire, here: Server) -> None:
    wire = make_wire(lacking=frozenset(Way))

    assert ask(wire, "contoso.test", "TXT", here, budget=Budget(regardless=True)).outcome is Outcome.FOUND


def test_what_must_not_be_asked_is_not_asked_regardless(make_wire: MakeWire, here: Server) -> None:
    wire = make_wire(allowed_networks=())

    assert ask(wire, "contoso.test", "TXT", here, budget=Budget(regardless=True)).reason is Reason.FORBIDDEN


def test_name_servers_leave_the_resolvers_their_share_of_the_time(
    make_wire: MakeWire, here: Server, zones: Zones
) -> None:
    wire = make_wire(timeout=60.0, servers_share=0.5)
    zones.fault("slow.contoso.test", None, Fault.DROP)
    budget = Budget(deadline=wire.options.monotonic() + 1.0)

    async def one_after_the_other() -> list[Answer]:
        lookup = wire.lookup(budget)
        resolver = Server("127.0.0.2", here.port, recursive=True)
        silent = await lookup("slow.contoso.test", "TXT", here)
        late = await lookup("contoso.test", "TXT", here)
        several = await gather(*(lookup("contoso.test", rdtype, here) for rdtype in ("MX", "NS")))
        return [silent, late, *several, await lookup("contoso.test", "TXT", resolver)]

    answers = wire.run_one(one_after_the_other())

    assert [answer.reason for answer in answers] == [Reason.BUDGET] * 4 + [Reason.NONE]
    assert 0.4 < answers[0].seconds < 0.9
