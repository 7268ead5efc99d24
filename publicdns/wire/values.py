"""The text of a record's parts: dnspython parses and spells, what repeats itself is kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from publicdns.wire.message import CNAME, NS, SOA

WORTH_KEEPING = 512  # octets: what is longer is somebody's oddity, and would make the memory of this process theirs


@lru_cache(maxsize=256)
def mnemonic(rdtype: int) -> str:
    """A type's name."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))


@lru_cache(maxsize=4096)
def name_text(wire: bytes) -> str:
    """A name in wire form as text: lower-case, no trailing dot, odd octets escaped as dnspython does."""
    return plain(dns.name.from_wire(wire, 0)[0])


def plain(name: dns.name.Name) -> str:
    """A dnspython name as canonical text."""
    return name.canonicalize().to_text(omit_final_dot=True)


def value_text(rdtype: int, rdata: bytes) -> str:
    """The canonical value of one record, as :class:`~publicdns.answers.Record` documents it. Raises DNSException.

    Kept by its decompressed octets: the same name servers, mail hosts and policies are published for domain after
    domain.
    """
    return (_kept_value if len(rdata) <= WORTH_KEEPING else _value)(rdtype, rdata)


def _value(rdtype: int, rdata: bytes) -> str:
    parsed: Any = dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.RdataType.make(rdtype), rdata, 0, len(rdata))
    spell = SPELLINGS.get(rdtype)
    return spell(parsed) if spell else str(parsed.to_text())


def _strings(rdata: Any) -> str:
    return b"".join(rdata.strings).decode("latin-1")


def _target(rdata: Any) -> str:
    return plain(rdata.target)


def _mx(rdata: Any) -> str:
    return f"{rdata.preference} {plain(rdata.exchange)}"


def _srv(rdata: Any) -> str:
    return f"{rdata.priority} {rdata.weight} {rdata.port} {plain(rdata.target)}"


def _soa(rdata: Any) -> str:
    numbers = (rdata.serial, rdata.refresh, rdata.retry, rdata.expire, rdata.minimum)
    return " ".join([plain(rdata.mname), plain(rdata.rname), *map(str, numbers)])


SPELLINGS: dict[int, Callable[[Any], str]] = {
    NS: _target, CNAME: _target, 12: _target, 39: _target, SOA: _soa, 15: _mx, 16: _strings, 33: _srv, 99: _strings,
}  # fmt: skip
_kept_value = lru_cache(maxsize=8192)(_value)
