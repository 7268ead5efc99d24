"""What an authoritative server answers, by the book: query and zone in, message out (RFC 1034 §4.3.2, RFC 4592)."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset

from demo.zones import Name, Rdatasets, Zone, absolute

LARGEST_UDP = 1232  # bytes: what careful servers send at most
LONGEST_ALIAS_CHAIN = 12
OWN_AT_THE_TOP = frozenset({dns.rdatatype.SOA, dns.rdatatype.NS})  # told even beside a forbidden CNAME at the apex
DELEGATED = frozenset({dns.rdatatype.MX, dns.rdatatype.NS, dns.rdatatype.SRV})


def answer(query: dns.message.QueryMessage, zone: Zone | None) -> dns.message.QueryMessage:
    """The answer to ``query`` from ``zone``; REFUSED when there is none."""
    reply = empty(query)
    if zone is None:
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    question = query.question[0]
    name = absolute(question.name)
    for _ in range(LONGEST_ALIAS_CHAIN):
        target = _add(reply, zone, name, question.rdtype)
        if target is None or not target.is_subdomain(zone.origin):
            break
        name = target
    return reply


def empty(query: dns.message.QueryMessage) -> dns.message.QueryMessage:
    """An answer to ``query`` with nothing in it, with EDNS when the question had it."""
    reply = dns.message.make_response(query, our_payload=LARGEST_UDP)
    assert isinstance(reply, dns.message.QueryMessage)
    return reply


def negative(reply: dns.message.Message, zone: Zone) -> None:
    """Put the zone's SOA into the authority section, with the TTL a negative answer has (RFC 2308 §3)."""
    soa = zone.nodes.get(zone.origin, {}).get(dns.rdatatype.SOA)
    if soa is not None:
        reply.authority.append(_rrset(zone.origin, soa, min(soa.ttl, soa[0].minimum)))


def _add(reply: dns.message.Message, zone: Zone, name: Name, rdtype: dns.rdatatype.RdataType) -> Name | None:
    """Add what the zone says about one name; returns where a CNAME points."""
    cut = _cut(zone, name, rdtype)
    if cut is not None:
        _refer(reply, zone, cut)
        return None
    reply.flags |= dns.flags.AA
    node = _node(zone, name)
    if node is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
        negative(reply, zone)
        return None
    return _add_node(reply, zone, name, node, rdtype)


def _add_node(
    reply: dns.message.Message, zone: Zone, name: Name, node: Rdatasets, rdtype: dns.rdatatype.RdataType
) -> Name | None:
    if rdtype == dns.rdatatype.ANY:
        reply.answer += [_rrset(name, rdataset) for rdataset in node.values()]
        return None
    alias = node.get(dns.rdatatype.CNAME)
    if alias is not None and rdtype != dns.rdatatype.CNAME and rdtype not in OWN_AT_THE_TOP.intersection(node):
        if any(rrset.name == name for rrset in reply.answer):
            return None
        reply.answer.append(_rrset(name, alias))
        return absolute(alias[0].target)
    if rdtype not in node:
        negative(reply, zone)
        return None
    reply.answer.append(_rrset(name, node[rdtype]))
    if rdtype in DELEGATED:
        _add_addresses(reply, zone, node[rdtype])
    return None


def _cut(zone: Zone, name: Name, rdtype: dns.rdatatype.RdataType) -> Name | None:
    """The delegation point at or above ``name``, if this zone hands it to somebody else. DS belongs to the parent."""
    for depth in range(len(zone.origin) + 1, len(name) + 1):
        ancestor = name.split(depth)[1]
        if dns.rdatatype.NS in zone.nodes.get(ancestor, {}):
            return None if ancestor == name and rdtype == dns.rdatatype.DS else ancestor
    return None


def _refer(reply: dns.message.Message, zone: Zone, cut: Name) -> None:
    servers = zone.nodes[cut][dns.rdatatype.NS]
    reply.authority.append(_rrset(cut, servers))
    _add_addresses(reply, zone, servers)


def _add_addresses(reply: dns.message.Message, zone: Zone, rdataset: dns.rdataset.Rdataset) -> None:
    for rdata in rdataset:
        host = absolute(rdata.exchange if rdataset.rdtype == dns.rdatatype.MX else rdata.target)
        for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
            addresses = zone.nodes.get(host, {}).get(kind)
            if addresses is not None:
                reply.additional.append(_rrset(host, addresses))


def _node(zone: Zone, name: Name) -> Rdatasets | None:
    """What is at a name: its own records, nothing (an empty non-terminal), a wildcard's (RFC 4592 §3.3.1), or None."""
    if zone.exists(name):
        return zone.nodes.get(name, {})
    encloser = name
    while not zone.exists(encloser):
        encloser = encloser.parent()
    return zone.nodes.get(dns.name.Name((b"*", *encloser.labels)))


def _rrset(name: Name, rdataset: dns.rdataset.Rdataset, ttl: int | None = None) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(name, rdataset.ttl if ttl is None else ttl, list(rdataset))
