"""What a response says, in a few octets that compare: two answers of the same content have the same digest."""

from __future__ import annotations

from hashlib import blake2b

from publicdns.wire.message import (
    AA,
    FIXED,
    HEADER,
    HEADER_SIZE,
    MAX_RECORDS,
    NAMES_INSIDE,
    NS,
    OPT,
    RA,
    SOA,
    TC,
    UNREADABLE,
    MalformedError,
    canonical_rdata,
    negative_ttl,
    read_name,
    skip_name,
)  # fmt: skip


def digest(message: bytes, asked: bytes, recursive: bool) -> bytes:
    """What this response says, in 15 octets; b"" when it is malformed, an error, or says nothing of use.

    In it: question, rcode and the answer section in any order, case and compression. From an authoritative server
    also AA and TTLs (a lowered TTL is a change) and a negative answer's negative TTL, but not its SOA's serial, which
    moves whenever anything in the zone does; the SOA's owner counts. From a resolver no TTLs: they count down.
    """
    try:
        return _digest(message, asked, recursive)
    except UNREADABLE:
        return b""


def _digest(message: bytes, asked: bytes, recursive: bool) -> bytes:
    _, flags, _, answers, authorities, additionals = HEADER.unpack_from(message)
    rcode = flags & 0x0F
    if rcode not in (0, 3) or flags & TC or answers + authorities + additionals > MAX_RECORDS:
        return b""
    name = asked[:-4]
    wanted = int.from_bytes(asked[-4:-2], "big")
    at = HEADER_SIZE + len(asked)
    end = len(message)
    rows: list[bytes] = []
    hit = False
    for _ in range(answers):
        if message[at] == 0xC0 and message[at + 1] == 0x0C:
            owner = name
            at += 2
        else:
            owner, at = read_name(message, at)
        rdtype, rdclass, ttl, size = FIXED.unpack_from(message, at)
        start = at + 10
        at = start + size
        if at > end:
            raise MalformedError("a record that leaves the message")
        rdata = canonical_rdata(message, rdtype, start, at) if rdtype in NAMES_INSIDE else message[start:at]
        rows.append(digest_row(owner, rdtype, rdclass, 0 if recursive else ttl, rdata))
        hit = hit or rdtype == wanted
    at, proof = _authority(message, at, authorities, recursive)
    if not _tail_is_sound(message, at, additionals):
        return b""
    return sealed(rows, b"" if hit else proof, flags, asked, recursive)


def digest_row(owner: bytes, rdtype: int, rdclass: int, ttl: int, rdata: bytes) -> bytes:
    """A record of the answer section as a digest knows it; ``ttl`` 0 from a resolver."""
    return owner + FIXED.pack(rdtype, rdclass, ttl, len(rdata)) + rdata


def sealed(rows: list[bytes], proof: bytes, flags: int, asked: bytes, recursive: bool) -> bytes:
    """The digest of an answer section's ``rows``, or of what proves that there are none."""
    kept = HEADER.pack(0, flags & (RA if recursive else AA), flags & 0x0F, len(rows), 0, 0)
    return blake2b(b"".join([*(sorted(rows) if len(rows) > 1 else rows), proof, kept, asked]), digest_size=15).digest()


def soa_proof(owner: bytes, keep: int, recursive: bool) -> bytes:
    """What an SOA record adds to the digest of a negative answer; ``keep`` is its negative TTL."""
    return b"S" + owner if recursive else b"S" + owner + keep.to_bytes(4, "big")


def _authority(message: bytes, at: int, count: int, recursive: bool) -> tuple[int, bytes]:
    """The position behind the authority section, and what it adds to a negative answer: an SOA's promise, or a
    referral.
    """
    proofs: list[bytes] = []
    for _ in range(count):
        name_at = at
        at = skip_name(message, at)
        rdtype, rdclass, ttl, size = FIXED.unpack_from(message, at)
        at += 10 + size
        if rdtype == SOA and rdclass == 1:
            owner, _ = read_name(message, name_at)
            proofs.append(soa_proof(owner, negative_ttl(message, ttl, at - size, at)[0], recursive))
        elif rdtype == NS and not proofs:
            proofs.append(b"R")
    return at, b"".join(proofs)


def _tail_is_sound(message: bytes, at: int, count: int) -> bool:
    """Whether the additional section ends where the message does and its OPT record carries no extended error (RFC
    6891 §6.1.3).
    """
    for _ in range(count):
        at = skip_name(message, at)
        if message[at] == 0 and message[at + 1] == OPT and message[at + 4]:
            return False
        at += 10 + (message[at + 8] << 8 | message[at + 9])
    return at == len(message)
