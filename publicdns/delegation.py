"""Who is responsible for a name: values, and the cache of them that thousands of domains share."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from publicdns.answers import Reason, Record
from publicdns.frozen import frozen, having

V = TypeVar("V")
LONGEST_KEPT = (
    6 * 3600.0
)  # seconds; a registry moves its servers less often, and a mistake of ours is gone the same day
FAILURE_KEPT = 15.0  # seconds a failed address lookup is believed


class Standing(StrEnum):
    """What became of the search for a name's zone. Only the first three are evidence."""

    DELEGATED = "delegated"
    UNREGISTERED = "unregistered"  # NXDOMAIN where the registry should list the domain
    NOT_DELEGATED = "not-delegated"  # the name exists there and no name server is named
    UNKNOWN = "unknown"


@frozen
class NameServer:
    """One name server: an NS host name. Its addresses are ways to reach it."""

    name: str
    addresses: tuple[str, ...] = ()
    in_parent: bool = True
    in_child: bool = True
    trouble: Reason = Reason.NONE  # why there is no address: NO_SERVER when proven, otherwise why the lookup failed
    glue: tuple[str, ...] = ()


@frozen
class Delegation:
    """The zone a name lives in and the servers responsible for it."""

    name: str
    standing: Standing
    zone: str = ""
    parent: str = ""
    servers: tuple[NameServer, ...] = ()
    parent_asked: bool = False  # False: the servers are what a resolver said, and the parent side is unknown
    child_asked: bool = False
    reason: Reason = Reason.NONE  # why the standing is UNKNOWN
    ttl: int = 0  # of the NS records, in seconds
    expires: float = 0.0  # the moment after which it is to be found again

    @property
    def is_nowhere(self) -> bool:
        """Whether there is no such zone, as far as could be asked: then nobody answers for it, and nobody has to."""
        return self.standing in (Standing.UNREGISTERED, Standing.NOT_DELEGATED)


@frozen
class ZoneServers:
    """A zone on the way down, and who answers for it."""

    zone: str
    hosts: tuple[str, ...]
    ttl: int = 0
    glue: tuple[Record, ...] = ()


@frozen
class Addresses:
    """What a name server's host name resolves to."""

    found: tuple[str, ...] = ()
    trouble: Reason = Reason.NONE


@dataclass(slots=True)
class _Shelf(Generic[V]):
    """The newest ``size`` values by key, each until its moment."""

    size: int
    kept: OrderedDict[str, tuple[float, V]] = field(default_factory=OrderedDict)

    def get(self, key: str, now: float) -> V | None:
        found = self.kept.get(key)
        if found is None or found[0] <= now:
            return None
        self.kept.move_to_end(key)
        return found[1]

    def put(self, key: str, value: V, until: float) -> None:
        self.kept[key] = (until, value)
        self.kept.move_to_end(key)
        if len(self.kept) > self.size:
            self.kept.popitem(last=False)


class DelegationCache:
    """Zones on the way down, name servers' addresses and delegations found, each until its TTL ends.

    Bounded by ``size`` entries a kind, each of half a kilobyte. ``now`` is passed in, on any clock that only goes
    forward, in seconds.
    """

    def __init__(self, size: int = 20_000) -> None:
        self._zones = _Shelf[ZoneServers](size)
        self._hosts = _Shelf[Addresses](size)
        self._delegations = _Shelf[Delegation](size)

    def zone(self, zone: str, now: float) -> ZoneServers | None:
        """Who answers for ``zone``, if that was learnt and still holds."""
        return self._zones.get(zone, now)

    def keep_zone(self, servers: ZoneServers, now: float, longest: float = LONGEST_KEPT) -> None:
        """Remember ``servers`` for their TTL, at most ``longest`` seconds."""
        self._zones.put(servers.zone, servers, now + min(servers.ttl, longest))

    def addresses(self, host: str, now: float) -> Addresses | None:
        """The addresses of ``host``, if they were looked up and still hold."""
        return self._hosts.get(host, now)

    def keep_addresses(self, host: str, addresses: Addresses, ttl: float, now: float) -> None:
        """Remember ``addresses`` for ``ttl`` seconds; a failure for a few."""
        failed = addresses.trouble not in (Reason.NONE, Reason.NO_SERVER)
        self._hosts.put(host, addresses, now + (FAILURE_KEPT if failed else min(ttl, LONGEST_KEPT)))

    def delegation(self, name: str, now: float) -> Delegation | None:
        """The delegation found for ``name``, until it expires."""
        return self._delegations.get(name, now)

    def keep_delegation(self, delegation: Delegation) -> None:
        """Remember ``delegation`` until it expires."""
        self._delegations.put(delegation.name, delegation, delegation.expires)


def expiring(delegation: Delegation, now: float, longest: float) -> Delegation:
    """``delegation`` with the moment at which it is to be found again: its TTL, or ``longest`` seconds if that is less.

    What could not be asked, and what the registry does not list yet, is asked again after a few seconds.
    """
    delegated = delegation.standing is Standing.DELEGATED
    seconds = min(delegation.ttl or longest, longest) if delegated else FAILURE_KEPT
    return having(delegation, expires=now + seconds)
