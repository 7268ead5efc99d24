"""Thirty-six zones, most of them broken, on three real NSDs: a registry and two name servers. Unbound resolves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.nsd import free_port
from tests.servers import nsd, stub, unbound

TOKEN = "MS=ms12345678"
FIRST, SECOND, REGISTRY, DEAD = "127.0.53.1", "127.0.53.2", "127.0.53.3", "127.0.53.9"
RESOLVERS = ("127.0.53.11", "127.0.53.12", "127.0.53.13")
HEAD = "$TTL 3600\n@ SOA ns1.dns.test. host.dns.test. {serial} 3600 600 604800 900\n"
BOTH = "@ NS ns1.dns.test.\n@ NS ns2.dns.test.\n"
OURS = f'@ TXT "{TOKEN}"\n'
MX = "@ MX 10 mail.dns.test.\n"
HOSTS = f"""\
@ NS ns.registry.test.
ns.registry A {REGISTRY}
ns1.dns A {FIRST}
ns2.dns A {SECOND}
dead.dns A {DEAD}
lame.dns A {REGISTRY}
private.dns A 10.1.2.3
mail.dns A 192.0.2.25
nobody TXT "registered, and no name servers"
"""
DS = "12345 13 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
BOGUS = f"""\
server:
  trust-anchor: "bogus.test. DS {DS}"
"""


@dataclass(frozen=True)
class Broken:
    """One zone: what it holds at both servers, what differs, and the finding that names its fault."""

    code: str  # empty: nothing is wrong
    text: str = ""
    second: str | None = None  # at the second server, where it differs
    registry: str | None = BOTH  # the NS records at the registry; None: not registered
    stale: str | None = None  # what the resolvers have from before
    own: str = BOTH  # the zone's own NS records
    missing: bool = False  # the servers know the zone's name but cannot load it
    name: str = ""  # looked at, where it is not the zone itself


def text(*values: str) -> str:
    """TXT records at the zone's own name."""
    return "".join(f'@ TXT "{value}"\n' for value in values)


ZONES: Mapping[str, Broken] = {
    "good.test": Broken("", OURS + MX),
    "doubled.test": Broken("DNS101", f'doubled.test TXT "{TOKEN}"\n'),
    "atwww.test": Broken("DNS102", f'www TXT "{TOKEN}"\n'),
    "literal.test": Broken("DNS103", f'\\@ TXT "{TOKEN}"\n'),
    "prefix.test": Broken("DNS104", f'_ms TXT "{TOKEN}"\n'),
    "ashost.test": Broken("DNS105", 'ms12345678 TXT "@"\n'),
    "parent.test": Broken("DNS106", OURS, name="shop.parent.test"),
    "wildcard.test": Broken("DNS107", f'* TXT "{TOKEN}"\n'),
    "bare.test": Broken("DNS111", text("ms12345678")),
    "quoted.test": Broken("DNS112", text(f'\\"{TOKEN}\\"')),
    "spaced.test": Broken("DNS113", text(f"{TOKEN} ")),
    "smart.test": Broken("DNS112", text(f"\\226\\128\\156{TOKEN}\\226\\128\\157")),
    "cut.test": Broken("DNS115", text("MS=ms1234")),
    "verify.test": Broken("DNS117", text(f"v=verifydomain {TOKEN}")),
    "other.test": Broken("DNS118", text("MS=ms87654321")),
    "typespf.test": Broken("DNS120", f'@ SPF "{TOKEN}"\n'),
    "alias.test": Broken("DNS121", "shop CNAME mail.dns.test.\n", name="shop.alias.test"),
    "longttl.test": Broken("DNS122", '@ 172800 TXT "MS=ms87654321"\n'),
    "mxproof.test": Broken("DNS123", "@ MX 32767 ms12345678.msv1.invalid.\n" + MX),
    "unregistered.test": Broken("DNS201", registry=None),
    "nobody.test": Broken("DNS202", registry=None),
    "sides.test": Broken("DNS203", OURS, own="@ NS ns1.dns.test.\n"),
    "serials.test": Broken("DNS204", MX, second=MX + "new A 192.0.2.1\n"),
    "private.test": Broken("DNS205", OURS, registry=BOTH + "@ NS private.dns.test.\n"),
    "noaddress.test": Broken("DNS206", OURS, registry=BOTH + "@ NS gone.dns.test.\n"),
    "inner.test": Broken("DNS206", OURS, own=BOTH + "@ NS dc1.corp.test.\n"),
    "dead.test": Broken("DNS221", OURS, registry=BOTH + "@ NS dead.dns.test.\n"),
    "lame.test": Broken("DNS222", OURS, registry=BOTH + "@ NS lame.dns.test.\n"),
    "servfail.test": Broken("DNS224", missing=True),
    "some.test": Broken("DNS226", OURS, second=""),
    "elsewhere.test": Broken("DNS210", "", second=OURS, registry="@ NS ns1.dns.test.\n"),
    "parked.test": Broken("DNS208", registry="@ NS ns1.sedoparking.com.\n"),
    "bogus.test": Broken("DNS301", OURS + "mail A 192.0.2.9\n", registry=BOTH + f"@ DS {DS}\n"),
    "beside.test": Broken("", OURS + "@ MX 10 mail.bogus.test.\n"),
    "early.test": Broken("DNS302", OURS, stale=""),
    "changed.test": Broken("DNS303", OURS, stale=text("v=spf1 -all")),
    "moved.test": Broken("MAIL401", OURS + "@ MX 0 moved-test.mail.protection.outlook.com.\n"),
}


@dataclass(frozen=True)
class Laboratory:
    """Where it listens."""

    port: int  # of the name servers
    resolver_port: int

    @property
    def options(self) -> list[str]:
        """The look command's options for this laboratory."""
        resolvers = [f"--resolver={address}:{self.resolver_port}" for address in RESOLVERS]
        return [*resolvers, f"--authoritative-port={self.port}", "--allow-network=127.0.0.0/8"]


@contextmanager
def laboratory(folder: Path) -> Iterator[Laboratory]:
    """All servers, until the block is left. Skips the test where NSD or Unbound is missing."""
    port, resolver_port = free_port(FIRST), free_port(RESOLVERS[0])
    with ExitStack() as stack:
        for address, zones in _served().items():
            stack.enter_context(nsd(folder / address, [address], port, zones))
        stack.enter_context(unbound(folder / "unbound", RESOLVERS, resolver_port, BOGUS + _stubs(port)))
        yield Laboratory(port, resolver_port)


def _served() -> dict[str, dict[str, str | None]]:
    """The zone texts of each server; None for a zone whose file is missing."""
    first: dict[str, str | None] = {}
    second: dict[str, str | None] = {}
    registry: dict[str, str | None] = {}
    delegations = ""
    for name, zone in ZONES.items():
        label = name.removesuffix(".test")
        if zone.registry is not None:
            delegations += "".join(f"{label}{line[1:]}\n" for line in zone.registry.splitlines())
        if zone.registry is not None and name != "parked.test":
            first[name] = None if zone.missing else HEAD.format(serial=1) + zone.own + zone.text
            other = zone.text if zone.second is None else zone.second
            serial = 1 if zone.second is None else 2
            second[name] = None if zone.missing else HEAD.format(serial=serial) + zone.own + other
        if zone.stale is not None:
            registry[f"{name}"] = HEAD.format(serial=1) + zone.own + zone.stale
    registry["test"] = HEAD.format(serial=1) + HOSTS + delegations
    return {FIRST: first, SECOND: second, REGISTRY: registry}


def _stubs(servers_port: int) -> str:
    found = stub("test", servers_port, REGISTRY)
    for name, zone in ZONES.items():
        if zone.registry is not None:
            addresses = (REGISTRY,) if zone.stale is not None else (FIRST, SECOND)
            found += stub(name, servers_port, *addresses)
    return found
