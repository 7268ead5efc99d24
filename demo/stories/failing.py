"""Name servers that do not do their work, while the record itself is right."""

from __future__ import annotations

from collections.abc import Iterator

from demo.faults import Fault
from demo.planting import TTL, delegation
from demo.stories.steps import Change, Scenery, Step, mending, servers
from demo.world import ROOT, Domain

RECOVERY = 45.0  # seconds


def dead_server(domain: Domain) -> Iterator[Step]:
    """One of two name servers has been silent for long: the record can only be seen on the other."""
    sentence = f"The record of {domain.name} appears; one of its two name servers is dead."
    yield mending(domain, domain.begins, sentence)


def one_lame(domain: Domain) -> Iterator[Step]:
    """The second name server does not know the domain."""
    yield Step(0, "", _failing(domain, Fault.LAME, servers(domain)[1][1]))
    yield mending(domain, domain.begins, f"The record of {domain.name} appears; its second name server is lame.")
    known = _failing(domain, None, servers(domain)[1][1])
    yield Step(domain.begins + RECOVERY, f"The second name server of {domain.name} is told about the domain.", known)


def servers_fail(domain: Domain) -> Iterator[Step]:
    """Every name server answers SERVFAIL; nobody can know what is there."""
    yield Step(0, "", _failing(domain, Fault.SERVFAIL))
    yield mending(domain, 0, "")
    yield Step(domain.begins, f"The name servers of {domain.name} work again.", _failing(domain, None))


def validation_fails(domain: Domain) -> Iterator[Step]:
    """The signatures are out of date: name servers answer, validating resolvers do not."""
    yield Step(0, "", lambda scenery: scenery.resolvers.bogus(domain.ascii))
    yield mending(domain, 0, "")

    def signed(scenery: Scenery) -> None:
        scenery.resolvers.bogus(domain.ascii, failing=False)

    yield Step(domain.begins, f"{domain.name} is signed anew: resolvers believe its answers again.", signed)


def slow_server(domain: Domain) -> Iterator[Step]:
    """One name server takes more than a second for each answer."""
    address = servers(domain)[0][1]

    def slow(scenery: Scenery) -> None:
        scenery.zones.fault(domain.ascii, None, Fault.SLOW, seconds=1.2, at=address, below=True)

    yield Step(0, "", slow)
    yield mending(domain, domain.begins, f"The record of {domain.name} appears; one of its name servers is slow.")


def not_delegated(domain: Domain) -> Iterator[Step]:
    """The zone is ready, but the registry names no name server for it."""
    yield mending(domain, 0, "")

    def delegate(scenery: Scenery) -> None:
        scenery.zones.put(domain.zone, TTL, "NS", *delegation(domain), at=ROOT)

    yield Step(domain.begins, f"The registry begins to list the name servers of {domain.name}.", delegate)


def _failing(domain: Domain, fault: Fault | None, at: str | None = None) -> Change:
    addresses = [at] if at else [address for _, address in servers(domain)]

    def change(scenery: Scenery) -> None:
        scenery.zones.fault(domain.ascii, None, fault, at=addresses, below=True)

    return change
