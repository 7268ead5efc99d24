"""Authoritative name servers on loopback, serving Zones on UDP and TCP, with every fault a test can wish for.

zones = Zones()
zones.load("contoso.test", "$TTL 60\\n@ SOA ns1 host 1 60 60 60 30\\n@ NS ns1\\nns1 A 127.0.0.2\\n")
with serve(zones, ("127.0.0.2", "127.0.0.3")) as served:
    zones.put("contoso.test", 60, "TXT", '"MS=ms12345678"', at="127.0.0.2")
    zones.fault(None, None, Fault.SERVFAIL, at="127.0.0.3")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.rdatatype

from demo import authority
from demo.faults import Fault
from demo.messages import Query, Reader, keep, render
from demo.sockets import Asked, Entry, LoopbackError, Reply, Served, listening
from demo.trouble import troubled
from demo.zones import Zone, Zones, absolute

__all__ = ["Entry", "Fault", "LoopbackError", "Served", "Zones", "serve"]


@contextmanager
def serve(zones: Zones, addresses: Sequence[str] = ("127.0.0.1",), port: int = 0) -> Iterator[Served]:
    """Serve ``zones`` on every address, UDP and TCP at the same port; port 0 picks one that is free on all of them.

    Raises LoopbackError, whose message is a sentence for a person, when an address or the port cannot be had.
    """
    with listening(Authority(zones), addresses, port) as served:
        yield served


@dataclass(eq=False)
class Authority:
    """The responder of an authoritative server. Rendered answers are kept until their zone changes."""

    zones: Zones
    _read: Reader = field(default_factory=Reader)
    _rendered: dict[tuple[bytes, str, str], tuple[int, Zone | None, int, bytes]] = field(default_factory=dict)

    def __call__(self, wire: bytes, address: str, transport: str) -> tuple[Asked | None, Reply]:
        """Answer one question; what is no question gets silence."""
        query = self._read(wire)
        if query is None:
            return None, Reply()
        with self.zones.lock:
            trouble = self.zones.troubles.meeting(address, query.asked.name, query.asked.rdtype)
            if trouble is None:
                return query.asked, Reply((wire[:2] + self._truth(query, address, transport),))
            zone = self._zone(query, address)
            right = authority.answer(query.message, zone)
        return query.asked, troubled(trouble, query, zone, wire[:2], right, transport)

    def _zone(self, query: Query, address: str) -> Zone | None:
        question = query.message.question[0]
        return self.zones.closest(absolute(question.name), address, above=question.rdtype == dns.rdatatype.DS)

    def _truth(self, query: Query, address: str, transport: str) -> bytes:
        """The right answer without its id."""
        key = (query.wire, address, transport)
        kept = self._rendered.get(key)
        if kept is not None:
            structure, zone, version, rendered = kept
            if structure == self.zones.version and (zone is None or zone.version == version):
                return rendered
        zone = self._zone(query, address)
        rendered = render(authority.answer(query.message, zone), query, transport)[2:]
        keep(self._rendered, key, (self.zones.version, zone, zone.version if zone else 0, rendered))
        return rendered
