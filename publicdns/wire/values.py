"""The text of a record's parts. The few types that every look meets are spelt here, the others by dnspython; what
repeats itself is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from publicdns.printable import NUL
from publicdns.wire.message import CNAME, NS, SOA, MalformedError, skip_name

SRV = 33
SOA_NUMBERS = Struct("!IIIII")  # serial, refresh, retry, expire, minimum (RFC 1035 §3.3.13)
ORDINARY = b"abcdefghijklmnopqrstuvwxyz0123456789-_."  # what a name as people write it is made of

WORTH_KEEPING = 512  # octets: what is longer is somebody's oddity, and would make the memory of this process theirs


@lru_cache(maxsize=256)
def mnemonic(rdtype: int) -> str:
    """A type's name."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))


@lru_cache(maxsize=2048)
def name_text(wire: bytes) -> str:
    """A name in wire form, lower-case, as text: no trailing dot, odd octets escaped as dnspython does."""
    labels, at = [], 0
    while size := wire[at]:
        start, at = at + 1, at + 1 + size
        labels.append(wire[start:at])
    text = b".".join(labels)
    if at + 1 != len(wire) or text.translate(None, ORDINARY) or text.count(b".") >= len(labels):
        return plain(dns.name.from_wire(wire, 0)[0])
    return text.decode()


def plain(name: dns.name.Name) -> str:
    """A dnspython name as canonical text."""
    return name.canonicalize().to_text(omit_final_dot=True)


def value_text(rdtype: int, rdata: bytes) -> str:
    """The canonical value of one record, as :class:`~publicdns.answers.Record` documents it; names in ``rdata`` are
    decompressed and lower-cased. Raises MalformedError or DNSException.

    Kept by its octets: the same name servers, mail hosts and policies are published for domain after domain.
    """
    return (_kept_value if len(rdata) <= WORTH_KEEPING else _value)(rdtype, rdata)


def _value(rdtype: int, rdata: bytes) -> str:
    spell = SPELLINGS.get(rdtype)
    return spell(rdata) if spell else str(_parsed(rdtype, rdata).to_text())


def _parsed(rdtype: int, rdata: bytes) -> Any:
    return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.RdataType.make(rdtype), rdata, 0, len(rdata))


def _strings(rdata: bytes) -> str:
    """The character-strings of a TXT record, joined (RFC 1035 §3.3.14, RFC 7208 §3.3)."""
    pieces = []
    at, end = 0, len(rdata)
    while at < end:
        start, at = at + 1, at + 1 + rdata[at]
        pieces.append(rdata[start:at])
    if at != end or not pieces:
        raise MalformedError("text that does not fill its record")
    return b"".join(pieces).decode("latin-1").replace("\0", NUL)


def _target(rdata: bytes) -> str:
    if skip_name(rdata, 0) != len(rdata):
        raise MalformedError("a name that does not fill its record")
    return name_text(rdata)


def _mx(rdata: bytes) -> str:
    return f"{int.from_bytes(rdata[:2], 'big')} {_target(rdata[2:])}"


def _srv(rdata: bytes) -> str:
    parsed = _parsed(SRV, rdata)
    return f"{parsed.priority} {parsed.weight} {parsed.port} {plain(parsed.target)}"


def _soa(rdata: bytes) -> str:
    middle = skip_name(rdata, 0)
    end = skip_name(rdata, middle)
    if len(rdata) != end + SOA_NUMBERS.size:
        raise MalformedError("an SOA of another length")
    numbers = map(str, SOA_NUMBERS.unpack_from(rdata, end))
    return " ".join([name_text(rdata[:middle]), name_text(rdata[middle:end]), *numbers])


SPELLINGS: dict[int, Callable[[bytes], str]] = {
    NS: _target, CNAME: _target, 12: _target, 39: _target, SOA: _soa, 15: _mx, 16: _strings, SRV: _srv, 99: _strings,
}  # fmt: skip
_kept_value = lru_cache(maxsize=2048)(_value)
