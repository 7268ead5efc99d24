"""Resolvers that say something else than the name servers do."""

from __future__ import annotations

from collections.abc import Iterator

from demo.stories.steps import Scenery, Step, mending
from demo.world import RESOLVERS, Domain


def one_stale_resolver(domain: Domain) -> Iterator[Step]:
    """Somebody asked one resolver a moment too early; its "not there" lasts as long as the zone says."""
    yield _asked_too_early(domain, RESOLVERS[2:])
    yield mending(
        domain, domain.begins, f"The record of {domain.name} appears; one resolver was asked a moment before."
    )


def two_stale_resolvers(domain: Domain) -> Iterator[Step]:
    """Two of three resolvers were asked too early: now everybody has to wait for their caches."""
    yield _asked_too_early(domain, RESOLVERS[1:])
    sentence = (
        f"The record of {domain.name} appears, but two of three resolvers go on saying “not there” "
        f"for {domain.negative} seconds."
    )
    yield mending(domain, domain.begins, sentence)


def resolver_lies(domain: Domain) -> Iterator[Step]:
    """One resolver answers with a record of its own."""

    def lie(scenery: Scenery) -> None:
        scenery.resolvers.lie(domain.ascii, "TXT", '"MS=ms00000000"', ttl=20, at=RESOLVERS[1])

    yield Step(0, "", lie)
    yield mending(domain, domain.begins, f"The record of {domain.name} appears; one of three resolvers lies about it.")


def _asked_too_early(domain: Domain, resolvers: tuple[str, ...]) -> Step:
    def ask(scenery: Scenery) -> None:
        for resolver in resolvers:
            scenery.resolvers.prime(domain.ascii, "TXT", at=resolver)

    return Step(domain.begins - 1, "", ask)
