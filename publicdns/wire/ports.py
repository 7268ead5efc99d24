"""One UDP socket, and how a burst of questions leaves from several of them."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from struct import Struct
from typing import Any, Protocol

from publicdns.wire.targets import Target

RECEIVE_BUFFER = 1 << 22  # octets: replies wait here while the caller writes to its database
EVERYWHERE = {int(socket.AF_INET): "0.0.0.0", int(socket.AF_INET6): "::"}  # noqa: S104 - replies are all that is received here
UDP_SEGMENT = 103  # udp(7), Linux 4.18 and newer: one call sends many datagrams of one length to one place
SEGMENTS = 64  # that one call may send, in every kernel that knows it
SHORT = Struct("=H")
NOT_TOGETHER = {errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP}  # this way cannot: IPsec, no checksums


class Owner(Protocol):
    """Whoever has questions in the air; ``seat`` tells them apart."""

    def arrived(self, seat: Any, reply: bytes) -> None:
        """This belongs to the question."""

    def overdue(self, seat: Any) -> None:
        """Nothing came in time."""

    def has_another_try(self, seat: Any) -> bool:
        """Whether the same server can be asked once more at once."""

    def unsent(self, seat: Any, error: OSError) -> None:
        """The system refused to send it."""


Pending = tuple[float, bytes, Target, Owner, Any]  # sent when, what was asked, of whom, for whom, and its seat there
Unsent = tuple[bytes, OSError]  # a datagram, and why it did not leave


class Port:
    """One UDP socket, and the questions that left from it and are in the air, by their id and in sending order."""

    __slots__ = ("family", "late", "pending", "socket", "together", "used")

    def __init__(self, family: int) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.bind((EVERYWHERE[family], 0))
        self.family = family
        self.pending: dict[bytes, Pending] = {}
        self.late: dict[bytes, Pending] = {}  # waited for on, although a quick server would have answered by now
        self.together = can_send_together(self.socket)
        self.used = 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is in the air."""
        return not self.pending and not self.late

    def send(self, datagrams: list[bytes], sockaddr: tuple[Any, ...]) -> Iterator[Unsent]:
        """Send datagrams of one length to one place. Yields those that the system refused."""
        for start in range(0, len(datagrams), SEGMENTS):
            some = datagrams[start : start + SEGMENTS]
            if len(some) == 1 or not self._send_together(some, sockaddr):
                yield from self._send_singly(some, sockaddr)

    def _send_together(self, datagrams: list[bytes], sockaddr: tuple[Any, ...]) -> bool:
        """One call for all: on loopback it takes a fifth of the time that a call each takes. False: none has left."""
        if not self.together:
            return False
        length = SHORT.pack(len(datagrams[0]))
        try:
            self.socket.sendmsg(datagrams, [(socket.IPPROTO_UDP, UDP_SEGMENT, length)], 0, sockaddr)
        except OSError as error:
            self.together = error.errno not in NOT_TOGETHER
            return False
        return True

    def _send_singly(self, datagrams: list[bytes], sockaddr: tuple[Any, ...]) -> Iterator[Unsent]:
        for datagram in datagrams:
            try:
                self.socket.sendto(datagram, sockaddr)
            except OSError as error:
                yield datagram, error


def can_send_together(sender: socket.socket) -> bool:
    """Whether the system knows how. One that does not would send everything as a single datagram."""
    if sys.platform != "linux":
        return False
    try:
        sender.getsockopt(socket.IPPROTO_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True


class Burst:
    """Questions that leave together: those of one length to one server in one call, from the port they share.

    One at a time, each also has to wake a server near by that has answered the one before and gone to sleep, which
    costs several times what sending does.
    """

    def __init__(self) -> None:
        self.size = 0
        self.ports: dict[Target, Port] = {}  # where the questions to each server leave
        self._datagrams: dict[tuple[Port, Target, int], list[bytes]] = {}  # by their length

    def add(self, port: Port, target: Target, datagram: bytes) -> None:
        """One more."""
        self.size += 1
        self._datagrams.setdefault((port, target, len(datagram)), []).append(datagram)

    def leave(self) -> None:
        """Put all of them in the air, and tell the owners of those that cannot leave."""
        groups = self._datagrams
        self.clear()
        for (port, target, _), datagrams in groups.items():
            for datagram, error in port.send(datagrams, target.sockaddr):
                if waiting := port.pending.pop(datagram[:2], None):
                    waiting[3].unsent(waiting[4], error)

    def clear(self) -> None:
        """Let none of them leave."""
        self.size, self.ports, self._datagrams = 0, {}, {}
