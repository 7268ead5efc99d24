"""Looking again when nothing is expected to have changed: the same questions to the same servers, compared and not
parsed.

What a full look saw is kept as *marks*: for each server that was asked its address and what its answers amounted to,
in a few dozen octets. While a glance finds the same, everything the full look concluded still stands.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from publicdns.answers import Answer, Lookup, Server
from publicdns.asking import Budget, Glance, gather
from publicdns.frozen import frozen
from publicdns.look import STANDING, standing_questions
from publicdns.picture import Picture

HEAD = struct.Struct("!IBHB")  # valid until (seconds since 1970), labels between name and zone, port, name servers
SEAT = struct.Struct("!B16s24s")  # 4 or 6, or 0 for a resolver by its place; address; mark
EXACT = bytes(8)  # nobody has seen the octets themselves yet
ContentMark = Callable[[Sequence[bytes]], bytes]


def marks_of(
    picture: Picture, resolvers: Sequence[Server], until: float, port: int, content_mark: ContentMark
) -> bytes:
    """The marks of ``picture``, good until the moment ``until``; b"" when an answer cannot be known again.

    A server that failed has no mark, so a domain with a dead one is looked at fully each time.
    """
    groups = _by_server(picture)
    zone = picture.delegation.zone
    if not groups or not zone or len(groups) > 40:
        return b""
    seats = []
    for (recursive, address), answers in groups.items():
        # What failed may have no address: nobody could be found to be asked.
        mark = _mark(answers, content_mark)
        where = _packed_address(recursive, address, resolvers) if mark else None
        if where is None:
            return b""
        seats.append(where + mark)
    strip = picture.name.count(".") - zone.count(".")
    return HEAD.pack(int(until), strip, port, len(seats)) + b"".join(seats)


def valid_until(marks: bytes) -> float:
    """Until when a glance may stand in for a look, in seconds since 1970; 0 for no marks."""
    return float(HEAD.unpack_from(marks)[0]) if marks else 0.0


@frozen
class Glanced:
    """What a glance found. ``marks``: those to keep when everything is as it was; None when a full look is due."""

    marks: bytes | None = None
    answers: tuple[Answer, ...] = ()  # what servers said that is not as it was


async def glance(marks: bytes, name: str, resolvers: Sequence[Server], budget: Budget) -> Glanced:
    """Ask again what ``marks`` stand for."""
    _until, strip, port, count = HEAD.unpack_from(marks)
    asked = standing_questions(name, name.split(".", strip)[-1])
    parts = []
    for number in range(count):
        family, packed, mark = SEAT.unpack_from(marks, HEAD.size + number * SEAT.size)
        if family:
            parts.append(Glance(_server(family, packed, port), asked, mark, budget))
        elif packed[0] < len(resolvers):
            parts.append(Glance(resolvers[packed[0]], ((name, "TXT"),), mark, budget))
        else:
            return Glanced()  # the operator names fewer resolvers than at the last look
    sights = await gather(*parts) if len(parts) > 1 else [await parts[0]]
    if not all(sight.unchanged for sight in sights):
        return Glanced(answers=tuple(answer for sight in sights for answer in sight.answers))
    if not any(sight.mark for sight in sights):
        return Glanced(marks)
    kept = bytearray(marks)
    for number, sight in enumerate(sights):
        if sight.mark:
            end = HEAD.size + (number + 1) * SEAT.size
            kept[end - 24 : end] = sight.mark
    return Glanced(bytes(kept))


def having_heard(answers: Sequence[Answer], lookup: Lookup) -> Lookup:
    """``lookup`` for the full look that follows a glance: what name servers have answered a moment ago is not asked
    again."""
    heard = {_asked(a.server, a.question.name, a.question.rdtype): a for a in answers if not a.failed}

    def ask(name: str, rdtype: str, server: Server | None = None) -> Awaitable[Answer]:
        if server is None or server.recursive or (answer := heard.pop(_asked(server, name, rdtype), None)) is None:
            return lookup(name, rdtype, server)
        return _at_hand(replace(answer, server=server))

    return ask if heard else lookup


def _asked(server: Server, name: str, rdtype: str) -> tuple[str, int, str, str]:
    return server.address, server.port, name, rdtype


async def _at_hand(answer: Answer) -> Answer:
    return answer


def _by_server(picture: Picture) -> dict[tuple[bool, str], list[Answer]]:
    groups: dict[tuple[bool, str], list[Answer]] = {}
    for answer in (*picture.authoritative, *picture.resolvers):
        server = answer.server
        groups.setdefault((server.recursive, server.name if server.recursive else server.address), []).append(answer)
    return groups


def _mark(answers: Sequence[Answer], content_mark: ContentMark) -> bytes:
    if any(answer.failed or not answer.fingerprint for answer in answers):
        return b""
    if answers[0].server.recursive and [answer.question.rdtype for answer in answers] != ["TXT"]:
        return b""
    if not answers[0].server.recursive and len(answers) != STANDING:
        return b""
    content = content_mark([answer.fingerprint[1:] for answer in answers])
    return EXACT + content if content else b""


def _packed_address(recursive: bool, address: str, resolvers: Sequence[Server]) -> bytes | None:
    if recursive:
        places = [place for place, server in enumerate(resolvers) if address in (server.name, server.address)]
        return struct.pack("!B16s", 0, bytes(places[:1])) if places else None
    return _packed(address)


@lru_cache(maxsize=4096)  # thousands of domains share a provider's servers
def _packed(address: str) -> bytes:
    packed = ipaddress.ip_address(address).packed
    return struct.pack("!B16s", 4 if len(packed) == 4 else 6, packed)


@lru_cache(maxsize=4096)  # thousands of domains share a provider's servers
def _server(family: int, packed: bytes, port: int) -> Server:
    return Server(str(ipaddress.ip_address(packed[:4] if family == 4 else packed)), port)
