from __future__ import annotations

from dataclasses import replace

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.asking import drive
from publicdns.delegation import (
    FAILURE_KEPT,
    LONGEST_KEPT,
    Addresses,
    Delegation,
    DelegationCache,
    NameServer,
    Standing,
    ZoneServers,
)
from publicdns.nameservers import ask_server, name_server
from publicdns.zone import find_delegation
from tests.publicdns.world import NOW, RESOLVERS, Host, World


def found(
    world: World, name: str = "contoso.com", cache: DelegationCache | None = None, now: float = NOW
) -> Delegation:
    return drive(find_delegation(name, world.lookup, cache or DelegationCache(), now, resolvers=RESOLVERS))


def test_the_registry_is_asked_for_the_name_servers() -> None:
    delegation = found(World())

    assert (delegation.standing, delegation.zone, delegation.parent) == (Standing.DELEGATED, "contoso.com", "com")
    assert delegation.parent_asked
    assert [server.addresses for server in delegation.servers] == [("192.0.2.1",), ("192.0.2.2",)]


def test_no_resolver_is_asked_for_a_name_that_may_not_exist_yet() -> None:
    world = World()

    found(world, "shop.contoso.com")

    assert not [name for address, name, _ in world.asked if address == "" and name.endswith("shop.contoso.com")]


def test_a_name_below_lives_in_the_zone_above() -> None:
    delegation = found(World(), "shop.contoso.com")

    assert (delegation.standing, delegation.zone) == (Standing.DELEGATED, "contoso.com")


@pytest.mark.parametrize(
    ("world", "standing"),
    [
        (World(registered=False), Standing.UNREGISTERED),
        (World(parent_ns=[]), Standing.NOT_DELEGATED),
        (World(resolvers_fail={"": Reason.TIMEOUT}), Standing.UNKNOWN),
        (World(parent_fails=Reason.TIMEOUT, registered=False), Standing.UNREGISTERED),
    ],
)
def test_unregistered_not_delegated_and_not_known_are_told_apart(world: World, standing: Standing) -> None:
    assert found(world).standing is standing


@pytest.mark.parametrize("outcome", [Outcome.EMPTY, Outcome.NXDOMAIN])
@pytest.mark.parametrize(
    ("others", "proven", "known"),
    [
        (("no", "found", "found"), True, Standing.DELEGATED),
        (("no", "no", "no"), False, Standing.UNKNOWN),
        (("no", "dead", "dead"), True, Standing.UNKNOWN),
        (("no", "no", "dead"), True, None),
    ],
)
def test_where_the_registry_is_silent_a_domain_is_nowhere_by_proof_of_two_resolvers(
    outcome: Outcome, others: tuple[str, ...], proven: bool, known: Standing | None
) -> None:
    world = World(parent_fails=Reason.TIMEOUT)
    says = dict(zip([server.address for server in RESOLVERS], others, strict=True)) | {"": "no"}
    nowhere = {Outcome.NXDOMAIN: Standing.UNREGISTERED, Outcome.EMPTY: Standing.NOT_DELEGATED}[outcome]

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        answer = await world.lookup(name, rdtype, server)
        if (name, rdtype) != ("contoso.com", "NS") or not (server is None or server.recursive):
            return answer
        said = says[server.address if server else ""]
        if said == "dead":
            return replace(answer, outcome=Outcome.FAILED, reason=Reason.TIMEOUT, records=())
        negative = replace(answer, outcome=outcome, records=(), negative_ttl=900 if proven else None)
        return negative if said == "no" else answer

    found = drive(find_delegation("contoso.com", lookup, DelegationCache(), NOW, resolvers=RESOLVERS))

    assert found.standing is (known or nowhere)
    assert not found.parent_asked


def test_only_the_registry_s_own_word_makes_a_name_surely_unregistered() -> None:
    assert found(World(registered=False)).parent_asked
    assert not found(World(parent_fails=Reason.TIMEOUT, registered=False)).parent_asked


def test_an_unreachable_registry_leaves_the_resolver_s_word() -> None:
    delegation = found(World(parent_fails=Reason.TIMEOUT))

    assert delegation.standing is Standing.DELEGATED
    assert not delegation.parent_asked


def test_the_registry_s_other_servers_are_asked_at_once_where_the_first_does_not_say() -> None:
    asked = []

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        question = Question(name, rdtype)
        if server is None:
            values = {"NS": ("a.nic", "b.nic", "c.nic", "d.nic"), "A": ("192.0.2.254",)}.get(rdtype, ())
            records = tuple(Record(rdtype, value, 300) for value in values)
            return Answer(question, Server("", recursive=True), Outcome.FOUND, records=records)
        asked.append(server.name)
        if len(asked) == 1:
            return Answer(question, server, Outcome.FAILED, Reason.TIMEOUT)
        cut = (Record("NS", "ns1.dns.example", 86400, name),)
        return Answer(question, server, Outcome.FAILED, Reason.LAME, authority=cut)

    delegation = drive(find_delegation("contoso.com", lookup, DelegationCache(), NOW))

    assert (delegation.standing, delegation.parent_asked) == (Standing.DELEGATED, True)
    assert len(set(asked)) == len(asked) == 3


def test_glue_serves_where_no_resolver_knows_an_address() -> None:
    world = World(hosts={"ns1.contoso.com": Host("192.0.2.1")}, glue={"ns1.contoso.com": "192.0.2.1"})
    world.unresolved = ("ns1.contoso.com",)

    (server,) = found(world).servers

    assert (server.addresses, server.trouble) == (("192.0.2.1",), Reason.NO_SERVER)


def test_glue_for_others_names_is_not_believed() -> None:
    world = World(hosts={"ns1.dns.example": Host("192.0.2.1")}, glue={"ns1.dns.example": "192.0.2.66"})

    assert found(world).servers[0].glue == ()


def test_a_second_domain_shares_what_the_first_one_learnt() -> None:
    world, cache = World(), DelegationCache()
    found(world, cache=cache)
    world.asked.clear()

    found(world, "shop.contoso.com", cache)

    assert not [asked for asked in world.asked if asked[0] == "" and asked[2] in ("A", "AAAA", "NS")]


def test_a_delegation_is_found_again_after_five_minutes() -> None:
    world, cache = World(), DelegationCache()
    first = found(world, cache=cache)

    assert first.expires == NOW + 300
    assert found(world, cache=cache, now=NOW + 299) is first
    assert found(world, cache=cache, now=NOW + 301) is not first


def test_a_failed_search_is_tried_again_soon() -> None:
    assert found(World(resolvers_fail={"": Reason.TIMEOUT})).expires == NOW + 15


@pytest.mark.parametrize("outcome", [Outcome.EMPTY, Outcome.NXDOMAIN])
def test_a_registry_s_unproven_no_is_not_believed(outcome: Outcome) -> None:
    world = World(registered=False)

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        answer = await world.lookup(name, rdtype, server)
        unproven = server is not None and not server.recursive
        return replace(answer, outcome=outcome, negative_ttl=None) if unproven else answer

    assert not drive(find_delegation("contoso.com", lookup, DelegationCache(), NOW)).parent_asked


def test_a_registry_that_answers_for_the_root_makes_no_name_unregistered() -> None:
    world = World(registered=False)

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        answer = await world.lookup(name, rdtype, server)
        parked = server is not None and not server.recursive
        return replace(answer, soa_above=2) if parked else answer

    delegation = drive(find_delegation("contoso.com", lookup, DelegationCache(), NOW))

    assert not delegation.parent_asked


def test_the_cache_is_bounded() -> None:
    cache = DelegationCache(size=2)
    for name in ("a", "b", "c"):
        cache.keep_zone(ZoneServers(name, ("ns",), ttl=60), NOW)
        cache.keep_addresses(name, Addresses(("192.0.2.1",)), 60, NOW)

    assert [cache.zone(name, NOW) is not None for name in "abc"] == [False, True, True]
    assert [cache.addresses(name, NOW) is not None for name in "abc"] == [False, True, True]


@pytest.mark.parametrize(("failing", "kept"), [("A", FAILURE_KEPT), ("AAAA", FAILURE_KEPT), ("", 86400)])
def test_half_the_addresses_of_a_server_are_not_believed_for_long(failing: str, kept: float) -> None:
    found = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        question, resolver = Question(name, rdtype), Server("", recursive=True)
        if rdtype == failing:
            return Answer(question, resolver, Outcome.FAILED, Reason.TIMEOUT)
        return Answer(question, resolver, Outcome.FOUND, records=(Record(rdtype, found[rdtype], 86400),))

    cache = DelegationCache()
    drive(name_server("ns1.dns.example", lookup, cache, NOW))

    assert cache.addresses("ns1.dns.example", NOW + min(kept, LONGEST_KEPT) - 1) is not None
    assert cache.addresses("ns1.dns.example", NOW + min(kept, LONGEST_KEPT)) is None


def answers(*reasons: Reason) -> object:
    """A lookup that fails for these reasons, address by address."""

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        assert server is not None
        reason = reasons[int(server.address[-1])]
        outcome = Outcome.FAILED if reason else Outcome.FOUND
        records = () if reason else (Record("TXT", "x", 60),)
        return Answer(Question(name, rdtype), server, outcome, reason, records, authoritative=not reason)

    return lookup


@pytest.mark.parametrize(
    ("reasons", "reason"),
    [
        ((Reason.TIMEOUT, Reason.NONE), Reason.NONE),
        ((Reason.TIMEOUT, Reason.SERVFAIL), Reason.TIMEOUT),
        ((Reason.NO_FAMILY, Reason.SERVFAIL), Reason.SERVFAIL),
        ((Reason.NO_FAMILY, Reason.NO_FAMILY), Reason.NO_FAMILY),
        ((), Reason.NO_SERVER),
    ],
)
def test_a_server_is_reached_by_any_of_its_addresses(reasons: tuple[Reason, ...], reason: Reason) -> None:
    server = NameServer("ns1.dns.example", tuple(f"192.0.2.{n}" for n in range(len(reasons))))

    assert drive(ask_server(server, "contoso.com", "TXT", answers(*reasons))).reason is reason  # type: ignore[arg-type]
