"""DNS messages as bytes: one question in, one answer out, cut to what the asker takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype

from demo.authority import LARGEST_UDP
from demo.sockets import Asked
from demo.zones import Name, plain

REMEMBERED = 50_000
K = TypeVar("K")
V = TypeVar("V")
PLAIN_UDP = 512  # bytes (RFC 1035 §4.2.1)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was parsed, with what it is about."""

    message: dns.message.QueryMessage
    asked: Asked
    wire: bytes

    @property
    def room(self) -> int:
        """How many bytes the asker takes over UDP (RFC 6891 §6.2.3)."""
        return max(PLAIN_UDP, min(self.message.payload, LARGEST_UDP)) if self.message.edns >= 0 else PLAIN_UDP


@dataclass(eq=False)
class Reader:
    """Reads questions, and remembers them: askers repeat themselves."""

    _queries: dict[bytes, Query] = field(default_factory=dict)

    def __call__(self, wire: bytes) -> Query | None:
        """A question from its bytes; None for anything that is not exactly one question."""
        tail = wire[2:]
        query = self._queries.get(tail)
        if query is None:
            query = _parse(wire)
            if query is not None:
                keep(self._queries, tail, query)
        return query


def keep(store: dict[K, V], key: K, value: V) -> None:
    """Remember, within bounds."""
    if len(store) >= REMEMBERED:
        store.clear()
    store[key] = value


def asking(name: Name, rdtype: dns.rdatatype.RdataType) -> Query:
    """The question a resolver sends on its way down."""
    message = dns.message.make_query(name, rdtype, use_edns=0, payload=LARGEST_UDP)
    return Query(message, Asked(plain(name), dns.rdatatype.to_text(rdtype)), b"")


def _parse(wire: bytes) -> Query | None:
    try:
        message = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if not isinstance(message, dns.message.QueryMessage) or message.flags & dns.flags.QR or len(message.question) != 1:
        return None
    question = message.question[0]
    return Query(message, Asked(plain(question.name), dns.rdatatype.to_text(question.rdtype)), wire[2:])


def render(reply: dns.message.Message, query: Query, transport: str) -> bytes:
    """Bytes for ``transport``; over UDP an answer that does not fit becomes an empty one with TC (RFC 2181 §9)."""
    wire = reply.to_wire(max_size=65535)
    if transport == "tcp" or len(wire) <= query.room:
        return wire
    return cut_short(reply)


def cut_short(reply: dns.message.Message) -> bytes:
    """The same answer with TC and without a record."""
    reply.flags |= dns.flags.TC
    for section in (reply.answer, reply.authority, reply.additional):
        section.clear()
    return reply.to_wire()
