"""Many evaluations in one go: JSON lines in, JSON lines out, in order (``docs/spf.md``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from publicdns.asking import Budget
from publicdns.printable import printable
from publicdns.spf.addresses import Address
from publicdns.spf.cache import SharedAnswers
from publicdns.spf.evaluate import check_host
from publicdns.spf.report import result_json
from publicdns.spf.result import identity
from publicdns.wire import Crashed, Wire

LONGEST_LINE = 16_384  # octets
_AHEAD = 1000  # lines that may be done before the first of them is
_FIELDS = ("ip", "sender", "helo")


class LineError(ValueError):
    """A line that is no request; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line: who connects, with which envelope sender (empty for a null sender) and HELO name."""

    ip: Address
    sender: str
    helo: str


@dataclass(frozen=True, slots=True)
class Terms:
    """How a batch is evaluated. ``seconds`` bound one evaluation; ``now`` gives seconds since the epoch."""

    seconds: float
    now: Callable[[], float]
    receiver: str = "unknown"
    window: int = 100


def parse_request(line: bytes) -> Request:
    """Raises LineError."""
    if len(line) > LONGEST_LINE:
        raise LineError(f"the line is longer than {LONGEST_LINE} octets")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"this is no JSON: {printable(str(error), 120)}") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("ip"), str):
        raise LineError('a line is an object with "ip", "sender" and "helo"')
    values = [fields.get(name) or "" for name in _FIELDS]
    if not all(isinstance(value, str) for value in values):
        raise LineError('"ip", "sender" and "helo" are strings')
    try:
        return Request(Address.parse(values[0]), values[1], values[2])
    except ValueError:
        raise LineError(f"{printable(values[0], 80)} is no IP address") from None


def evaluated(wire: Wire, lines: Iterable[bytes | None], terms: Terms) -> Iterator[dict[str, Any]]:
    """One JSON object per line, in the order of ``lines``; a line that is no request gives ``{"error": ...}``.

    ``lines`` may yield None for "nothing right now".
    """
    cache = SharedAnswers()
    done: dict[int, dict[str, Any]] = {}
    shown = 0

    def jobs() -> Iterator[Coroutine[Any, Any, tuple[int, dict[str, Any]]] | None]:
        number = 0
        for line in lines:
            while number - shown >= _AHEAD:
                yield None
            if line is None:
                yield None
                continue
            yield _numbered(number, line, wire, terms, cache)
            number += 1

    for end in wire.run(jobs(), window=terms.window):
        if isinstance(end, Crashed):
            raise end.exception
        number, row = end.value
        done[number] = row
        while shown in done:
            yield done.pop(shown)
            shown += 1


async def _numbered(
    number: int, line: bytes, wire: Wire, terms: Terms, cache: SharedAnswers
) -> tuple[int, dict[str, Any]]:
    try:
        request = parse_request(line)
    except LineError as error:
        return number, {"error": str(error)}
    who = identity(request.sender, request.helo)
    lookup = wire.lookup(Budget(deadline=wire.options.monotonic() + terms.seconds))
    result = await check_host(
        request.ip,
        who.domain,
        who.sender,
        request.helo,
        lookup,
        now=terms.now(),
        receiver=terms.receiver,
        cache=cache,
    )
    return number, result_json(result)
