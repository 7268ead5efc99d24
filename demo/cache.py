"""A resolver's cache: what was heard, until when it may be told again (RFC 1035 §3.2.1, RFC 2308 §5, RFC 9520 §3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from demo.zones import Name, absolute

LONGEST = 86_400  # seconds a record is kept at most
LONGEST_NEGATIVE = 10_800  # seconds (RFC 2308 §5)
FAILURE = 5.0  # seconds a failure is remembered (RFC 9520 §3.2 allows 1 to 300)
STALE_TTL = 30  # seconds (RFC 8767 §5)
Rdatatype = dns.rdatatype.RdataType


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing to tell again. ``rrset`` is the record set, or the SOA that came with a negative answer."""

    rcode: dns.rcode.Rcode
    rrset: dns.rrset.RRset | None
    negative: bool
    until: float  # moment of the resolver's clock, seconds


@dataclass(eq=False)
class Cache:
    """One resolver's memory. ``frozen`` keeps everything for ever, as a resolver does that serves stale answers."""

    frozen: bool = False
    _heard: dict[tuple[Name, Rdatatype | None], Heard] = field(default_factory=dict)

    def get(self, name: Name, rdtype: Rdatatype, now: float) -> Heard | None:
        """What is known of ``name`` and ``rdtype`` at ``now``: records, an alias, an absence, or a failure."""
        for kind in (rdtype, dns.rdatatype.CNAME, None):
            heard = self._heard.get((name, kind))
            if heard is None or (heard.until <= now and not self.frozen):
                continue
            if kind == rdtype or not (kind == dns.rdatatype.CNAME and heard.negative):
                return heard
        return None

    def keep(self, reply: dns.message.QueryMessage, name: Name, rdtype: Rdatatype, now: float) -> None:
        """Remember an authoritative reply: each record set by itself, or that there is none."""
        for rrset in reply.answer:
            until = now + min(rrset.ttl, LONGEST)
            self._heard[absolute(rrset.name), rrset.rdtype] = Heard(dns.rcode.NOERROR, rrset, False, until)
        end = _end_of_chain(reply, name, rdtype)
        if end is None:
            return
        soa = next((rrset for rrset in reply.authority if rrset.rdtype == dns.rdatatype.SOA), None)
        if soa is None:
            return
        ttl = min(soa.ttl, soa[0].minimum, LONGEST_NEGATIVE)
        kind = None if reply.rcode() == dns.rcode.NXDOMAIN else rdtype
        self._heard[end, kind] = Heard(reply.rcode(), soa, True, now + ttl)

    def keep_failure(self, name: Name, rdtype: Rdatatype, now: float) -> None:
        """Remember that nobody could be asked."""
        self._heard[name, rdtype] = Heard(dns.rcode.SERVFAIL, None, True, now + FAILURE)

    def flush(self) -> None:
        """Forget everything."""
        self._heard.clear()

    def left(self, heard: Heard, now: float) -> int:
        """Seconds that ``heard`` may still be kept; a stale answer says 30 (RFC 8767 §5)."""
        return STALE_TTL if heard.until <= now else int(heard.until - now + 0.999)


def _end_of_chain(reply: dns.message.QueryMessage, name: Name, rdtype: Rdatatype) -> Name | None:
    """The name at the end of the aliases in ``reply`` when it has no record of ``rdtype``; None when it has."""
    found = {(absolute(rrset.name), rrset.rdtype): rrset for rrset in reply.answer}
    for _ in range(len(found) + 1):
        if (name, rdtype) in found:
            return None
        alias = found.get((name, dns.rdatatype.CNAME))
        if alias is None:
            return name
        name = absolute(alias[0].target)
    return None
