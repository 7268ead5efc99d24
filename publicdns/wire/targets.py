"""The servers as the loop sees them: socket address, queue, tally, and why one must not be asked."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from publicdns.answers import Reason, Server, Transport
from publicdns.wire.addresses import is_listed, is_special
from publicdns.wire.options import WireOptions
from publicdns.wire.pacing import Gate, Pacer
from publicdns.wire.ways import FAMILIES, Ways

WEIGHT = 8  # of the average so far against the newest


@dataclass(slots=True, eq=False)
class Tally:
    """How one server address and port did so far. ``silent`` counts the tries in a row that timed out."""

    asked: int = 0
    answered: int = 0
    timeouts: int = 0
    silent: int = 0
    seconds: float = 0.0  # that its replies take, lately and on average

    def heard(self, seconds: float, replies: int = 1) -> None:
        """Count replies that took so long."""
        self.seconds += (seconds - self.seconds) / WEIGHT if self.answered else seconds
        self.answered += replies
        self.silent = 0

    def missed(self) -> None:
        """Count a try that was given up. How long replies take is told by replies alone (RFC 6298 §3): a lost one must
        not make the server look slow, or the next lost ones are waited for in full.
        """
        self.timeouts += 1
        self.silent += 1

    def is_within(self, seconds: float) -> bool:
        """Whether it has answered so far, and usually well within that time."""
        return self.answered > 0 and self.seconds * 4 < seconds


class Target:
    """One server."""

    __slots__ = ("closed", "family", "gate", "over_udp", "server", "sockaddr", "special", "tally")

    def __init__(self, server: Server, gate: Gate, tally: Tally) -> None:
        self.server = server
        self.gate = gate
        self.tally = tally
        self.special = is_special(server.address) is not None
        self.over_udp = server.transport is Transport.UDP
        self.closed = Reason.NONE
        self.family, self.sockaddr = socket_address(server)


def socket_address(server: Server) -> tuple[int, tuple[Any, ...]]:
    """Family and socket address, spelt as the kernel spells the sender of a reply. Family 0: this is no address."""
    tails: tuple[tuple[int, tuple[int, ...]], ...] = ((socket.AF_INET, ()), (socket.AF_INET6, (0, 0)))
    for family, tail in tails:
        try:
            host = socket.inet_ntop(family, socket.inet_pton(family, server.address))
        except (OSError, ValueError):
            continue
        return int(family), (host, server.port, *tail)
    return 0, ()


class Targets:
    """Every server of a run, and what was noticed about this machine's way to them."""

    def __init__(self, resolvers: Sequence[Server], options: WireOptions, pacer: Pacer) -> None:
        self.ways = Ways(options.lacking)
        self.tallies: dict[tuple[str, int], Tally] = {}
        self._options = options
        self._pacer = pacer
        self._known: dict[Server, Target] = {}
        self._resolvers = [self.of(server) for server in resolvers]

    def of(self, server: Server) -> Target:
        """The target of one server."""
        target = self._known.get(server)
        if target is None:
            tally = self.tallies.setdefault((server.address, server.port), Tally())
            target = self._known[server] = Target(server, self._pacer.gate(server.address), tally)
            target.closed = self._closed(target)
            if not target.closed:
                self.ways.add(target)
        return target

    def route(self, server: Server | None) -> tuple[Target, ...]:
        """Whom to ask, one entry per try. The resolvers take turns; those that were silent come last."""
        if server is not None:
            return (self.of(server),) * self._options.tries
        self._resolvers = self._resolvers[1:] + self._resolvers[:1]
        return tuple(sorted(self._resolvers, key=lambda target: target.tally.silent)) * self._options.tries

    def why_closed(self, target: Target, now: float) -> Reason:
        """Why this target must not or cannot be asked; Reason.NONE when it can."""
        if target.closed or not self.ways.lost:
            return target.closed
        return self.ways.why_closed(target, now)

    def unsendable(self, target: Target, reason: Reason) -> Reason:
        """What it means that the system refused to send there: a public address without a way to it costs its whole
        family.
        """
        if reason is not Reason.NO_FAMILY:
            return reason
        if target.special:
            return Reason.UNREACHABLE
        self.ways.lost.add(FAMILIES[target.family])
        return reason

    def _closed(self, target: Target) -> Reason:
        """Resolvers are the operator's own choice; name servers are somebody else's."""
        server = target.server
        if not target.family or not 0 < server.port < 65_536:
            return Reason.NO_SERVER
        if server.recursive or not target.special or is_listed(server.address, self._options.allowed_networks):
            return Reason.NONE
        return Reason.FORBIDDEN
