"""Which ways into public DNS this machine has, told from how its questions fare: either address family, and name
servers at all. Many networks that all keep silent are no accident: their servers are somebody else's each time.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING

from publicdns.answers import Reason

if TYPE_CHECKING:
    from publicdns.wire.targets import Target

MANY = 8  # networks in which nobody answers, before it is the way and not the servers
PAUSE = 0.25  # seconds between two looks at the tallies
TRY_AGAIN = 5.0  # seconds between two questions that leave although nothing is expected of them


class Way(StrEnum):
    """What a machine may lack."""

    NAME_SERVERS = "name-servers"  # their port is closed to it, while resolvers answer
    IPV4 = "IPv4"
    IPV6 = "IPv6"


FAMILIES = {int(socket.AF_INET): Way.IPV4, int(socket.AF_INET6): Way.IPV6}


class Ways:
    """The ways of one run. ``lost`` are those found to lead nowhere, or said to from the beginning; the first reply
    that comes that way all the same gives it back.
    """

    def __init__(self, lost: Iterable[Way] = ()) -> None:
        self.lost = set(lost)
        self._known = frozenset(self.lost)
        self._name_servers: dict[int, list[Target]] = {family: [] for family in FAMILIES}
        self._resolvers: list[Target] = []
        self._suspected: dict[Way, float] = {}  # since when the tallies look as if it were lost
        self._newest: float | None = None  # when the newest of the tries left that were in vain and not looked at yet
        self._look_at = self._try_at = 0.0

    def add(self, target: Target) -> None:
        """A server that questions may go to."""
        if target.server.recursive:
            self._resolvers.append(target)
        elif target.family:
            self._name_servers[target.family].append(target)

    def why_closed(self, target: Target, now: float) -> Reason:
        """Why there is no way to ``target``; Reason.NONE where there is one."""
        if now >= self._look_at:
            self._look_at = now + PAUSE
            self.review()
        if FAMILIES[target.family] in self.lost:
            return Reason.NO_FAMILY
        return Reason.BLOCKED if Way.NAME_SERVERS in self.lost and not target.server.recursive else Reason.NONE

    def may_try(self, now: float) -> bool:
        """Whether one question may leave although nothing is expected of it, so that a way that is back is noticed."""
        if now < self._try_at:
            return False
        self._try_at = now + TRY_AGAIN
        return True

    def in_vain(self, sent: float) -> None:
        """A try that left at ``sent`` brought nothing."""
        self._newest = sent if self._newest is None else max(self._newest, sent)

    def consider(self, now: float) -> None:
        """Look whether it is the way, if tries were in vain. What looks so must do so again, of a try that left after:
        a moment's outage of ours passes in between.
        """
        if self._newest is None or now < self._look_at:
            return
        newest, self._newest, self._look_at = self._newest, None, now + PAUSE
        suspects = {way for way in Way if way not in self.lost and self._seems_lost(way)}
        self._suspected = {way: self._suspected.get(way, now) for way in suspects}
        self.lost |= {way for way, since in self._suspected.items() if newest >= since}

    def review(self) -> frozenset[Way]:
        """What is lost for certain, after the last replies: of the families only one while name servers are heard by
        the other, or one that was known to be before.
        """
        self.lost -= {way for way in self.lost if self._is_heard(way)}
        certain = {way for way in self.lost if way is Way.NAME_SERVERS or self._others_answer(way)}
        return frozenset(certain | self.lost & self._known)

    @property
    def doubtful(self) -> frozenset[Way]:
        """The lost ones, and those that were tried without any reply yet."""
        untold = (way for way in Way if not self._is_heard(way) and any(map(_is_silent, self._asked(way))))
        return frozenset((*self.lost, *untold))

    def _asked(self, way: Way) -> list[Target]:
        """Whose replies would come that way."""
        if way is Way.NAME_SERVERS:
            return [target for found in self._name_servers.values() for target in found]
        return self._reached_by(way) + [target for target in self._resolvers if FAMILIES.get(target.family) is way]

    def _reached_by(self, way: Way) -> list[Target]:
        return [target for family, found in self._name_servers.items() if FAMILIES[family] is way for target in found]

    def _is_heard(self, way: Way) -> bool:
        return any(target.tally.answered for target in self._asked(way))

    def _seems_lost(self, way: Way) -> bool:
        """Whether nobody in many networks answers that way, while somebody does the other."""
        asked = self._asked(way)
        if any(target.tally.answered for target in asked):
            return False
        networks = {network(target.server.address) for target in asked if _is_silent(target)}
        return len(networks) >= MANY and self._others_answer(way)

    def _others_answer(self, way: Way) -> bool:
        if way is Way.NAME_SERVERS:
            return any(target.tally.answered and not target.tally.silent for target in self._resolvers)
        other = Way.IPV6 if way is Way.IPV4 else Way.IPV4
        return any(target.tally.answered for target in self._reached_by(other))


def network(address: str) -> str:
    """What ``address`` shares with its owner's others, roughly: an IPv4 /16, an IPv6 /48."""
    if ":" not in address:
        return address.rsplit(".", 2)[0]
    return ip_address(address).packed[:6].hex()


def _is_silent(target: Target) -> bool:
    return target.tally.silent > 0 and not target.tally.answered
