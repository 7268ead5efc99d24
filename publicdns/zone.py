"""From a name to the servers responsible for it: down from the public suffix, asking each zone's own servers.

A resolver is only asked for what exists (the suffix, the registered domain, name servers' addresses), never for a name
below: that would plant a negative answer there before the record exists.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from publicdns.answers import Answer, Lookup, Outcome, Reason, Record, Server
from publicdns.asking import gather
from publicdns.delegation import (
    LONGEST_KEPT,
    Delegation,
    DelegationCache,
    Standing,
    ZoneServers,
    expiring,
)
from publicdns.frozen import frozen, having
from publicdns.names import public_suffix, registrable
from publicdns.nameservers import ask_server, name_server, name_servers
from publicdns.propagation import enough_alone

MOST_SERVERS = 13  # of one zone; more are not asked
TRIES = 3  # servers of a zone on the way down that are asked
DENIALS = {Outcome.NXDOMAIN: Standing.UNREGISTERED, Outcome.EMPTY: Standing.NOT_DELEGATED}


async def find_delegation(
    name: str,
    lookup: Lookup,
    cache: DelegationCache,
    now: float,
    *,
    resolvers: Sequence[Server] = (),
    port: int = 53,
    longest: float = 300.0,
) -> Delegation:
    """The zone ``name`` lives in and the name servers its parent names, with their addresses.

    ``resolvers`` are those whose agreement counts that there is no such domain, where the registry cannot be asked.
    ``port`` is where authoritative servers listen. ``longest`` bounds, in seconds, how long the result is believed.
    Never raises for what DNS says: what could not be asked has the standing UNKNOWN and a reason.
    """
    known = cache.delegation(name, now)
    if known is not None:
        return known
    found = await _Search(name, lookup, cache, now, tuple(resolvers), port, longest).run()
    found = expiring(found, now, longest)
    cache.keep_delegation(found)
    return found


async def with_child_side(
    delegation: Delegation, answers: Iterable[Answer], lookup: Lookup, cache: DelegationCache, now: float
) -> Delegation:
    """``delegation`` with what the zone's servers themselves say about who they are: their ``answers`` to NS.

    Servers that only the zone names are added; each is marked with the sides that name it.
    """
    said = [a for a in answers if a.outcome is Outcome.FOUND and a.authoritative and not a.aliases]
    if not said:
        return delegation
    names = {value for answer in said for value in answer.values}
    listed = [
        server if server.in_child == (server.name in names) else having(server, in_child=server.name in names)
        for server in delegation.servers
    ]
    if extra := names.difference([server.name for server in listed]):
        some = sorted(extra)[: max(MOST_SERVERS - len(listed), 0)]
        more = await name_servers(some, lookup, cache, now)
        listed += [having(server, in_parent=not delegation.parent_asked) for server in more]
    soonest = now + min(answer.ttl or 0 for answer in said)
    both = having(
        delegation, servers=tuple(listed), child_asked=True, expires=min(delegation.expires, max(soonest, now + 1))
    )
    cache.keep_delegation(both)
    return both


@frozen
class _Search:
    name: str
    lookup: Lookup
    cache: DelegationCache
    now: float
    resolvers: tuple[Server, ...]
    port: int
    longest: float

    async def run(self) -> Delegation:
        owned = registrable(self.name) or self.name
        start = await self._suffix_servers(public_suffix(self.name))
        if start is not None:
            found = await self._descend(start, owned)
            if found.standing is not Standing.UNKNOWN:
                return found
        return await self._by_resolver(owned)

    async def _suffix_servers(self, suffix: str) -> ZoneServers | None:
        """The servers of the zone that holds ``suffix``: that zone, or one above where it is no cut."""
        zone = suffix
        while zone:
            known = self.cache.zone(zone, self.now)
            if known is not None:
                return known
            answer = await self.lookup(zone, "NS")
            if answer.outcome is Outcome.FOUND:
                servers = ZoneServers(zone, answer.values[:MOST_SERVERS], answer.ttl or 0)
                self.cache.keep_zone(servers, self.now)
                return servers
            if answer.failed:
                return None
            zone = zone.partition(".")[2]
        return None

    async def _descend(self, start: ZoneServers, owned: str) -> Delegation:
        """Follow referrals from ``start`` towards the name, until nobody below is named."""
        above, here = "", start
        for target in _steps(self.name, start.zone):
            if not _is_below(target, here.zone):
                continue  # a referral led past it
            below = self.cache.zone(target, self.now) if target != self.name else None
            answer = None if below else await self._ask_zone(here, target)
            below = below or _cut(answer, here.zone, self.name)
            if below is not None:
                above, here = here.zone, below
                if below.zone != self.name:
                    longest = self.longest if _covers(below.zone, owned) else LONGEST_KEPT
                    self.cache.keep_zone(below, self.now, longest)
            elif answer is not None and answer.outcome is Outcome.NXDOMAIN and answer.proves_absence:
                if not _covers(here.zone, owned):
                    return Delegation(self.name, Standing.UNREGISTERED, parent=here.zone, parent_asked=True)
                break
            elif answer is None or not _is_evidence(answer):
                if not _covers(here.zone, owned):
                    reason = answer.reason or Reason.LAME if answer else Reason.NO_SERVER
                    return Delegation(self.name, Standing.UNKNOWN, reason=reason)
                if answer is None or answer.failed:
                    break
        if not _covers(here.zone, owned):
            return await self._not_delegated(here)
        return await self._complete(here, above, parent_asked=True)

    async def _not_delegated(self, above: ZoneServers) -> Delegation:
        """With a few servers of the zone ``above``: it may hold the name's records itself."""
        servers = await name_servers(above.hosts[:TRIES], self.lookup, self.cache, self.now, above.glue)
        return Delegation(
            self.name, Standing.NOT_DELEGATED, parent=above.zone, servers=tuple(servers), parent_asked=True
        )

    async def _by_resolver(self, owned: str) -> Delegation:
        """The weaker way, when the registry's servers cannot be asked: what a resolver knows of the domain; that there
        is none, only enough of them."""
        answer = await self.lookup(owned, "NS")
        if answer.failed:
            return Delegation(self.name, Standing.UNKNOWN, reason=answer.reason)
        if answer.outcome is not Outcome.FOUND:
            answers = await gather(*[self.lookup(owned, "NS", resolver) for resolver in self.resolvers])
            found = next((one for one in answers if one.outcome is Outcome.FOUND), None)
            if found is None:
                return self._denied(answers)
            answer = found
        start = ZoneServers(owned, answer.values[:MOST_SERVERS], answer.ttl or 0)
        if owned == self.name:
            return await self._complete(start, "", parent_asked=False)
        return having(await self._descend(start, owned), parent_asked=False)

    def _denied(self, answers: Sequence[Answer]) -> Delegation:
        """What it means that no resolver knows name servers: two of three must prove the same."""
        for outcome, standing in DENIALS.items():
            proofs = [answer for answer in answers if answer.outcome is outcome and answer.proves_absence]
            if len(proofs) >= enough_alone(len(answers)):
                return Delegation(self.name, standing)
        return Delegation(self.name, Standing.UNKNOWN, reason=Reason.UNPROVEN)

    async def _ask_zone(self, zone: ZoneServers, target: str) -> Answer:
        """Who is responsible for ``target``, asked of up to three of the zone's servers; each name begins elsewhere.

        Where the first does not say, the others are asked at once: one after the other, silent ones would use up the
        time of the whole look.
        """
        first = zlib.crc32(self.name.encode()) % len(zone.hosts)
        hosts = (zone.hosts[first:] + zone.hosts[:first])[:TRIES]
        answer = await self._ask_host(hosts[0], zone, target)
        if _is_told(answer) or len(hosts) == 1:
            return answer
        others = await gather(*(self._ask_host(host, zone, target) for host in hosts[1:]))
        return next(filter(_is_told, others), others[-1])

    async def _ask_host(self, host: str, zone: ZoneServers, target: str) -> Answer:
        server = await name_server(host, self.lookup, self.cache, self.now, zone.glue)
        return await ask_server(server, target, "NS", self.lookup, self.port, zone.zone)

    async def _complete(self, zone: ZoneServers, parent: str, *, parent_asked: bool) -> Delegation:
        servers = await name_servers(zone.hosts, self.lookup, self.cache, self.now, zone.glue)
        standing = Standing.DELEGATED
        return Delegation(self.name, standing, zone.zone, parent, tuple(servers), parent_asked, ttl=zone.ttl)


def _steps(name: str, zone: str) -> list[str]:
    """Every name from one label below ``zone`` down to ``name``."""
    labels = name.split(".")
    depth = len(zone.split("."))
    return [".".join(labels[-count:]) for count in range(depth + 1, len(labels) + 1)]


def _is_told(answer: Answer) -> bool:
    """Whether it says who is responsible, or that nobody is."""
    return not answer.failed or bool(answer.authority)


def _is_evidence(answer: Answer) -> bool:
    """Whether it says that the name exists, as itself or as an alias, or proves that it does not."""
    if answer.failed:
        return bool(answer.aliases) and answer.authoritative
    return answer.outcome is Outcome.FOUND or answer.proves_absence


def _is_below(name: str, zone: str) -> bool:
    return name.endswith("." + zone)


def _covers(zone: str, owned: str) -> bool:
    """True when ``zone`` is the registered domain or below it."""
    return zone == owned or _is_below(zone, owned)


def _cut(answer: Answer | None, zone: str, name: str) -> ZoneServers | None:
    """The zone below ``zone`` towards ``name`` that ``answer`` names: by referral, or as a server of both."""
    if answer is None:
        return None
    named: tuple[Record, ...] = answer.records if answer.outcome is Outcome.FOUND and not answer.aliases else ()
    owner = answer.question.name
    if not named:
        named = tuple(r for r in answer.authority if r.rdtype == "NS" and _is_below(r.owner, zone))
        owner = named[0].owner if named else ""
    if not named or not (name == owner or _is_below(name, owner)):
        return None
    hosts = tuple(sorted({record.value for record in named}))[:MOST_SERVERS]
    # Others' addresses are not theirs to give.
    glue = tuple([record for record in answer.glue if _is_below(record.owner, zone)]) if answer.glue else ()
    return ZoneServers(owner, hosts, min([record.ttl for record in named]), glue)
