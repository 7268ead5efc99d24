"""The two kinds of response that nearly all are, each read in one pass: what was asked for, and a proven absence."""

from __future__ import annotations

import re
from struct import Struct

import dns.exception

from publicdns.answers import Outcome, Record
from publicdns.wire.digests import digest_row, sealed, soa_proof
from publicdns.wire.message import (
    AA,
    FIXED,
    HEADER,
    HEADER_SIZE,
    IN,
    MAX_RECORDS,
    SOA,
    TC,
    UNREADABLE,
    canonical_rdata,
    negative_ttl,
    owner_above,
    plain_ttl,
    skip_name,
)
from publicdns.wire.said import Reading, absent, found
from publicdns.wire.values import mnemonic, value_text

NO_ANSWERS = b"\0\0"  # the answer section's count
TTL_AND_SIZE = Struct("!IH")  # behind a record's type and class
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
        at, name, kind = HEADER_SIZE + len(asked), asked[:-4], mnemonic(wanted)
        its_own = TO_THE_QUESTION + asked[-4:]
        records, digested = [], []
        for _ in range(answers):
            if message[at : at + 6] != its_own:
                return None
            ttl, size = TTL_AND_SIZE.unpack_from(message, at + 6)
            start = at + 12
            at = start + size
            rdata = canonical_rdata(message, wanted, start, at)
            records.append(Record(kind, value_text(wanted, rdata), plain_ttl(ttl)))
            digested.append(digest_row(name, wanted, IN, 0 if recursive else ttl, rdata))
        serial = negative_ttl(message, 0, start, at)[1] if wanted == SOA else None
        for _ in range(authorities):
            at = skip_name(message, at)
            rdtype, _, _, size = FIXED.unpack_from(message, at)
            if rdtype == SOA:
                return None
            at += 10 + size
        if not (PLAIN_OPT(message[at:]) if additionals else at == len(message)):
            return None
    except (*UNREADABLE, dns.exception.DNSException):
        return None
    return found(tuple(records), bool(flags & AA), serial, sealed(digested, b"", flags, asked, recursive))


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
        if rdtype != SOA or rdclass != IN:
            return None
        if not (PLAIN_OPT(message[stop:]) if additionals else stop == len(message)):
            return None
        keep, serial = negative_ttl(message, ttl, start, stop)
        if (found_above := owner_above(message, named_at, asked[:-4])) is None:
            return None
        owner, above = found_above
    except UNREADABLE:
        return None
    outcome = Outcome.NXDOMAIN if rcode else Outcome.EMPTY
    seen = sealed([], soa_proof(owner, keep, recursive), flags, asked, recursive)
    return absent(outcome, bool(flags & AA), keep, serial, above, seen)
