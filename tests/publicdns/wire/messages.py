"""Answers made with dnspython, in every shape a server may give them."""

from __future__ import annotations

import random

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.renderer
import dns.rrset

from publicdns.wire.message import encode_question

SOA = "contoso.test. 3600 IN SOA ns1.contoso.test. host.contoso.test. 7 3600 600 86400 300"
ABOVE = SOA.replace("contoso.test. 3600", "test. 3600")
TEXTS = (
    'contoso.test. 60 IN TXT "v=spf1 -all"',
    'contoso.test. 60 IN TXT "MS=ms12345678"',
    'contoso.test. 60 IN TXT "a" "b"',
)
DELEGATION = ("contoso.test. 60 IN NS ns1.contoso.test.",)
SIP = ("_sip._tls.contoso.test. 60 IN SRV 100 1 443 sipdir.online.lync.com.",)
MAIL = ("contoso.test. 60 IN MX 10 mx1.contoso.test.", "contoso.test. 60 IN MX 20 MX2.other.test.")


def rrset(line: str) -> dns.rrset.RRset:
    """One record from its master-file line."""
    name, ttl, rdclass, rdtype, *rest = line.split(" ")
    return dns.rrset.from_text(name, int(ttl), rdclass, rdtype, " ".join(rest))


def message(
    name: str = "contoso.test",
    rdtype: str = "TXT",
    answer: tuple[str, ...] = (),
    authority: tuple[str, ...] = (),
    additional: tuple[str, ...] = (),
    rcode: int = 0,
    flags: int = dns.flags.QR | dns.flags.AA,
    compress: bool = True,
    edns: bool = True,
    options: tuple[dns.edns.Option, ...] = (),
) -> bytes:
    """A response in wire form; records in the order given, names compressed or spelt out."""
    render = dns.renderer.Renderer(id=0x1234, flags=flags | rcode & 0xF, max_size=65535)
    render.compress = {} if compress else Forgetful()
    render.add_question(dns.name.from_text(name), dns.rdatatype.from_text(rdtype))
    for section, lines in ((1, answer), (2, authority), (3, additional)):
        for line in lines:
            render.add_rrset(section, rrset(line))
    if edns:
        render.add_edns(0, (rcode >> 4) << 24, 1232, list(options))
    render.write_header()
    return render.get_wire()


class Forgetful(dict):
    """A compression table that remembers nothing."""

    def __setitem__(self, key: object, value: object) -> None:
        return


def asked(name: str = "contoso.test", rdtype: str = "TXT") -> bytes:
    """The question section as the wire sends it."""
    return encode_question(name, rdtype)


SEEDS = (
    (message(answer=TEXTS), asked()),
    (message(answer=TEXTS, authority=DELEGATION, additional=("ns1.contoso.test. 60 IN A 192.0.2.1",)), asked()),
    (message(rdtype="MX", answer=MAIL), asked(rdtype="MX")),
    (message(rdtype="SOA", answer=(SOA,)), asked(rdtype="SOA")),
    (message(authority=(SOA,)), asked()),
    (message("nope.contoso.test", authority=(SOA,), rcode=3), asked("nope.contoso.test")),
    (message("nope.contoso.test", authority=(ABOVE,), rcode=3, compress=False), asked("nope.contoso.test")),
    (
        message("www.contoso.test", answer=("www.contoso.test. 60 IN CNAME contoso.test.", *TEXTS)),
        asked("www.contoso.test"),
    ),
    (message("_sip._tls.contoso.test", "SRV", answer=SIP), asked("_sip._tls.contoso.test", "SRV")),
)


def mutated(dice: random.Random, packet: bytes) -> bytes:
    """``packet`` with a few octets changed, cut, doubled or torn out, its question left alone most of the time."""
    octets = bytearray(packet)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 16))):
        at = dice.randrange(2, len(octets))
        match dice.randrange(6):
            case 0:
                octets[at] = dice.randrange(256)
            case 1:
                octets[at] ^= 1 << dice.randrange(8)
            case 2:
                del octets[at : at + dice.randrange(1, 8)]
            case 3:
                octets[at:at] = dice.randbytes(dice.randrange(1, 8))
            case 4:
                octets[at : at + 2] = (0xC000 | dice.randrange(len(octets))).to_bytes(2, "big")
            case 5 if at > 16:
                del octets[at:]
        if len(octets) < 14:
            octets += bytes(14)
    return bytes(octets)
