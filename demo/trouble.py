"""From a fault and the right answer to the bytes that are really sent."""

from __future__ import annotations

from collections.abc import Callable

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from demo import authority
from demo.faults import FORGED, Fault, Trouble
from demo.messages import Query, cut_short, render
from demo.sockets import Reply
from demo.zones import Zone

STRANGER = dns.name.from_text("unrelated.invalid.")


def troubled(
    trouble: Trouble, query: Query, zone: Zone | None, tag: bytes, right: dns.message.QueryMessage, transport: str
) -> Reply:
    """What goes out, under the id ``tag``, instead of the message ``right`` (which is used up)."""
    fault = trouble.fault
    if fault is Fault.DROP:
        return Reply()
    spoil = SPOILT.get(fault)
    if spoil is not None and not (fault is Fault.TRUNCATE and transport == "tcp"):
        spoil(right, query, zone)
    true = tag + render(right, query, transport)[2:]
    if fault in (Fault.NO_TCP, Fault.SILENT_TCP, Fault.BROKEN_TCP):
        return _refuse_tcp(trouble, true, transport)
    if fault in FORGED:
        packets = (_forged(fault, query, true), *((true,) if trouble.followed else ()))
        return Reply(packets, trouble.seconds, elsewhere=1 if fault is Fault.WRONG_SOURCE else 0)
    return Reply((true,), trouble.seconds)


def heard(trouble: Trouble | None, query: Query, zone: Zone | None) -> dns.message.QueryMessage | None:
    """What a careful resolver takes from a server: it ignores forgeries and knows TCP. None when nothing is left."""
    reply = authority.answer(query.message, zone)
    if trouble is None:
        return reply
    fault = trouble.fault
    if fault is Fault.DROP or (fault in FORGED and not trouble.followed):
        return None
    if fault in SPOILT and fault not in (Fault.TRUNCATE, Fault.FORMERR_EDNS):
        SPOILT[fault](reply, query, zone)
    return reply


def _refuse_tcp(trouble: Trouble, true: bytes, transport: str) -> Reply:
    if transport == "udp":
        return Reply((true,), trouble.seconds)
    if trouble.fault is Fault.SILENT_TCP:
        return Reply()
    return Reply((true,), trouble.seconds, hang_up=trouble.fault is Fault.NO_TCP, cut=trouble.fault is Fault.BROKEN_TCP)


def _forged(fault: Fault, query: Query, true: bytes) -> bytes:
    if fault is Fault.JUNK:
        return true[:2] + b"\x84\xff<script>\x00\x1b[2J"
    if fault is Fault.WRONG_ID:
        return bytes((true[0] ^ 0xFF, true[1])) + true[2:]
    if fault is Fault.WRONG_SOURCE:
        return true
    question = query.message.question[0]
    reply = authority.empty(query.message)
    reply.flags |= dns.flags.AA
    if fault is Fault.WRONG_QUESTION:
        reply.question = [dns.rrset.RRset(STRANGER, question.rdclass, question.rdtype)]
    reply.answer.append(dns.rrset.from_text(STRANGER, 60, dns.rdataclass.IN, dns.rdatatype.TXT, '"forged"'))
    return true[:2] + reply.to_wire()[2:]


def _empty(reply: dns.message.QueryMessage, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> None:
    reply.set_rcode(rcode)
    for section in (reply.answer, reply.authority, reply.additional):
        section.clear()


def _servfail(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    _empty(reply, dns.rcode.SERVFAIL)
    reply.flags &= ~dns.flags.AA


def _refused(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    _empty(reply, dns.rcode.REFUSED)
    reply.flags &= ~dns.flags.AA


def _nxdomain(reply: dns.message.QueryMessage, _: Query, zone: Zone | None) -> None:
    _empty(reply, dns.rcode.NXDOMAIN)
    if zone is not None:
        reply.flags |= dns.flags.AA
        authority.negative(reply, zone)


def _nxdomain_with_answer(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    reply.set_rcode(dns.rcode.NXDOMAIN)


def _lame(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    _empty(reply)
    reply.flags &= ~dns.flags.AA
    root = dns.rrset.from_text(dns.name.root, 3600, dns.rdataclass.IN, dns.rdatatype.NS, "a.root-servers.invalid.")
    reply.authority.append(root)


def _nothing(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    _empty(reply)


def _without_aa(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    reply.flags &= ~dns.flags.AA


def _without_soa(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    reply.authority[:] = [rrset for rrset in reply.authority if rrset.rdtype != dns.rdatatype.SOA]


def _truncated(reply: dns.message.QueryMessage, _: Query, __: Zone | None) -> None:
    cut_short(reply)


def _no_edns(reply: dns.message.QueryMessage, query: Query, _: Zone | None) -> None:
    if query.message.edns >= 0:
        _empty(reply, dns.rcode.FORMERR)
        reply.use_edns(-1)


SPOILT: dict[Fault, Callable[[dns.message.QueryMessage, Query, Zone | None], None]] = {
    Fault.SERVFAIL: _servfail,
    Fault.REFUSED: _refused,
    Fault.NXDOMAIN: _nxdomain,
    Fault.NXDOMAIN_WITH_ANSWER: _nxdomain_with_answer,
    Fault.LAME: _lame,
    Fault.EMPTY: _nothing,
    Fault.NO_AA: _without_aa,
    Fault.NO_SOA: _without_soa,
    Fault.TRUNCATE: _truncated,
    Fault.FORMERR_EDNS: _no_edns,
}
