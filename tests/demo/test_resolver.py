from __future__ import annotations

from collections.abc import Iterator

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from demo.nameserver import Fault, Zones
from demo.resolver import Resolvers, serve_resolvers
from tests.demo.worlds import CONTOSO, ask, values

ROOT = """$TTL 600
@ SOA ns.root-servers.test. host.test. 1 60 60 60 30
@ NS ns.root-servers.test.
test. NS ns.nic.test.
ns.nic.test. A 127.0.0.1
"""
TLD = """$TTL 600
@ SOA ns.nic host.nic 1 60 60 60 20
@ NS ns.nic
ns.nic A 127.0.0.1
contoso NS ns1.contoso
contoso NS ns2.contoso
ns1.contoso A 127.0.0.2
ns2.contoso A 127.0.0.3
adatum NS ns1.contoso
lost NS ns.nowhere
"""


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def zones() -> Zones:
    zones = Zones()
    zones.load(".", ROOT, at="127.0.0.1")
    zones.load("test", TLD, at="127.0.0.1")
    for address in ("127.0.0.2", "127.0.0.3"):
        zones.load("contoso.test", CONTOSO, at=address)
    zones.load("adatum.test", "$TTL 60\n@ SOA a b 1 60 60 60 30\n@ NS ns1.contoso.test.\n@ TXT here\n", at="127.0.0.2")
    return zones


@pytest.fixture
def resolvers(zones: Zones, clock: Clock) -> Iterator[Resolvers]:
    servers = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    with serve_resolvers(zones, ("127.0.0.11", "127.0.0.12"), servers=servers, clock=clock) as resolvers:
        yield resolvers


def ede(reply: dns.message.Message) -> list[int]:
    return [option.code for option in reply.options if isinstance(option, dns.edns.EDEOption)]


def test_the_delegations_are_walked(resolvers: Resolvers) -> None:
    reply = ask(resolvers, "contoso.test", "MX")

    assert values(reply) == ["10 mail.contoso.test."]
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA


def test_name_servers_without_glue_are_looked_up(resolvers: Resolvers) -> None:
    assert values(ask(resolvers, "adatum.test", "TXT")) == ['"here"']


def test_aliases_are_followed_across_zones(zones: Zones, resolvers: Resolvers) -> None:
    zones.put("away.contoso.test", 60, "CNAME", "adatum.test.", at=("127.0.0.2", "127.0.0.3"))

    assert values(ask(resolvers, "away.contoso.test", "TXT")) == ['"here"', "adatum.test."]


def test_a_circle_of_aliases_is_a_failure(resolvers: Resolvers) -> None:
    assert ask(resolvers, "circle.contoso.test", "A").rcode() == dns.rcode.SERVFAIL


def test_without_a_root_the_servers_are_asked_directly(clock: Clock) -> None:
    zones = Zones()
    zones.load("contoso.test", CONTOSO)

    with serve_resolvers(zones, servers=("127.0.0.2",), clock=clock) as resolvers:
        assert values(ask(resolvers, "contoso.test", "MX")) == ["10 mail.contoso.test."]


def test_a_cached_record_counts_down_and_outlives_its_change(zones: Zones, resolvers: Resolvers, clock: Clock) -> None:
    ask(resolvers, "contoso.test", "MX")
    zones.put("contoso.test", 60, "MX", "5 new.contoso.test.")
    clock.now += 50

    reply = ask(resolvers, "contoso.test", "MX")

    assert (values(reply), reply.answer[0].ttl) == (["10 mail.contoso.test."], 10)


def test_a_record_is_asked_for_again_when_its_time_is_over(zones: Zones, resolvers: Resolvers, clock: Clock) -> None:
    ask(resolvers, "contoso.test", "MX")
    zones.put("contoso.test", 60, "MX", "5 new.contoso.test.")
    clock.now += 60

    assert values(ask(resolvers, "contoso.test", "MX")) == ["5 new.contoso.test."]


@pytest.mark.parametrize("name", ["contoso.test", "new.contoso.test"])
def test_an_absence_lasts_the_smaller_of_soa_ttl_and_minimum(
    zones: Zones, resolvers: Resolvers, clock: Clock, name: str
) -> None:
    ask(resolvers, name, "TXT")
    zones.put(name, 60, "TXT", '"MS=ms1"')
    clock.now += 29
    still = ask(resolvers, name, "TXT")
    clock.now += 1
    later = ask(resolvers, name, "TXT")

    assert (values(still), still.authority[0].ttl) == ([], 1)
    assert values(later) == ['"MS=ms1"']


def test_nxdomain_holds_for_every_type_and_nodata_for_one(zones: Zones, resolvers: Resolvers) -> None:
    ask(resolvers, "new.contoso.test", "A")
    ask(resolvers, "mail.contoso.test", "AAAA")
    zones.put("new.contoso.test", 60, "TXT", '"there"')

    assert ask(resolvers, "new.contoso.test", "TXT").rcode() == dns.rcode.NXDOMAIN
    assert values(ask(resolvers, "mail.contoso.test", "A")) == ["192.0.2.1"]


def test_each_resolver_has_a_cache_of_its_own(zones: Zones, resolvers: Resolvers) -> None:
    resolvers.prime("contoso.test", "TXT", at="127.0.0.11")
    zones.put("contoso.test", 60, "TXT", '"MS=ms1"')

    answers = [values(ask(resolvers, "contoso.test", "TXT", address)) for address in resolvers.addresses]

    assert answers == [[], ['"MS=ms1"']]


def test_one_dead_name_server_costs_time_only(zones: Zones, resolvers: Resolvers) -> None:
    zones.fault(None, None, Fault.DROP, at="127.0.0.2")

    assert values(ask(resolvers, "contoso.test", "MX", timeout=2)) == ["10 mail.contoso.test."]


@pytest.mark.parametrize(
    "fault", [Fault.DROP, Fault.SERVFAIL, Fault.REFUSED, Fault.LAME, Fault.EMPTY, Fault.NO_AA, Fault.JUNK]
)
def test_when_no_name_server_is_of_use_it_is_a_failure(zones: Zones, resolvers: Resolvers, fault: Fault) -> None:
    zones.fault("contoso.test", None, fault, at=("127.0.0.2", "127.0.0.3"))

    reply = ask(resolvers, "contoso.test", "MX", timeout=2)

    assert (reply.rcode(), ede(reply)) == (dns.rcode.SERVFAIL, [dns.edns.EDECode.NO_REACHABLE_AUTHORITY])


def test_a_failure_is_remembered_for_a_moment_only(zones: Zones, resolvers: Resolvers, clock: Clock) -> None:
    zones.fault("contoso.test", None, Fault.SERVFAIL, at=("127.0.0.2", "127.0.0.3"))
    ask(resolvers, "contoso.test", "MX")
    zones.troubles.clear()
    still = ask(resolvers, "contoso.test", "MX")
    clock.now += 5

    assert still.rcode() == dns.rcode.SERVFAIL
    assert values(ask(resolvers, "contoso.test", "MX")) == ["10 mail.contoso.test."]


@pytest.mark.parametrize("fault", [Fault.TRUNCATE, Fault.FORMERR_EDNS])
def test_a_resolver_knows_tcp_and_life_without_edns(zones: Zones, resolvers: Resolvers, fault: Fault) -> None:
    zones.fault(None, None, fault, at=("127.0.0.2", "127.0.0.3"))

    assert values(ask(resolvers, "contoso.test", "MX")) == ["10 mail.contoso.test."]


def test_a_delegation_to_nowhere_is_a_failure(resolvers: Resolvers) -> None:
    assert ask(resolvers, "lost.test", "NS").rcode() == dns.rcode.SERVFAIL


def test_a_name_that_is_not_delegated_is_nxdomain_from_above(resolvers: Resolvers) -> None:
    reply = ask(resolvers, "www.unknown.test", "A")

    assert (reply.rcode(), reply.authority[0].name.to_text()) == (dns.rcode.NXDOMAIN, "test.")


def test_without_rd_nothing_is_done(resolvers: Resolvers) -> None:
    assert ask(resolvers, "contoso.test", "MX", flags=0).rcode() == dns.rcode.REFUSED


def test_a_frozen_resolver_goes_on_with_what_it_had(zones: Zones, resolvers: Resolvers, clock: Clock) -> None:
    ask(resolvers, "contoso.test", "TXT")
    resolvers.freeze("127.0.0.11")
    zones.put("contoso.test", 60, "TXT", '"MS=ms1"')
    clock.now += 10_000

    stale = ask(resolvers, "contoso.test", "TXT")
    resolvers.freeze("127.0.0.11", frozen=False)

    assert (values(stale), stale.authority[0].ttl) == ([], 30)
    assert values(ask(resolvers, "contoso.test", "TXT")) == ['"MS=ms1"']


def test_a_lying_resolver_lies_alone_and_until_told_otherwise(resolvers: Resolvers) -> None:
    resolvers.lie("contoso.test", "MX", "0 evil.example.", at="127.0.0.11")

    lies = [values(ask(resolvers, "contoso.test", "MX", address)) for address in resolvers.addresses]
    resolvers.truth()

    assert lies == [["0 evil.example."], ["10 mail.contoso.test."]]
    assert values(ask(resolvers, "contoso.test", "MX")) == ["10 mail.contoso.test."]


def test_a_lie_without_values_is_nxdomain(resolvers: Resolvers) -> None:
    resolvers.lie("contoso.test", "MX")

    assert ask(resolvers, "contoso.test", "MX").rcode() == dns.rcode.NXDOMAIN


def test_a_bogus_zone_fails_unless_checking_is_disabled(resolvers: Resolvers) -> None:
    resolvers.bogus("contoso.test")

    failed = ask(resolvers, "contoso.test", "MX")
    unchecked = ask(resolvers, "contoso.test", "MX", flags=dns.flags.RD | dns.flags.CD)

    assert (failed.rcode(), ede(failed)) == (dns.rcode.SERVFAIL, [dns.edns.EDECode.DNSSEC_BOGUS])
    assert values(unchecked) == ["10 mail.contoso.test."]


def test_a_flushed_resolver_asks_anew(zones: Zones, resolvers: Resolvers) -> None:
    ask(resolvers, "contoso.test", "TXT")
    zones.put("contoso.test", 60, "TXT", '"MS=ms1"')
    resolvers.flush()

    assert values(ask(resolvers, "contoso.test", "TXT")) == ['"MS=ms1"']


def test_a_resolver_itself_can_fail(zones: Zones, resolvers: Resolvers) -> None:
    zones.fault(None, None, Fault.SERVFAIL, at="127.0.0.11")

    rcodes = [ask(resolvers, "contoso.test", "MX", address).rcode() for address in resolvers.addresses]

    assert rcodes == [dns.rcode.SERVFAIL, dns.rcode.NOERROR]


def test_a_resolver_can_be_silent(zones: Zones, resolvers: Resolvers) -> None:
    zones.fault(None, None, Fault.DROP, at="127.0.0.11")

    with pytest.raises(dns.exception.Timeout):
        ask(resolvers, "contoso.test", "MX", timeout=0.1)


def test_resolvers_write_down_what_they_were_asked(resolvers: Resolvers) -> None:
    ask(resolvers, "contoso.test", "MX", "127.0.0.12", tcp=True)

    assert [entry[1:] for entry in resolvers.log] == [("127.0.0.12", "contoso.test", "MX", "tcp")]
    assert resolvers.asked(address="127.0.0.12") == 1
