"""One response taken apart into the records of its sections, none of them read yet."""

from __future__ import annotations

from typing import NamedTuple

import dns.rdataclass

from publicdns.printable import NUL
from publicdns.wire.message import FIXED, HEADER, MAX_RECORDS, OPT, MalformedError, plain_ttl, skip_name

EDE = 15  # RFC 8914


class Row(NamedTuple):
    """One resource record as it lies in the message. Its names are read when somebody needs them."""

    named_at: int
    rdtype: int
    ttl: int
    start: int
    stop: int


class Sections(NamedTuple):
    """A message taken apart: IN records only, the OPT record's two gifts by themselves."""

    answer: tuple[Row, ...]
    authority: tuple[Row, ...]
    additional: tuple[Row, ...]
    extended_rcode: int
    remark: str


def take_apart(message: bytes, at: int) -> Sections:
    """The records behind the question section, which ends at ``at``. Raises one of UNREADABLE."""
    counts = HEADER.unpack_from(message)[3:]
    if sum(counts) > MAX_RECORDS:
        raise MalformedError("more records than anybody publishes")
    parts: list[tuple[Row, ...]] = []
    extended_rcode, remark = 0, ""
    for count in counts:
        rows = []
        for _ in range(count):
            named_at, at = at, skip_name(message, at)
            rdtype, rdclass, ttl, size = FIXED.unpack_from(message, at)
            start, at = at + 10, at + 10 + size
            if at > len(message):
                raise MalformedError("a record that leaves the message")
            if rdtype == OPT and len(parts) == 2:
                extended_rcode, remark = ttl >> 24, _remark(message[start:at])
            elif rdclass == dns.rdataclass.IN:
                rows.append(Row(named_at, rdtype, plain_ttl(ttl), start, at))
        parts.append(tuple(rows))
    if at != len(message):
        raise MalformedError("octets behind the last record")
    return Sections(parts[0], parts[1], parts[2], extended_rcode, remark)


def _remark(options: bytes) -> str:
    """The server's own words on a failure, where it gave any (RFC 8914)."""
    at = 0
    while at + 4 <= len(options):
        code, size = int.from_bytes(options[at : at + 2], "big"), int.from_bytes(options[at + 2 : at + 4], "big")
        body = options[at + 4 : at + 4 + size]
        if code == EDE and len(body) >= 2:
            words = body[2:].rstrip(b"\0").decode("utf-8", "backslashreplace").replace("\0", NUL)
            return f"EDE {int.from_bytes(body[:2], 'big')} {words}".rstrip()
        at += 4 + size
    return ""
