"""Name servers on loopback and wires that may ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from demo.nameserver import LoopbackError, Served, Zones, serve
from demo.sockets import Asked, Reply, listening
from publicdns.answers import Answer, Server
from publicdns.wire import Wire, WireOptions

ZONE = """\
$TTL 60
@ SOA ns1 host 1 60 60 60 30
@ NS ns1
@ TXT "MS=ms12345678"
@ TXT "v=spf1 -all"
@ MX 10 mail
ns1 A 127.0.0.2
www CNAME contoso.test.
away CNAME fabrikam.test.
""" + "".join(f'big TXT "{number:04}{"x" * 200}"\n' for number in range(20))
LOOPBACK = ("127.0.0.0/8", "::1/128")

MakeWire = Callable[..., Wire]
Answering = Callable[..., Served]


@pytest.fixture
def zones() -> Zones:
    """One zone, ready to be given faults."""
    zones = Zones()
    zones.load("contoso.test", ZONE)
    return zones


@pytest.fixture
def served(zones: Zones) -> Iterator[Served]:
    """The zone on two addresses."""
    with serve(zones, ("127.0.0.1", "127.0.0.2")) as served:
        yield served


@pytest.fixture
def ipv6_port(zones: Zones) -> Iterator[int]:
    """The zone on ::1, where this machine has that."""
    try:
        with serve(zones, ("::1",)) as served:
            yield served.port
    except LoopbackError as error:
        pytest.skip(f"no IPv6 on loopback: {error}")


@pytest.fixture
def here(served: Served) -> Server:
    """The authoritative server."""
    return Server("127.0.0.1", served.port, "ns1.contoso.test")


@pytest.fixture
def make_wire() -> Iterator[MakeWire]:
    """Makes wires without caps that may ask loopback; each is closed at the end."""
    with ExitStack() as stack:

        def make(*resolvers: Server, **options: Any) -> Wire:
            plain = {"allowed_networks": LOOPBACK, "timeout": 0.15, "tries": 2, "per_server": None, "overall": None}
            return stack.enter_context(Wire(resolvers, WireOptions(**{**plain, **options})))

        yield make


@pytest.fixture
def wire(make_wire: MakeWire) -> Wire:
    """One of them."""
    return make_wire()


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A server that sends whatever packets a function of (query, transport) returns."""
    with ExitStack() as stack:

        def answer(respond: Callable[[bytes, str], tuple[bytes, ...]], address: str = "127.0.0.1") -> Served:
            def responder(query: bytes, _address: str, transport: str) -> tuple[Asked | None, Reply]:
                return Asked("any", "ANY"), Reply(respond(query, transport))

            return stack.enter_context(listening(responder, (address,)))

        yield answer


def ask(wire: Wire, name: str, rdtype: str, server: Server | None = None, **how: Any) -> Answer:
    """One question, by itself."""

    async def question() -> Answer:
        return await wire.lookup(how.pop("budget", None))(name, rdtype, server, **how)

    return wire.run_one(question())
