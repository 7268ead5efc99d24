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


def troubled(trouble: Trouble, query: Query, zone: Zone | None, tag: bytes, truth: bytes, transport: str) -> Reply:
    """What goes out instead of ``truth`` (the right answer without its id ``tag``)."""
    fault = trouble.fault
    true = tag + truth
    if fault is Fault.DROP:
        return Reply()
    if fault in (Fault.NO_TCP, Fault.SILENT_TCP, Fault.BROKEN_TCP):
        return _refuse_tcp(trouble, true, transport)
    if fault in FORGED:
        packets = (_forged(fault, query, tag, truth), *((true,) if trouble.followed else ()))
        return Reply(packets, trouble.seconds, elsewhere=1 if fault is Fault.WRONG_SOURCE else 0)
    spoil = SPOILT.get(fault)
    if spoil is None:
        return Reply((true,), trouble.seconds)
    if fault is Fault.TRUNCATE and transport == "tcp":
        return Reply((true,), trouble.seconds)
    reply = spoil(query, zone)
    return Reply((tag + render(reply, query, transport)[2:],), trouble.seconds)


def _refuse_tcp(trouble: Trouble, true: bytes, transport: str) -> Reply:
    if transport == "udp":
        return Reply((true,), trouble.seconds)
    if trouble.fault is Fault.SILENT_TCP:
        return Reply()
    return Reply((true,), trouble.seconds, hang_up=trouble.fault is Fault.NO_TCP, cut=trouble.fault is Fault.BROKEN_TCP)


def _forged(fault: Fault, query: Query, tag: bytes, truth: bytes) -> bytes:
    if fault is Fault.JUNK:
        return tag + b"\x84\xff<script>\x00\x1b[2J"
    if fault is Fault.WRONG_ID:
        return bytes((tag[0] ^ 0xFF, tag[1])) + truth
    if fault is Fault.WRONG_SOURCE:
        return tag + truth
    question = query.message.question[0]
    reply = authority.empty(query.message)
    reply.flags |= dns.flags.AA
    if fault is Fault.WRONG_QUESTION:
        reply.question = [dns.rrset.RRset(STRANGER, question.rdclass, question.rdtype)]
    reply.answer.append(dns.rrset.from_text(STRANGER, 60, dns.rdataclass.IN, dns.rdatatype.TXT, '"forged"'))
    return tag + reply.to_wire()[2:]


def _empty(query: Query, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> dns.message.QueryMessage:
    reply = authority.empty(query.message)
    reply.set_rcode(rcode)
    return reply


def _nxdomain(query: Query, zone: Zone | None) -> dns.message.QueryMessage:
    reply = _empty(query, dns.rcode.NXDOMAIN)
    reply.flags |= dns.flags.AA
    if zone is not None:
        authority.negative(reply, zone)
    return reply


def _nxdomain_with_answer(query: Query, zone: Zone | None) -> dns.message.QueryMessage:
    reply = authority.answer(query.message, zone)
    reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def _lame(query: Query, _: Zone | None) -> dns.message.QueryMessage:
    reply = _empty(query)
    root = dns.rrset.from_text(dns.name.root, 3600, dns.rdataclass.IN, dns.rdatatype.NS, "a.root-servers.invalid.")
    reply.authority.append(root)
    return reply


def _nothing(query: Query, _: Zone | None) -> dns.message.QueryMessage:
    reply = _empty(query)
    reply.flags |= dns.flags.AA
    return reply


def _without_aa(query: Query, zone: Zone | None) -> dns.message.QueryMessage:
    reply = authority.answer(query.message, zone)
    reply.flags &= ~dns.flags.AA
    return reply


def _without_soa(query: Query, zone: Zone | None) -> dns.message.QueryMessage:
    reply = authority.answer(query.message, zone)
    reply.authority[:] = [rrset for rrset in reply.authority if rrset.rdtype != dns.rdatatype.SOA]
    return reply


def _truncated(query: Query, zone: Zone | None) -> dns.message.QueryMessage:
    reply = authority.answer(query.message, zone)
    cut_short(reply)
    return reply


def _no_edns(query: Query, zone: Zone | None) -> dns.message.QueryMessage:
    if query.message.edns < 0:
        return authority.answer(query.message, zone)
    reply = _empty(query, dns.rcode.FORMERR)
    reply.use_edns(-1)
    return reply


SPOILT: dict[Fault, Callable[[Query, Zone | None], dns.message.QueryMessage]] = {
    Fault.SERVFAIL: lambda query, _: _empty(query, dns.rcode.SERVFAIL),
    Fault.REFUSED: lambda query, _: _empty(query, dns.rcode.REFUSED),
    Fault.NXDOMAIN: _nxdomain,
    Fault.NXDOMAIN_WITH_ANSWER: _nxdomain_with_answer,
    Fault.LAME: _lame,
    Fault.EMPTY: _nothing,
    Fault.NO_AA: _without_aa,
    Fault.NO_SOA: _without_soa,
    Fault.TRUNCATE: _truncated,
    Fault.FORMERR_EDNS: _no_edns,
}
