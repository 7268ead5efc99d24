"""Port 53 closed to this machine: resolvers stand in, and the operator is told once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from functools import partial

import pytest
from pytest_django import Settings

from config.banners import banners_for
from demo.nameserver import Fault
from notices.models import Notice, Transition
from notices.rendering import mime_of
from onboarding.canaries import EVERY, Canaries
from onboarding.seeing import newest_picture
from onboarding.ways import known_lost, note
from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server, Verdict
from publicdns.asking import drive
from publicdns.delegation import DelegationCache
from publicdns.wire import Way
from tenants.models import User
from tests import make
from tests.onboarding.world import REGISTRY, ROOT, World, added, public_dns

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NETWORKS = 12
HOSTS = "".join(f"@ NS {n}.servers.\n{n}.servers. A 127.{n}.0.1\n" for n in range(10, 10 + NETWORKS))


@pytest.fixture
def world(settings: Settings, transactional_db: None) -> Iterator[World]:
    with public_dns(settings) as world:
        settings.DNS_TRIES = 2
        world.zones.load(".", ROOT + HOSTS, at=REGISTRY)
        make.user("olga@example.org", operator=True)
        world.delegate("contoso.test")
        world.publish("contoso.test")
        yield world


@pytest.fixture
def closed() -> Iterator[int]:
    """A port where nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        yield taken.getsockname()[1]


def told() -> list[tuple[str, str]]:
    return [(n.address, n.transition.kind) for n in Notice.objects.order_by("pk") if n.transition]


def words(world: World) -> str:
    olga = User.objects.get(email="olga@example.org")
    return " ".join(banner.sentence for banner in banners_for(olga, world.clock()))


def test_a_closed_port_is_told_once_and_again_after_it_was_open(world: World, settings: Settings, closed: int) -> None:
    opened, settings.DNS_AUTHORITATIVE_PORT = settings.DNS_AUTHORITATIVE_PORT, closed
    domain = added(world)
    world.sweep()
    again = world.look_again_after(domain, 61)

    assert told() == [("olga@example.org", "way-lost")]
    assert Notice.objects.get().subject == "Onward cannot reach name servers on port 53"
    assert "cannot reach name servers on port 53" in words(world)
    picture = newest_picture(again)
    assert picture is not None
    assert picture.propagation is not None
    assert (picture.verdict, picture.propagation.weaker) == (Verdict.PRESENT, True)
    assert {answer.reason for answer in picture.authoritative} == {"blocked"}
    settings.DNS_AUTHORITATIVE_PORT = opened
    world.look_again_after(domain, 61)
    picture = newest_picture(world.look_again_after(domain, 61))
    assert picture is not None
    assert not any(answer.failed for answer in picture.authoritative)
    assert (known_lost(), "cannot reach" in words(world)) == (frozenset(), False)
    settings.DNS_AUTHORITATIVE_PORT = closed
    world.look_again_after(domain, 3700)
    assert [kind for _, kind in told()].count("way-lost") == 2


def test_dead_name_servers_in_many_networks_are_no_closed_port(world: World) -> None:
    dead = [f"{number}.servers." for number in range(10, 10 + NETWORKS)]
    for name in ("contoso.test", "fabrikam.test"):
        world.resolvers.lie(name, "NS", *dead, ttl=600)
        world.zones.fault(name, None, Fault.DROP, at=REGISTRY, below=True)
    domain, _ = added(world, "contoso.test"), added(world, "fabrikam.test")
    world.sweep()
    picture = newest_picture(domain)

    assert picture is not None
    assert len(picture.at_servers("TXT")) == NETWORKS
    assert (told(), known_lost()) == ([], frozenset())


def test_an_outage_of_ours_is_no_closed_port(world: World, settings: Settings, closed: int) -> None:
    settings.DNS_AUTHORITATIVE_PORT = closed
    world.zones.fault(None, None, Fault.DROP)
    added(world)
    world.sweep()

    assert (told(), known_lost()) == ([], frozenset())


@pytest.mark.django_db
def test_each_way_is_told_once_until_it_was_back() -> None:
    make.user("olga@example.org", operator=True)
    for lost in ((Way.IPV6,), (Way.IPV6,), (Way.IPV6, Way.NAME_SERVERS), (Way.NAME_SERVERS,), (Way.IPV6,)):
        note(lost, NOON)

    assert [t.facts["way"] for t in Transition.objects.filter(kind="way-lost").order_by("pk")] == [
        "IPv6",
        "name-servers",
        "IPv6",
    ]
    assert [notice.subject for notice in Notice.objects.order_by("pk")][::2] == [
        "Onward leaves IPv6 addresses out: this machine cannot use them"
    ] * 2
    assert known_lost() == {Way.IPV6}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("way", "words"), [(Way.NAME_SERVERS, "outgoing UDP and TCP"), (Way.IPV6, "Their IPv6 addresses")]
)
def test_the_mail_says_what_it_means(way: Way, words: str) -> None:
    make.user("olga@example.org", operator=True)
    note((way,), NOON)
    notice = Notice.objects.get()
    assert notice.transition is not None

    mail = message_from_bytes(mime_of(notice, notice.transition, NOON), policy=default)

    for part in mail.iter_parts():
        assert words in " ".join(part.get_content().split())


def test_without_canaries_the_suffix_s_own_name_servers_are_asked() -> None:
    asked: list[tuple[str, str]] = []

    async def lookup(name: str, rdtype: str, server: Server | None = None) -> Answer:
        values = {"NS": ("a.nic", "b.nic", "c.nic"), "AAAA": (f"2001:db8::{name[0]}",)}.get(rdtype, ())
        if server is not None:
            asked.append((name, server.address))
            return Answer(Question(name, rdtype), server, Outcome.FAILED, Reason.TIMEOUT)
        records = tuple(Record(rdtype, value, 300) for value in values)
        return Answer(Question(name, rdtype), Server("", recursive=True), Outcome.FOUND, records=records)

    canaries = Canaries((), ())
    ask = partial(canaries.ask_directly, lookup, {Way.NAME_SERVERS}, "com", DelegationCache())
    drive(ask(NOON, 53, few=True))
    drive(ask(NOON + EVERY / 2, 53))

    assert asked == [("com", f"2001:db8::{letter}") for letter in "ab"]
    assert not canaries.known_directly
    drive(ask(NOON + EVERY, 53))
    assert asked[2:] == [("com", f"2001:db8::{letter}") for letter in "abc"]
    assert canaries.known_directly
