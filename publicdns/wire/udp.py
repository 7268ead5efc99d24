"""The UDP sockets: a few per address family, on ports the system draws, replaced again and again.

They are not connected: one socket has questions to many servers in the air. Hence a reply must show that it belongs
to its question: same server address and port, same id, same question (RFC 5452 §9).
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any, Protocol

from publicdns.answers import Reason
from publicdns.wire.message import echoes
from publicdns.wire.targets import Target

SOCKETS = 4  # per family
QUESTIONS_PER_PORT = 20_000
BATCH = 256  # replies read from one socket before the others get their turn
BIGGEST = 4096  # octets; nobody was offered more
RECEIVE_BUFFER = 1 << 22  # octets: replies wait here while the caller writes to its database
EVERYWHERE = {int(socket.AF_INET): "0.0.0.0", int(socket.AF_INET6): "::"}  # noqa: S104 - replies are all that is received here
NO_FAMILY = {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
TRY_AGAIN = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.EINTR}


class Owner(Protocol):
    """Whoever has questions in the air; ``seat`` tells them apart."""

    def arrived(self, seat: Any, reply: bytes) -> None:
        """This belongs to the question."""

    def overdue(self, seat: Any) -> None:
        """Nothing came in time."""


Pending = tuple[
    float, bytes, Target, Owner, Any
]  # when it was sent, what was asked, of whom, for whom, and its seat there


class Port:
    """One UDP socket."""

    __slots__ = ("base", "family", "socket", "used")

    def __init__(self, family: int, base: int) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.bind((EVERYWHERE[family], 0))
        self.family = family
        self.base = base  # the upper bits of this socket's keys in the table
        self.used = 0


class UdpPool:
    """Sends questions and matches replies. ``pending`` is in sending order, so the oldest question comes first."""

    def __init__(self, selector: selectors.BaseSelector, random: Random, per_port: int = QUESTIONS_PER_PORT) -> None:
        self._selector = selector
        self._per_port = per_port
        self._random = random
        self._draws: list[int] = []
        self._ports: dict[int, list[Port]] = {}  # where questions leave, by family
        self._retired: list[Port] = []  # replaced, but with questions in the air
        self.opened = 0
        self.pending: dict[int, Pending] = {}
        self.ignored = 0  # datagrams that belonged to no question: late, forged or damaged

    def port(self, family: int) -> Port:
        """One of the family's sockets, by chance. Raises OSError."""
        ports = self._ports.get(family) or self._open(family)
        return ports[self._draw() % SOCKETS]

    def send(
        self, port: Port, now: float, target: Target, asked: bytes, frame: tuple[bytes, bytes], owner: Owner, seat: Any
    ) -> int:
        """Put one question in the air: ``frame`` before and after what is asked. Returns its key; raises OSError."""
        pending = self.pending
        key = port.base | self._draw()
        while key in pending:
            key = port.base | self._draw()
        port.socket.sendto((key & 0xFFFF).to_bytes(2, "big") + frame[0] + asked + frame[1], target.sockaddr)
        pending[key] = (now, asked, target, owner, seat)
        port.used += 1
        if port.used == self._per_port:
            self._replace(port)
        return key

    def receive(self, port: Port) -> bool:
        """Hand the replies that wait on ``port`` to their owners, ignore what belongs to nobody. True: there may be
        more.
        """
        read = port.socket.recvfrom
        pending = self.pending
        base = port.base
        for _ in range(BATCH):
            try:
                reply, sender = read(BIGGEST)
            except BlockingIOError:
                return False
            except OSError:  # an ICMP error on some systems: it does not say for which question
                continue
            key = base | int.from_bytes(reply[:2], "big")
            waiting = pending.get(key)
            if waiting is not None and sender == waiting[2].sockaddr and echoes(reply, waiting[1]):
                del pending[key]
                waiting[3].arrived(waiting[4], reply)
            else:
                self.ignored += 1
        return True

    def expire(self, limit: float) -> None:
        """Tell the owners of questions that were sent at ``limit`` or before, and forget these."""
        pending = self.pending
        while pending:
            key = next(iter(pending))
            sent, _, _, owner, seat = pending[key]
            if sent > limit:
                return
            del pending[key]
            owner.overdue(seat)

    def drain(self) -> list[Pending]:
        """Take every question out of the air; replies that still come are ignored."""
        questions = list(self.pending.values())
        self.pending.clear()
        return questions

    def oldest(self) -> float | None:
        """When the question was sent that waits longest."""
        return next(iter(self.pending.values()))[0] if self.pending else None

    def close(self) -> None:
        """Close every socket."""
        for port in self._all():
            self._close(port)
        self._ports.clear()
        self._retired.clear()
        self.pending.clear()

    def _draw(self) -> int:
        """Sixteen bits that nobody can foresee."""
        if not self._draws:
            self._draws = memoryview(self._random.randbytes(8_192)).cast("H").tolist()
        return self._draws.pop()

    def _all(self) -> Iterator[Port]:
        for ports in self._ports.values():
            yield from ports
        yield from self._retired

    def _close(self, port: Port) -> None:
        self._selector.unregister(port.socket)
        port.socket.close()

    def _open(self, family: int) -> list[Port]:
        ports = self._ports[family] = [self._new(family) for _ in range(SOCKETS)]
        return ports

    def _new(self, family: int) -> Port:
        self.opened += 1
        port = Port(family, self.opened << 16)
        self._selector.register(port.socket, selectors.EVENT_READ, port)
        return port

    def _replace(self, old: Port) -> None:
        """New questions leave from another port; the old one stays open while it has something in the air."""
        ports = self._ports[old.family]
        ports[ports.index(old)] = self._new(old.family)
        self._retired.append(old)
        busy = {key & ~0xFFFF for key in self.pending}
        for port in [port for port in self._retired if port.base not in busy]:
            self._retired.remove(port)
            self._close(port)


def why_unsent(error: OSError) -> Reason:
    """What a failed send means. TIMEOUT: the socket was full, which is as good as a packet lost on the way."""
    if error.errno in TRY_AGAIN:
        return Reason.TIMEOUT
    return Reason.NO_FAMILY if error.errno in NO_FAMILY else Reason.UNREACHABLE
