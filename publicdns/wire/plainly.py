"""The two kinds of response that nearly all are, each read in one pass: what was asked for, and a proven absence."""

from __future__ import annotations

import re

import dns.exception
import dns.rdataclass

from publicdns.answers import Outcome, Record
from publicdns.wire.digests import digest_row, sealed, soa_proof
from publicdns.wire.message import (
    AA,
    FIXED,
    HEADER,
    HEADER_SIZE,
    MAX_RECORDS,
    SOA,
    TC,
    UNREADABLE,
    canonical_rdata,
    levels_above,
    negative_ttl,
    plain_ttl,
    read_name,
    skip_name,
)
from publicdns.wire.said import PREFIX, Reading
from publicdns.wire.values import mnemonic, value_text

NO_ANSWERS = b"\0\0"  # the answer section's count
TO_THE_QUESTION = b"\xc0\x0c"  # a pointer to the first name of the message
PLAIN_OPT = re.compile(rb"\0\0\x29..\0...\0\0", re.DOTALL).fullmatch  # no extended rcode, no options


def read_plainly(message: bytes, asked: bytes, recursive: bool) -> Reading | None:
    """What ``message`` says to the question section ``asked``; None where it has to be read closely."""
    plain = plain_presence if message[6:8] != NO_ANSWERS else plain_absence
    return plain(message, asked, recursive)


def plain_presence(message: bytes, asked: bytes, recursive: bool) -> Reading | None:
    """What is asked for, under its own name and with nothing to remark, in one pass. None for any other answer."""
    wanted = int.from_bytes(asked[-4:-2], "big")
    try:
        _, flags, _, answers, authorities, additionals = HEADER.unpack_from(message)
        if flags & (TC | 0x0F) or additionals > 1 or answers > (1 if wanted == SOA else MAX_RECORDS - authorities - 1):
            return None
        at, name = HEADER_SIZE + len(asked), asked[:-4]
        rows, digested = [], []
        for _ in range(answers):
            rdtype, rdclass, ttl, size = FIXED.unpack_from(message, at + 2)
            if message[at : at + 2] != TO_THE_QUESTION or rdtype != wanted or rdclass != dns.rdataclass.IN:
                return None
            start = at + 12
            at = start + size
            rdata = canonical_rdata(message, rdtype, start, at)
            rows.append((plain_ttl(ttl), rdata))
            digested.append(digest_row(name, rdtype, rdclass, 0 if recursive else ttl, rdata))
        serial = negative_ttl(message, 0, start, at)[1] if wanted == SOA else None
        for _ in range(authorities):
            at = skip_name(message, at)
            rdtype, _, _, size = FIXED.unpack_from(message, at)
            if rdtype == SOA:
                return None
            at += 10 + size
        if not (PLAIN_OPT(message[at:]) if additionals else at == len(message)):
            return None
        kind = mnemonic(wanted)
        records = tuple([Record(kind, value_text(wanted, rdata), ttl) for ttl, rdata in rows])
    except (*UNREADABLE, dns.exception.DNSException):
        return None
    seen = sealed(digested, b"", flags, asked, recursive)
    return Reading(
        Outcome.FOUND,
        records=records,
        authoritative=bool(flags & AA),
        soa_serial=serial,
        fingerprint=PREFIX[Outcome.FOUND] + seen,
    )


def plain_absence(message: bytes, asked: bytes, recursive: bool) -> Reading | None:
    """The most frequent answer by far, in one look: nothing there, and the zone's SOA says so. None for any other."""
    try:
        _, flags, _, answers, authorities, additionals = HEADER.unpack_from(message)
        rcode = flags & 0x0F
        if answers or authorities != 1 or additionals > 1 or rcode not in (0, 3) or flags & TC:
            return None
        named_at = HEADER_SIZE + len(asked)
        at = skip_name(message, named_at)
        rdtype, rdclass, ttl, size = FIXED.unpack_from(message, at)
        start, stop = at + 10, at + 10 + size
        if rdtype != SOA or rdclass != dns.rdataclass.IN:
            return None
        if not (PLAIN_OPT(message[stop:]) if additionals else stop == len(message)):
            return None
        keep, serial = negative_ttl(message, ttl, start, stop)
        if (above := levels_above(message, named_at, asked[:-4])) is None:
            return None
        proof = soa_proof(read_name(message, named_at)[0], keep, recursive)
    except UNREADABLE:
        return None
    outcome = Outcome.NXDOMAIN if rcode else Outcome.EMPTY
    return Reading(
        outcome,
        authoritative=bool(flags & AA),
        negative_ttl=keep,
        soa_serial=serial,
        soa_above=above,
        fingerprint=PREFIX[outcome] + sealed([], proof, flags, asked, recursive),
    )
