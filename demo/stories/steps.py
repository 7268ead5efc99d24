"""What a story is made of: steps with a moment, a sentence for the banner, and a change to the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from demo.planting import SPF, TTL, quoted
from demo.resolver import Resolvers
from demo.world import HOSTS, Domain
from demo.zones import Zones


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a step can change."""

    zones: Zones
    resolvers: Resolvers


Change = Callable[[Scenery], None]
Servers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Step:
    """One change, ``at`` seconds after the start. ``sentence`` says beforehand what happens; empty: it is not shown."""

    at: float
    sentence: str
    change: Change


def servers(domain: Domain) -> Servers:
    """The domain's name servers: (name, address), in order."""
    host = HOSTS[domain.host]
    return list(zip(host.names, host.addresses, strict=True))


def texts(domain: Domain, *values: str, at: str | None = None) -> Change:
    """A change: the domain's TXT records become its SPF record, if it has one, and ``values``."""
    all_of_them = [*([SPF] if domain.spf else []), *(quoted(value) for value in values)]
    return records(domain.ascii, "TXT", *all_of_them, at=at)


def records(name: str, rdtype: str, *values: str, at: str | None = None) -> Change:
    """A change: the RRset becomes ``values``; without values it goes away."""

    def change(scenery: Scenery) -> None:
        if values:
            scenery.zones.put(name, TTL, rdtype, *values, at=at)
        else:
            scenery.zones.remove(name, rdtype, at=at)

    return change


def both(*changes: Change) -> Change:
    """Several changes as one."""

    def change(scenery: Scenery) -> None:
        for each in changes:
            each(scenery)

    return change


def spreading(domain: Domain, begins: float, pause: float = 8.0) -> Iterator[Step]:
    """The right record appears on the first name server, then on each other one."""
    for number, (server, address) in enumerate(servers(domain)):
        already = "first" if number == 0 else "next"
        sentence = f"The record of {domain.name} appears {already} on {server}."
        yield Step(begins + number * pause, sentence, texts(domain, domain.token, at=address))


def mending(domain: Domain, at: float, sentence: str) -> Step:
    """The right record, and nothing else, on every name server."""
    return Step(at, sentence, texts(domain, domain.token))
