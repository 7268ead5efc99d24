"""DNS messages as bytes: written by hand, looked at without building objects (RFC 1035 §4, RFC 6891).

A sweep asks the same questions again and again, and nearly every answer is the one from last time. So the cheap half
of reading lives here: is this an answer to what was asked, and does its content differ from the content we know? Only
what differs goes on to :mod:`publicdns.wire.reading`, where dnspython parses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from struct import error as struct_error

import dns.exception
import dns.name
import dns.rdatatype

HEADER = Struct("!HHHHHH")  # id, flags, question, answer, authority and additional counts
FIXED = Struct("!HHIH")  # type, class, TTL, length of the record data
HEADER_SIZE = 12
LONGEST_NAME = 255  # octets in wire form (RFC 1035 §2.3.4)
BAD_LABEL = "a label is empty or longer than 63 octets"
TOO_LONG = f"the name is longer than {LONGEST_NAME} octets"
MAX_RECORDS = 1000  # in one message: each costs a parse, and nobody publishes more

AA, TC, RA = 0x0400, 0x0200, 0x0080
IN, NS, CNAME, SOA, OPT = 1, 2, 5, 6, 41  # the class of the Internet, and types
# By type: octets before the first name, and how many names; these are the types that may be compressed (RFC 3597 §4).
NAMES_INSIDE = {
    2: (0, 1), 3: (0, 1), 4: (0, 1), 5: (0, 1), 6: (0, 2), 7: (0, 1), 8: (0, 1), 9: (0, 1), 12: (0, 1), 14: (0, 2),
    15: (2, 1), 17: (0, 2), 18: (2, 1), 21: (2, 1), 26: (2, 2), 33: (6, 1), 36: (2, 1), 39: (0, 1),
}  # fmt: skip
LENGTHS = {size: bytes((size,)) for size in range(1, 64)}  # of a label, as it precedes it
# Octets 2 to 5 of a response to a query (QR, opcode 0) with one question; the other bits are as they may be.
RESPONSES = frozenset(bytes((flags, more, 0, 1)) for flags in range(0x80, 0x88) for more in range(256))


class MalformedError(ValueError):
    """These bytes are not a DNS message, or one that contradicts itself."""


UNREADABLE = (MalformedError, IndexError, struct_error)  # everything that walking hostile bytes can raise


@lru_cache(maxsize=2048)
def encode_name(name: str) -> bytes:
    """``name`` in lower-case wire form. Raises ValueError when it cannot be one (RFC 1035 §2.3.4)."""
    return _encoded(name)


def _encoded(name: str) -> bytes:
    if name in ("", "."):
        return b"\0"
    if "\\" in name:  # an escaped octet from somebody's zone
        try:
            return dns.name.from_text(name).canonicalize().to_wire() or b""
        except dns.exception.DNSException as error:
            raise ValueError(str(error)) from None
    labels = name.removesuffix(".").encode("ascii").lower().split(b".")
    try:
        wire = b"".join([LENGTHS[len(label)] + label for label in labels]) + b"\0"
    except KeyError:
        raise ValueError(BAD_LABEL) from None
    if len(wire) > LONGEST_NAME:
        raise ValueError(TOO_LONG)
    return wire


def encode_question(name: str, rdtype: str) -> bytes:
    """A question section of class IN. Raises ValueError."""
    return encode_name(name) + _type_and_class(rdtype)


def encode_questions(questions: Iterable[tuple[str, str]]) -> list[bytes]:
    """Question sections, most of them about one name and names below it; a sweep is past a name before any cache would
    help. Raises ValueError.
    """
    known: dict[str, bytes] = {}
    return [(known.get(name) or _below(name, known)) + _type_and_class(rdtype) for name, rdtype in questions]


def _below(name: str, known: dict[str, bytes]) -> bytes:
    """``name`` in wire form by that of the name above it, both of which are then ``known``."""
    label, _, rest = name.partition(".")
    if not rest or "\\" in name:
        wire = _encoded(name)
    else:
        above = known.get(rest)
        if above is None:
            above = known[rest] = _encoded(rest) if "." in rest else encode_name(rest)
        if not 0 < len(label) < 64:
            raise ValueError(BAD_LABEL)
        wire = LENGTHS[len(label)] + label.encode("ascii").lower() + above
        if len(wire) > LONGEST_NAME:
            raise ValueError(TOO_LONG)
    known[name] = wire
    return wire


@lru_cache(maxsize=256)
def _type_and_class(rdtype: str) -> bytes:
    try:
        return int(dns.rdatatype.from_text(rdtype)).to_bytes(2, "big") + b"\0\1"
    except dns.exception.DNSException:
        raise ValueError(f"no such record type: {rdtype}") from None


@lru_cache(maxsize=64)
def frame(recursive: bool, checking_disabled: bool, edns: int) -> tuple[bytes, bytes]:
    """A query before and after its question: the header behind the id, and the OPT record (``edns`` octets offered;
    0: none).
    """
    flags = (0x0100 if recursive else 0) | (0x0010 if checking_disabled else 0)
    head = HEADER.pack(0, flags, 1, 0, 0, 1 if edns else 0)[2:]
    return head, b"\0" + FIXED.pack(OPT, edns, 0, 0) if edns else b""


def echoes(message: bytes, asked: bytes) -> bool:
    """Whether ``message`` is a response to a query with this question section: name (in any case), type and class."""
    if not message.startswith(asked, HEADER_SIZE):
        end = HEADER_SIZE + len(asked)
        if message[HEADER_SIZE : end - 4].lower() != asked[:-4] or message[end - 4 : end] != asked[-4:]:
            return False
    return message[2:6] in RESPONSES


def read_name(message: bytes, at: int) -> tuple[bytes, int]:
    """The name at ``at``, decompressed and lower-cased in wire form, and the position behind it.

    Pointers must lead strictly backwards and the whole may have 255 octets, so that no message makes this long.
    """
    pieces: list[bytes] = []
    behind, start, size = 0, at, 1
    while length := message[at]:
        if length < 64:
            piece = message[at : at + length + 1]
            size += length + 1
            if len(piece) <= length or size > 255:
                raise MalformedError("a name that is cut or too long")
            pieces.append(piece)
            at += length + 1
            continue
        target = (length & 0x3F) << 8 | message[at + 1]
        if length < 0xC0 or not HEADER_SIZE <= target < start:
            raise MalformedError("a name that does not lead backwards")
        behind = behind or at + 2
        at = start = target
    pieces.append(b"\0")
    return b"".join(pieces).lower(), behind or at + 1


def owner_above(message: bytes, at: int, name: bytes) -> tuple[bytes, int] | None:
    """The name at ``at`` and how many labels it is above ``name``, both in wire form: 0 where it is ``name`` itself.
    None where it is neither that nor above it.

    ``name`` is the question's; most names point at it, and are not read then.
    """
    if (length := message[at]) >= 0xC0:
        target, place, above = ((length & 0x3F) << 8 | message[at + 1]) - HEADER_SIZE, 0, 0
        while place < target and (length := name[place]):
            place += length + 1
            above += 1
        if place == target:
            return name[place:], above
    owner, _ = read_name(message, at)
    between = labels_between(name, owner)
    return None if between is None else (owner, between)


def labels_between(name: bytes, owner: bytes) -> int | None:
    """How many labels ``owner`` is above ``name``; None where it is neither ``name`` nor above it."""
    place = above = 0
    while name[place:] != owner:
        if not name[place]:
            return None
        place += name[place] + 1
        above += 1
    return above


def skip_name(message: bytes, at: int) -> int:
    """The position behind the name at ``at``, which is not followed."""
    while length := message[at]:
        if length >= 0xC0:
            return at + 2
        if length >= 64:
            raise MalformedError("a label of unknown kind")
        at += length + 1
    return at + 1


def canonical_rdata(message: bytes, rdtype: int, start: int, stop: int) -> bytes:
    """Record data that compares: names in it decompressed and lower-cased (RFC 4034 §6.2)."""
    layout = NAMES_INSIDE.get(rdtype)
    if layout is None:
        return message[start:stop]
    at = start + layout[0]
    parts = [message[start:at]]
    for _ in range(layout[1]):
        name, at = read_name(message, at)
        parts.append(name)
    if at > stop:
        raise MalformedError("a name that leaves its record")
    parts.append(message[at:stop])
    return b"".join(parts)


def negative_ttl(message: bytes, ttl: int, start: int, stop: int) -> tuple[int, int]:
    """What an SOA record promises: seconds a negative answer may be kept (RFC 2308 §5), and the zone's serial."""
    if stop - start < 22:
        raise MalformedError("an SOA that is too short")
    serial, minimum = (
        int.from_bytes(message[stop - 20 : stop - 16], "big"),
        int.from_bytes(message[stop - 4 : stop], "big"),
    )
    return min(plain_ttl(ttl), minimum), serial


def plain_ttl(ttl: int) -> int:
    """A TTL with the top bit set counts as zero (RFC 2181 §8)."""
    return ttl if ttl < 0x80000000 else 0
