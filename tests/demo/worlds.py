"""A zone and a way to ask, for the tests of the servers."""

from __future__ import annotations

import dns.message
import dns.query

from demo.sockets import Served

CONTOSO = """$TTL 60
@ SOA ns1 host 1 60 60 60 30
@ NS ns1
@ NS ns2
ns1 A 127.0.0.2
ns2 A 127.0.0.3
@ MX 10 mail
mail A 192.0.2.1
alias CNAME mail
outside CNAME www.fabrikam.test.
lost CNAME nowhere
into CNAME www.sub
circle CNAME circle2
circle2 CNAME circle
*.wild TXT "anything"
deep.empty TXT "below"
sub NS ns.sub
ns.sub A 127.0.0.4
two TXT "MS=" "ms12345678"
"""
BIG = " ".join(f'"{"x" * 200}{n}"' for n in range(9))


def ask(
    served: Served,
    name: str,
    rdtype: str,
    address: str | None = None,
    *,
    tcp: bool = False,
    payload: int | None = 1232,
    flags: int | None = None,
    timeout: float = 5.0,
) -> dns.message.Message:
    """One question to a loopback server, over one transport, with nothing forgiven."""
    query = dns.message.make_query(name, rdtype, use_edns=payload is not None, payload=payload)
    if flags is not None:
        query.flags = dns.flags.Flag(flags)
    over = dns.query.tcp if tcp else dns.query.udp
    return over(query, address or served.address, port=served.port, timeout=timeout)


def values(reply: dns.message.Message) -> list[str]:
    """The records of the answer section as text, without owner and TTL."""
    return sorted(rdata.to_text() for rrset in reply.answer for rdata in rrset)
