"""Which connector answers a client: the most specific remote range on the local endpoint it reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from relaycheck.engine.connectors.addresses import Address, Binding, Range
from relaycheck.engine.connectors.model import Connector, Key


class Why(StrEnum):
    """Why a connector answers, or does not."""

    ONLY = "only-match"
    MOST_SPECIFIC = "most-specific"
    TIED = "tied"  # another one is exactly as specific: which of them answers is not defined
    LESS_SPECIFIC = "less-specific"
    DISABLED = "disabled"
    OTHER_PORT = "other-port"
    OTHER_ADDRESS = "other-local-address"
    NOT_IN_RANGE = "not-in-range"
    RANGES_UNKNOWN = "ranges-unknown"  # shortened or missing in the export, so it may answer after all


@dataclass(frozen=True, slots=True)
class Candidate:
    """One connector weighed for one client. ``via`` is the range that admits it."""

    connector: Connector
    why: Why
    via: Range | None = None

    @property
    def answers(self) -> bool:
        """Whether this is the connector that answers."""
        return self.why in (Why.ONLY, Why.MOST_SPECIFIC)


@dataclass(frozen=True, slots=True)
class Reached:
    """What one server does with one client: every connector weighed, the winner first. ``certain`` unless a range is
    unknown.
    """

    server: str
    candidates: tuple[Candidate, ...]
    certain: bool

    @property
    def answering(self) -> Connector | None:
        """The connector that answers, None when none does or two tie."""
        return next((candidate.connector for candidate in self.candidates if candidate.answers), None)


def which(
    connectors: Iterable[Connector], client: Address, port: int = 25, local: Address | None = None
) -> tuple[Reached, ...]:
    """Simulate, server by server, who answers ``client`` on ``port`` (of the server's address ``local``, if given).

    Receive connectors, "how connections are matched": the endpoint first, then the smallest range with the client.
    """
    servers: dict[str, list[Connector]] = {}
    for connector in connectors:
        servers.setdefault(connector.key[0], []).append(connector)
    return tuple(_reached(group, client, port, local) for group in servers.values())


def _reached(group: list[Connector], client: Address, port: int, local: Address | None) -> Reached:
    weighed = [_weigh(connector, client, port, local) for connector in group]
    matches = sorted((found for found in weighed if found.via), key=lambda found: found.via.size if found.via else 0)
    rest = [found for found in weighed if not found.via]
    if matches:
        matches = _ranked(matches)
    order = list(Why)
    rest.sort(key=lambda found: order.index(found.why), reverse=True)
    certain = not any(found.why is Why.RANGES_UNKNOWN or _may_be_closer(found) for found in (*matches, *rest))
    return Reached(group[0].server, (*matches, *rest), certain)


def _ranked(matches: list[Candidate]) -> list[Candidate]:
    smallest = matches[0].via.size if matches[0].via else 0
    best = [found for found in matches if found.via and found.via.size == smallest]
    top = Why.TIED if len(best) > 1 else Why.MOST_SPECIFIC if len(matches) > 1 else Why.ONLY
    ranked = [Candidate(found.connector, top, found.via) for found in best]
    return ranked + [Candidate(found.connector, Why.LESS_SPECIFIC, found.via) for found in matches[len(best) :]]


def _may_be_closer(found: Candidate) -> bool:
    """Whether the part of its ranges that the export left out could make a loser the winner."""
    return found.why in (Why.NOT_IN_RANGE, Why.LESS_SPECIFIC) and found.connector.cut("RemoteIPRanges") is not None


def _weigh(connector: Connector, client: Address, port: int, local: Address | None) -> Candidate:
    if connector.enabled is False:
        return Candidate(connector, Why.DISABLED)
    listening = [binding for binding in connector.bindings or () if binding.port == port]
    if connector.bindings is not None and not listening:
        return Candidate(connector, Why.OTHER_PORT)
    if listening and local is not None and not any(_listens(binding, local) for binding in listening):
        return Candidate(connector, Why.OTHER_ADDRESS)
    if connector.ranges is None:
        return Candidate(connector, Why.RANGES_UNKNOWN)
    holding = [part for part in connector.ranges if part.holds(client)]
    if not holding:
        return Candidate(connector, Why.NOT_IN_RANGE)
    return Candidate(connector, Why.LESS_SPECIFIC, min(holding, key=lambda part: part.size))


def _listens(binding: Binding, local: Address) -> bool:
    six = ":" in binding.address
    return (six == (local.version == 6)) and (binding.wildcard or binding.address == str(local))


def winners(connectors: Iterable[Connector], port: int) -> tuple[tuple[Range, Connector], ...]:
    """The whole address space of one server and port, cut into ranges by the connector that answers there.

    Disabled connectors and unknown ranges are left out; of ties the first wins. Runs in O(n log n) of the ranges.
    """
    found: list[tuple[Range, Connector]] = []
    listening = [one for one in connectors if one.enabled is not False and _on(one, port)]
    for version in (4, 6):
        entries = sorted(
            (part.low, part.size, number, part.high)
            for number, one in enumerate(listening)
            for part in one.ranges or ()
            if part.version == version
        )
        found.extend((part, listening[number]) for part, number in _swept(version, entries))
    return tuple(found)


def _on(connector: Connector, port: int) -> bool:
    return connector.bindings is None or any(binding.port == port for binding in connector.bindings)


def _swept(version: int, entries: list[tuple[int, int, int, int]]) -> Iterable[tuple[Range, int]]:
    """Sweep upwards, always with the smallest range that covers the present address on top of the heap."""
    covering: list[tuple[int, int, int]] = []  # size, number, high
    at = nearest = 0
    while nearest < len(entries) or covering:
        while nearest < len(entries) and (entries[nearest][0] <= at or not covering):
            low, size, number, high = entries[nearest]
            at = max(at, low)
            heappush(covering, (size, number, high))
            nearest += 1
        while covering and covering[0][2] < at:
            heappop(covering)
        if not covering:
            continue
        _, number, high = covering[0]
        end = min(high, entries[nearest][0] - 1) if nearest < len(entries) else high
        yield Range(version, at, end), number
        at = end + 1


def clashes(connectors: Iterable[Connector]) -> dict[Key, tuple[Connector, Range]]:
    """Enabled connectors whose ranges collide with another one on the same endpoint: that other, and the range.

    Overlap is legal only where one range wholly contains the other, and not where both are the same
    (receive-connectors, remote addresses). Of each pair the one first in order has the entry. O(n log n) of the ranges.
    """
    listening: dict[Binding, list[Connector]] = {}
    for connector in connectors:
        for binding in connector.bindings or () if connector.enabled is not False else ():
            listening.setdefault(binding, []).append(connector)
    found: dict[Key, tuple[Connector, Range]] = {}
    for group in listening.values():
        for one, other, part in _colliding(group):
            first, second = sorted((one, other), key=lambda connector: connector.key)
            found.setdefault(first.key, (second, part))
    return found


_LOOK_BACK = 50  # open ranges looked at: nesting is a few deep, whatever an upload pretends


def _colliding(group: list[Connector]) -> Iterable[tuple[Connector, Connector, Range]]:
    """Walk the ranges from low to high, wider ones first, with those that are still open on a stack."""
    parts = sorted(
        ((part, connector) for connector in group for part in connector.ranges or ()),
        key=lambda entry: (entry[0].version, entry[0].low, -entry[0].high, entry[1].key),
    )
    still_open: list[tuple[Range, Connector]] = []
    for part, connector in parts:
        while still_open and not still_open[-1][0].meets(part):
            still_open.pop()
        for around, other in reversed(still_open[-_LOOK_BACK:]):
            legal = other is connector or not part.meets(around)  # its own ranges may do as they like
            if not legal and (around == part or not part.within(around)):
                yield connector, other, part
                break
        still_open.append((part, connector))
