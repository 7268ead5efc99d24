"""Records that are right from the start: they only have to arrive."""

from __future__ import annotations

from collections.abc import Iterator

from demo.stories.steps import Step, mending, records, spreading, texts
from demo.world import Domain


def appears(domain: Domain) -> Iterator[Step]:
    """One name server has the record first; the others follow."""
    yield from spreading(domain, domain.begins)


def appears_at_once(domain: Domain) -> Iterator[Step]:
    """All name servers have the record at the same moment."""
    yield mending(domain, domain.begins, f"The record of {domain.name} appears on all its name servers at once.")


def two_tokens(domain: Domain) -> Iterator[Step]:
    """Another tenant's token is there already and stays beside ours: only the exact value counts."""
    yield Step(0, "", texts(domain, "MS=ms19283746"))
    sentence = f"{domain.name} gets our record beside another tenant's, which stays."
    yield Step(domain.begins, sentence, texts(domain, "MS=ms19283746", domain.token))


def many_records(domain: Domain) -> Iterator[Step]:
    """So many TXT records that the answer needs TCP."""
    services = ("scan", "sign", "send", "survey", "store")
    others = [f"{service}{turn}-domain-verification={service * 20}" for service in services for turn in range(3)]
    yield Step(0, "", texts(domain, *others))
    sentence = f"The record of {domain.name} appears among so many others that the answer needs TCP."
    yield Step(domain.begins, sentence, texts(domain, *others, domain.token))


def waits(_: Domain) -> Iterator[Step]:
    """Nobody does anything."""
    yield from ()


def teams(domain: Domain) -> Iterator[Step]:
    """Its purpose was skipped, and Teams chosen days later: the record for federation is there."""
    name = f"_sipfederationtls._tcp.{domain.ascii}"
    yield Step(0, "", records(name, "SRV", "100 1 5061 sipfed.online.lync.com."))


def rests(_: Domain) -> Iterator[Step]:
    """Everything is in order from the start, and stays so."""
    yield from ()
