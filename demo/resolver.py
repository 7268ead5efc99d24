"""Recursive resolvers on loopback over the same Zones: they keep what they hear, and can go wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.rdatatype

from demo.recursion import Moment, Recursor
from demo.sockets import Served, listening
from demo.zones import Zones, absolute


@dataclass(eq=False)
class Resolvers(Served):
    """Resolvers that are being served, with the ways to spoil them. ``at`` is a resolver's address; None means all."""

    recursor: Recursor = field(kw_only=True)

    def flush(self, at: str | None = None) -> None:
        """Forget everything that was cached."""
        for cache in self.recursor.caches_of(at):
            cache.flush()

    def freeze(self, at: str | None = None, frozen: bool = True) -> None:
        """Go on telling what is cached although its time is over (RFC 8767); ``frozen=False`` ends it."""
        for cache in self.recursor.caches_of(at):
            cache.frozen = frozen

    def lie(self, name: str, rdtype: str, *values: str, ttl: int = 60, at: str | None = None) -> None:
        """Tell ``values`` whatever the zone says; no value means NXDOMAIN. :meth:`truth` ends it."""
        for address in self.addresses if at is None else (at,):
            self.recursor.lies[address, absolute(name), rdtype] = (ttl, values)

    def truth(self, at: str | None = None) -> None:
        """End the lies."""
        for place in [place for place in self.recursor.lies if at in (None, place[0])]:
            del self.recursor.lies[place]

    def bogus(self, origin: str, failing: bool = True) -> None:
        """Let DNSSEC validation fail at and below ``origin``: SERVFAIL, except with the CD bit (RFC 4035 §3.2.2)."""
        change = self.recursor.bogus.add if failing else self.recursor.bogus.discard
        change(absolute(origin))

    def recover(self) -> None:
        """Forget caches, lies and everything else that was done to them."""
        self.flush()
        self.freeze(frozen=False)
        self.truth()
        self.recursor.bogus.clear()

    def prime(self, name: str, rdtype: str, at: str | None = None) -> None:
        """Ask as any stranger might, so that the answer of this moment is cached."""
        for address in self.addresses if at is None else (at,):
            self.recursor.resolve(address, absolute(name), dns.rdatatype.from_text(rdtype))


@contextmanager
def serve_resolvers(
    zones: Zones,
    addresses: Sequence[str] = ("127.0.0.11",),
    port: int = 0,
    *,
    servers: Sequence[str] = ("127.0.0.1",),
    clock: Moment = time.monotonic,
) -> Iterator[Resolvers]:
    """Serve a resolver with a cache of its own on every address, UDP and TCP at the same port.

    ``servers`` are the addresses of authoritative servers that can be reached: those with a root zone are where the
    walk begins; where none has one, all are asked directly. ``clock`` gives seconds and never goes back.
    Faults of ``zones`` hold for the resolvers' addresses too. Raises LoopbackError as nameserver.serve does.
    """
    recursor = Recursor(zones, tuple(servers), clock, tuple(addresses))
    with listening(recursor, addresses, port) as served:
        resolvers = Resolvers(served.addresses, served.port, served.log, served.counts, recursor=recursor)
        yield resolvers
