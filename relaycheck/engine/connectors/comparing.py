"""Two exports, old and new servers: does the same machine still get the same relay?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from relaycheck.engine.connectors.addresses import Range, subtract, union
from relaycheck.engine.connectors.audit import Judged, judge
from relaycheck.engine.connectors.limits import LIMITS, size_in_bytes
from relaycheck.engine.connectors.matching import winners
from relaycheck.engine.connectors.model import Connector, Export

_WITHOUT_LOGON = "without-logon"
MAX_DIFFERENCES = 500  # accounts and ports compared per server: nobody reads more
Reach = dict[tuple[str, int], tuple[Range, ...]]  # (who, port) to the addresses from which that relays


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a new server differs. ``kind``: missing, narrower, wider, limit, unknown."""

    kind: str
    server: str  # the new one
    who: str  # "without-logon" or an account
    port: int
    ranges: tuple[Range, ...] = ()  # where the difference lies
    connectors: tuple[str, ...] = ()  # of the old export; of the new one for "wider" and "unknown"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences. Same relays: none of them, except of kind ``limit``."""

    differences: tuple[Difference, ...]
    servers: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every machine that relayed still does, and no other."""
        return bool(self.servers) and all(difference.kind == "limit" for difference in self.differences)

    @property
    def certain(self) -> bool:
        """Whether both exports could be judged."""
        return not any(difference.kind == "unknown" for difference in self.differences)


def compare(old: Export, new: Export) -> Comparison:
    """Each server of ``new`` against the server of the same name in ``old``, or against all old servers together."""
    before, after = _by_server(judge(old)), _by_server(judge(new))
    everything = tuple(judged for group in before.values() for judged in group)
    found: list[Difference] = []
    for server, group in after.items():
        found.extend(_differences(server, before.get(server, everything), group))
    if not after:
        found.append(Difference("unknown", "", "", 0, detail="no connector in the new export"))
    return Comparison(tuple(found), tuple(after))


def _by_server(judged: Iterable[Judged]) -> dict[str, tuple[Judged, ...]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        groups[item.connector.key[0]].append(item)
    return {server: tuple(group) for server, group in groups.items()}


def reach(judged: Iterable[Judged]) -> Reach:
    """From which addresses who relays, once the most specific connector has been chosen for each. Servers
    are united.
    """
    found: dict[tuple[str, int], list[Range]] = defaultdict(list)
    for group in _by_server(judged).values():
        by_key = {item.connector.key: item for item in group}
        for port, connectors in _by_port([item.connector for item in group]).items():
            for part, winner in winners(connectors, port):
                for who in _who(by_key[winner.key]):
                    found[who, port].append(part)
    return {key: union(parts) for key, parts in found.items()}


def _by_port(connectors: list[Connector]) -> dict[int, list[Connector]]:
    """Who listens where. One whose bindings are not in the export may listen anywhere, at least on 25."""
    anywhere = [one for one in connectors if one.bindings is None]
    ports: dict[int, list[Connector]] = {25: []} if anywhere else {}
    for one in connectors:
        for port in dict.fromkeys(binding.port for binding in one.bindings or ()):
            ports.setdefault(port, []).append(one)
    return {port: group + anywhere for port, group in sorted(ports.items())}


def _who(judged: Judged) -> set[str]:
    return {
        _WITHOUT_LOGON if standing.without_logon else standing.principal.name.casefold() for standing in judged.relaying
    }


def _differences(server: str, old: tuple[Judged, ...], new: tuple[Judged, ...]) -> Iterable[Difference]:
    before, after = reach(old), reach(new)
    for item in (*old, *new):
        if item.verdict.value == "unknown":
            yield Difference("unknown", server, "", 0, connectors=(item.connector.identity,))
    for who, port in islice(sorted(before.keys() | after.keys()), MAX_DIFFERENCES):
        had, has = before.get((who, port), ()), after.get((who, port), ())
        if lost := subtract(had, has):
            kind = "missing" if lost == had else "narrower"
            yield Difference(kind, server, who, port, lost, _touching(old, who, lost))
        if gained := subtract(has, had):
            yield Difference("wider", server, who, port, gained, _touching(new, who, gained))
    yield from _limits(server, old, new)


def _touching(judged: Iterable[Judged], who: str, ranges: tuple[Range, ...]) -> tuple[str, ...]:
    """The connectors on which ``who`` relays from some of ``ranges``; fifty at most."""
    relaying = (item.connector for item in judged if item.relaying and who in _who(item))
    touching = (one.identity for one in relaying if subtract(one.ranges or (), ranges) != union(one.ranges or ()))
    return tuple(islice(touching, 50))


def _limits(server: str, old: tuple[Judged, ...], new: tuple[Judged, ...]) -> Iterable[Difference]:
    """Settings that differ between relay connectors of the same name."""
    named = {item.connector.key[1]: item.connector for item in new}
    for item in old:
        other = named.get(item.connector.key[1])
        if other is None or not item.relaying:
            continue
        for limit in LIMITS:
            was, now = item.connector.limit(limit.name), other.limit(limit.name)
            if was and now and was != now and limit.name != "ProtocolLoggingLevel":
                smaller = (size_in_bytes(now) or 0) < (size_in_bytes(was) or 0) if limit.kind == "size" else False
                words = f"{limit.name}: {was} -> {now}{' (smaller)' if smaller else ''}"
                yield Difference("limit", server, "", 0, connectors=(item.connector.identity,), detail=words)
