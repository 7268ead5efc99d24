from __future__ import annotations

from collections.abc import Iterator

import dns.flags
import dns.rcode
import pytest

from demo.nameserver import Served, Zones, serve
from demo.planting import plant, quoted
from demo.play import AUTHORITATIVE
from demo.resolver import Resolvers, serve_resolvers
from demo.stories import STORIES
from demo.world import DOMAINS, HOSTS, RESOLVERS, ROOT, TENANTS, Domain
from publicdns.names import canonical
from publicdns.tokens import parse_token
from tests.demo.worlds import ask, values


@pytest.fixture(scope="module")
def zones() -> Zones:
    zones = Zones()
    plant(zones)
    return zones


@pytest.fixture(scope="module")
def names(zones: Zones) -> Iterator[Served]:
    with serve(zones, AUTHORITATIVE) as served:
        yield served


@pytest.fixture(scope="module")
def resolvers(zones: Zones) -> Iterator[Resolvers]:
    with serve_resolvers(zones, RESOLVERS, servers=AUTHORITATIVE) as resolvers:
        yield resolvers


def test_seventy_six_domains_live_in_four_tenants() -> None:
    assert len(DOMAINS) == len({domain.ascii for domain in DOMAINS}) == 76
    assert {domain.tenant for domain in DOMAINS} == {tenant.key for tenant in TENANTS}
    assert len(TENANTS) == 4


def test_every_story_there_is_gets_told() -> None:
    assert {domain.story for domain in DOMAINS} == set(STORIES)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.ascii)
def test_the_product_takes_name_and_token_as_they_are(domain: Domain) -> None:
    assert canonical(domain.name).ascii == domain.ascii
    assert parse_token(domain.token).value == domain.token


def test_right_to_left_international_and_very_long_names_are_among_them() -> None:
    tops = {domain.ascii.rpartition(".")[2] for domain in DOMAINS}

    assert {"xn--kgbechtv", "xn--deba0ad", "xn--zckzah"} <= tops
    assert max(len(domain.ascii) for domain in DOMAINS) > 150


def test_the_world_stays_under_names_that_are_nobodys() -> None:
    reserved = {"example", "test", "xn--kgbechtv", "xn--deba0ad", "xn--zckzah"}

    assert {domain.ascii.rpartition(".")[2] for domain in DOMAINS} == reserved


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.ascii)
def test_every_domain_is_found_from_the_root_down(resolvers: Resolvers, domain: Domain) -> None:
    reply = ask(resolvers, domain.ascii, "MX", timeout=2)

    expected = [] if domain.story == "not-delegated" else [f"10 mail.{domain.ascii}."]
    assert values(reply) == expected


def test_the_registry_refers_to_the_host(names: Served) -> None:
    reply = ask(names, "contoso.example", "NS", ROOT)

    assert not reply.flags & dns.flags.AA
    assert sorted(str(rdata) for rdata in reply.authority[0]) == [f"{name}." for name in HOSTS["northwind"].names]


def test_the_canary_answers(resolvers: Resolvers) -> None:
    assert values(ask(resolvers, ".", "NS")) == ["a.root-servers.test."]


def test_where_mail_can_move_to_exists(resolvers: Resolvers) -> None:
    assert ask(resolvers, "contoso-example.mail.protection.outlook.com", "A").rcode() == dns.rcode.NOERROR


def test_quotes_and_backslashes_survive_a_zone_file(zones: Zones, names: Served) -> None:
    zones.put("quotes.contoso.example", 30, "TXT", quoted('"a\\b"'))

    (rrset,) = ask(names, "quotes.contoso.example", "TXT", HOSTS["northwind"].addresses[0]).answer
    assert rrset[0].strings == (b'"a\\b"',)
