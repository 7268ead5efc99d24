"""The canaries (decision 5): asked only when something failed or would turn. When all of them fail it is us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import chain

from publicdns.answers import Answer, Lookup, Server
from publicdns.asking import gather
from publicdns.delegation import DelegationCache
from publicdns.nameservers import name_servers
from publicdns.wire import Way

EVERY = timedelta(seconds=30)
FIRST = 2  # name servers of the canaries that are asked before all of them are


class Canaries:
    """What one sweep knows of them. ``names``: whose NS every one of ``resolvers`` must know; may be empty."""

    def __init__(self, names: Sequence[str], resolvers: Sequence[Server]) -> None:
        self._names = tuple(names)
        self._questions = [(name, resolver) for name in names for resolver in resolvers]
        self._asked_at: datetime | None = None
        self._asked_directly_at: datetime | None = None
        self.in_the_air = False  # asked and not heard: what they say decides what may be told
        self.all_failed = False  # when they were last asked
        self.known_directly = False  # their own name servers were asked: whether any can be reached is known

    async def ask(self, lookup: Lookup, now: datetime) -> None:
        """Whether anything at all can be asked, unless that was asked a moment ago."""
        if self._asked_at is not None and now - self._asked_at < EVERY:
            return
        self._asked_at, self.in_the_air = now, True
        answers = await gather(*(lookup(name, "NS", resolver) for name, resolver in self._questions))
        self.in_the_air = False
        self.all_failed = bool(answers) and all(answer.failed for answer in answers)

    async def ask_directly(
        self,
        lookup: Lookup,
        doubtful: Collection[Way],
        suffix: str,
        cache: DelegationCache,
        now: datetime,
        port: int,
        *,
        few: bool = False,
    ) -> None:
        """Their own name servers, by the ``doubtful`` ways, unless that was asked a moment ago; without canaries those
        of ``suffix``. These are never all dead: what nobody hears of is the way there. ``few``: no more than a few.
        """
        if self._asked_directly_at is not None and now - self._asked_directly_at < EVERY:
            return
        self._asked_directly_at = now
        name = self._names[0] if self._names else suffix
        hosts = (await lookup(name, "NS")).values
        servers = await name_servers(hosts, lookup, cache, now.timestamp())
        everywhere = list(chain.from_iterable(server.addresses for server in servers))
        families = [[a for a in everywhere if (":" in a) is ipv6] for ipv6 in _families(doubtful)]
        asked = await gather(*(_ask(lookup, name, found[: FIRST if few else None], port) for found in families))
        self.known_directly = self.known_directly or (any(asked) and not few)


def _families(doubtful: Collection[Way]) -> list[bool]:
    """Whether it is IPv6, of each family to ask by."""
    both = Way.NAME_SERVERS in doubtful
    return [ipv6 for ipv6, way in ((False, Way.IPV4), (True, Way.IPV6)) if both or way in doubtful]


async def _ask(lookup: Lookup, name: str, addresses: Sequence[str], port: int) -> bool:
    """Whether there was somebody to ask: a few first, and all of them where these do not answer."""
    for group in (addresses[:FIRST], addresses[FIRST:]):
        answers: list[Answer] = await gather(*(lookup(name, "NS", Server(address, port)) for address in group))
        if any(not answer.failed for answer in answers):
            break
    return bool(addresses)
