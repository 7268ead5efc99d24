"""The stand-ins say what a real NSD and a real Unbound say of the same zone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from bench.nsd import nsd
from bench.unbound import unbound
from demo.nameserver import Served, Zones, serve
from demo.resolver import serve_resolvers
from tests import tools
from tests.demo.worlds import CONTOSO, ask

pytestmark = pytest.mark.servers
NAMES = (
    "contoso.test",
    "alias.contoso.test",
    "outside.contoso.test",
    "x.wild.contoso.test",
    "x.y.wild.contoso.test",
    "wild.contoso.test",
    "empty.contoso.test",
    "deep.empty.contoso.test",
    "nothing.contoso.test",
    "below.mail.contoso.test",
    "sub.contoso.test",
    "www.sub.contoso.test",
    "two.contoso.test",
    "lost.contoso.test",
    "into.contoso.test",
    "fabrikam.test",
)
ELSEWHERE = {"sub.contoso.test", "www.sub.contoso.test", "into.contoso.test", "outside.contoso.test", "fabrikam.test"}
RDTYPES = ("TXT", "MX", "NS", "SOA", "A", "AAAA", "CNAME", "DS")


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Served, Served]]:
    """Ours, and NSD's port in the same clothes."""
    found = tools.need("nsd")
    zones = Zones()
    zones.load("contoso.test", CONTOSO)
    environment = {**os.environ, **found.environment}
    text = f"$ORIGIN contoso.test.\n{CONTOSO}"
    with ExitStack() as stack:
        ours = stack.enter_context(serve(zones))
        port = stack.enter_context(nsd({"contoso.test": text}, program=found.path, environment=environment))
        yield ours, Served(("127.0.0.1",), port)


def gist(reply: dns.message.Message) -> dict[str, object]:
    """What a careful asker takes from an answer."""
    return {
        "rcode": reply.rcode(),
        "authoritative": bool(reply.flags & dns.flags.AA),
        "answer": lines(reply.answer),
        "authority": lines(reply.authority),
    }


def lines(section: list[dns.rrset.RRset]) -> list[str]:
    """One line for each record, in order."""
    return sorted(line.lower() for rrset in section for line in rrset.to_text().splitlines())


@pytest.mark.parametrize("rdtype", RDTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_ours_and_nsd_say_the_same(both: tuple[Served, Served], name: str, rdtype: str) -> None:
    ours, theirs = (gist(ask(served, name, rdtype, timeout=2)) for served in both)

    assert ours == theirs


@pytest.fixture(scope="module")
def resolving() -> Iterator[tuple[Served, Served]]:
    """Our resolver, and Unbound, both over our name server."""
    found = tools.need("unbound")
    zones = Zones()
    zones.load("contoso.test", CONTOSO)
    environment = {**os.environ, **found.environment}
    with ExitStack() as stack:
        port = stack.enter_context(serve(zones)).port
        ours = stack.enter_context(serve_resolvers(zones, ("127.0.0.1",)))
        theirs = stack.enter_context(unbound({"contoso.test": port}, program=found.path, environment=environment))
        yield ours, Served((theirs.address,), theirs.port)


@pytest.mark.parametrize("rdtype", ["TXT", "MX", "NS", "SOA", "A", "CNAME"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ELSEWHERE])
def test_our_resolver_and_unbound_say_the_same(resolving: tuple[Served, Served], name: str, rdtype: str) -> None:
    ours, theirs = (told(ask(served, name, rdtype, timeout=5)) for served in resolving)

    assert ours == theirs


def told(reply: dns.message.Message) -> dict[str, object]:
    """What somebody takes from a resolver's answer; TTLs are counting down."""
    return {
        "rcode": reply.rcode(),
        "flags": dns.flags.to_text(reply.flags),
        "answer": sorted(str(rdata).lower() for rrset in reply.answer for rdata in rrset),
        "negative": [rrset.name for rrset in reply.authority if rrset.rdtype == dns.rdatatype.SOA],
    }
