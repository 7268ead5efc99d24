"""One response, every record taken apart: what it amounts to, and why it is no evidence where it is none."""

from __future__ import annotations

from contextlib import suppress

import dns.exception
import dns.rcode

from publicdns.answers import Outcome, Reason, Record
from publicdns.wire.digests import digest
from publicdns.wire.message import (
    AA,
    CNAME,
    HEADER,
    HEADER_SIZE,
    NS,
    RA,
    SOA,
    TC,
    UNREADABLE,
    MalformedError,
    canonical_rdata,
    labels_between,
    negative_ttl,
    read_name,
)
from publicdns.wire.said import PREFIX, Reading
from publicdns.wire.sections import Row, Sections, take_apart
from publicdns.wire.values import mnemonic, name_text, value_text

MAX_ALIASES = 16
FOREIGN = "the SOA record is another zone's"
MAX_DETAIL = 200  # characters of somebody else's text that are kept
ADDRESSES = (1, 28)  # A, AAAA
REFUSALS = {2: Reason.SERVFAIL, 5: Reason.REFUSED}


def read_closely(message: bytes, asked: bytes, recursive: bool) -> Reading:
    """What ``message`` says to the question section ``asked``. Never raises: hostile bytes are FAILED, malformed."""
    try:
        sections = take_apart(message, HEADER_SIZE + len(asked))
        reading = _judge(message, sections, asked, recursive)
    except (*UNREADABLE, dns.exception.DNSException) as error:
        return Reading(Outcome.FAILED, Reason.MALFORMED, detail=str(error)[:MAX_DETAIL])
    if reading.outcome is Outcome.FAILED:
        return reading
    seen = digest(message, asked, recursive)
    if not seen:  # what the quick look refuses is no evidence, however much of it can be read
        return _malformed("truncated" if HEADER.unpack_from(message)[1] & TC else "a name that does not lead backwards")
    return reading._replace(fingerprint=PREFIX[reading.outcome] + seen)


def _judge(message: bytes, sections: Sections, asked: bytes, recursive: bool) -> Reading:
    flags = HEADER.unpack_from(message)[1]
    rcode = flags & 0x0F | sections.extended_rcode << 4
    if rcode not in (0, 3):
        return _refusal(rcode, sections.remark)
    authoritative = bool(flags & AA)
    chain, final, looping = follow(message, sections.answer, asked)
    aliases = _records(message, chain)
    if looping:
        return Reading(Outcome.FAILED, Reason.ALIAS_LOOP, aliases=aliases, authoritative=authoritative)
    wanted = int.from_bytes(asked[-4:-2], "big")
    relevant = [row for row in sections.answer if row.rdtype == wanted and owner(message, row) == final]
    if relevant and rcode == 0:
        serial = negative_ttl(message, 0, relevant[0].start, relevant[0].stop)[1] if wanted == SOA else None
        return Reading(
            Outcome.FOUND,
            records=_records(message, relevant, asked[:-4]),
            aliases=aliases,
            authoritative=authoritative,
            soa_serial=serial,
            glue=_readable(message, sections.additional),
            detail=sections.remark[:MAX_DETAIL],
        )
    if relevant:
        return _malformed("NXDOMAIN with an answer")
    if sections.answer and not chain:
        return _malformed("an answer about somebody else")
    outcome = Outcome.NXDOMAIN if rcode else Outcome.EMPTY
    return _absence(message, sections, outcome, flags, recursive, aliases, final)


def _refusal(rcode: int, remark: str) -> Reading:
    reason = REFUSALS.get(rcode, Reason.RCODE)
    words = [dns.rcode.to_text(dns.rcode.Rcode.make(rcode)), remark]
    detail = ": ".join(word for word in words if word)[:MAX_DETAIL]
    return Reading(Outcome.FAILED, reason, detail=detail, edns_refused=rcode in (1, 4, 16))


def _malformed(detail: str) -> Reading:
    return Reading(Outcome.FAILED, Reason.MALFORMED, detail=detail)


def follow(message: bytes, answer: tuple[Row, ...], asked: bytes) -> tuple[list[Row], bytes, bool]:
    """The CNAMEs on the way from the question's name, the name at their end, and whether they never end.

    A question for CNAME itself follows nothing.
    """
    chain: list[Row] = []
    name = asked[:-4]
    if int.from_bytes(asked[-4:-2], "big") == CNAME:
        return chain, name, False
    by_owner = {owner(message, row): row for row in answer if row.rdtype == CNAME}
    while (row := by_owner.get(name)) is not None:
        if len(chain) >= MAX_ALIASES:
            return chain, name, True
        chain.append(row)
        name, behind = read_name(message, row.start)
        if behind != row.stop:
            raise MalformedError("an alias that does not fill its record")
    return chain, name, False


def _absence(
    message: bytes,
    sections: Sections,
    outcome: Outcome,
    flags: int,
    recursive: bool,
    aliases: tuple[Record, ...],
    name: bytes,
) -> Reading:
    """No record of the type at ``name``, where the aliases lead: proven by AA or an SOA, a resolver's word, or the sign
    of a server that is not responsible.

    An authoritative server that only knows the alias has said nothing about its target: that is no evidence either.
    Neither is the SOA of a zone that ``name`` is not in (RFC 2308 §2): its server speaks of something else.
    """
    soas = [row for row in sections.authority if row.rdtype == SOA]
    above, soa = _fitting(message, soas, name)
    names = [row for row in sections.authority if row.rdtype == NS]
    glue = [row for row in sections.additional if row.rdtype in ADDRESSES]
    authoritative = bool(flags & AA)
    if soa is not None:
        ttl, serial = negative_ttl(message, soa.ttl, soa.start, soa.stop)
        detail = sections.remark[:MAX_DETAIL]
        return Reading(
            outcome,
            aliases=aliases,
            authoritative=authoritative,
            negative_ttl=ttl,
            soa_serial=serial,
            soa_above=above,
            detail=detail,
        )
    referral = bool(names) and not (recursive and flags & RA)
    foreign = bool(soas) and not recursive
    trusted = recursive or (authoritative and not aliases)
    if trusted and not referral and not foreign:
        return Reading(outcome, aliases=aliases, authoritative=authoritative)
    return Reading(
        Outcome.FAILED,
        Reason.LAME,
        aliases=aliases,
        authoritative=authoritative,
        authority=_records(message, names),
        glue=_records(message, glue),
        detail=FOREIGN if foreign else "the alias leads to another server" if aliases and authoritative else "",
    )


def _fitting(message: bytes, soas: list[Row], name: bytes) -> tuple[int, Row | None]:
    """The first of these SOA records whose owner is ``name`` or above it, and by how many labels."""
    for row in soas:
        above = labels_between(name, owner(message, row))
        if above is not None:
            return above, row
    return 0, None


def _records(message: bytes, rows: list[Row], unless_owner: bytes = b"") -> tuple[Record, ...]:
    """``rows`` as Records; their owner is left out where it is ``unless_owner``."""
    return tuple(_record(message, row, unless_owner) for row in rows)


def _record(message: bytes, row: Row, unless_owner: bytes = b"") -> Record:
    name = owner(message, row)
    rdata = canonical_rdata(message, row.rdtype, row.start, row.stop)
    return Record(
        mnemonic(row.rdtype), value_text(row.rdtype, rdata), row.ttl, "" if name == unless_owner else name_text(name)
    )


def _readable(message: bytes, rows: tuple[Row, ...]) -> tuple[Record, ...]:
    """The addresses among ``rows``, as far as they can be read: beside an answer they are a courtesy, and no part of
    it.
    """
    records = []
    for row in rows:
        if row.rdtype in ADDRESSES:
            with suppress(*UNREADABLE, dns.exception.DNSException):
                records.append(_record(message, row))
    return tuple(records)


def owner(message: bytes, row: Row) -> bytes:
    """The name that a record belongs to, in wire form."""
    return read_name(message, row.named_at)[0]
