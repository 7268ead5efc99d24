"""The UDP sockets: a few per address family, on ports the system draws, replaced again and again.

They are not connected: one socket has questions to many servers in the air. Hence every reply must show that it belongs to its
question: same server address and port, same id, same question (RFC 5452 §9).
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

from publicdns.answers import Reason
from publicdns.wire.flights import Flight
from publicdns.wire.message import HEADER_SIZE, echoes

SOCKETS = 4  # per family
QUESTIONS_PER_PORT = 20_000
BATCH = 128  # replies read from one socket before the others get their turn
BIGGEST = 4096  # octets; nobody was offered more
RECEIVE_BUFFER = 1 << 21  # octets: replies wait here while the caller writes to its database
NO_FAMILY = {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
TRY_AGAIN = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.EINTR}


class Port:
    """One UDP socket."""

    __slots__ = ("base", "family", "retired", "socket", "used")

    def __init__(self, family: int, base: int) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.bind(("0.0.0.0" if family == socket.AF_INET else "::", 0))
        self.family = family
        self.base = base  # the upper bits of this socket's keys in the table of flights
        self.used = 0
        self.retired = False


class UdpPool:
    """Sends questions and matches replies. ``pending`` is in sending order, which is the order in which tries run out."""

    def __init__(self, selector: selectors.BaseSelector, random: Random) -> None:
        self._selector = selector
        self._random = random
        self._draws: Iterator[int] = iter(())
        self._ports: dict[int, list[Port]] = {}
        self._next_base = 0
        self.pending: dict[int, Flight] = {}
        self.ignored = 0  # datagrams that belonged to no question: late, forged or damaged

    def send(self, flight: Flight, head: bytes, tail: bytes) -> Reason | None:
        """Put one question in the air. None: it is; TIMEOUT: the socket is full, as good as lost; else why it cannot be sent."""
        target = flight.target
        try:
            port, key = self._draw(target.family)
            port.socket.sendto(b"%c%c" % (key >> 8 & 0xFF, key & 0xFF) + head + flight.asked + tail, target.sockaddr)
        except OSError as error:
            if error.errno in TRY_AGAIN:
                return Reason.TIMEOUT
            return Reason.NO_FAMILY if error.errno in NO_FAMILY else Reason.UNREACHABLE
        flight.key = key
        self.pending[key] = flight
        return None

    def receive(self, port: Port, deliver: Callable[[Flight, bytes], None]) -> bool:
        """Hand the replies that wait on ``port`` and belong to a question to ``deliver``, ignore the rest. True: there may be more."""
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
            if len(reply) < HEADER_SIZE:
                self.ignored += 1
                continue
            key = base | reply[0] << 8 | reply[1]
            flight = pending.get(key)
            if flight is None or sender != flight.target.sockaddr or not echoes(reply, flight.asked):
                self.ignored += 1
                continue
            del pending[key]
            flight.key = -1
            deliver(flight, reply)
        return True

    def forget(self, flight: Flight) -> None:
        """Take a question out of the air: whatever still comes for it is ignored."""
        self.pending.pop(flight.key, None)
        flight.key = -1

    def retire(self) -> None:
        """Close the sockets that were replaced and have nothing in the air any more."""
        busy = {key & ~0xFFFF for key in self.pending}
        for ports in self._ports.values():
            for port in [port for port in ports if port.retired and port.base not in busy]:
                self._close(port)
                ports.remove(port)

    def close(self) -> None:
        """Close every socket."""
        for ports in self._ports.values():
            for port in ports:
                self._close(port)
        self._ports.clear()
        self.pending.clear()

    def _close(self, port: Port) -> None:
        self._selector.unregister(port.socket)
        port.socket.close()

    def _draw(self, family: int) -> tuple[Port, int]:
        """A random socket of the family and a random id that is free on it, as a key. Raises OSError."""
        ports = self._ports.get(family) or self._open(family)
        while True:
            number = next(self._draws, None)
            if number is None:
                self._draws = iter(memoryview(self._random.randbytes(16_384)).cast("I").tolist())
                continue
            port = ports[(number >> 16) % SOCKETS]
            key = port.base | number & 0xFFFF
            if key not in self.pending:
                port.used += 1
                if port.used >= QUESTIONS_PER_PORT and not port.retired:
                    self._replace(ports, port)
                return port, key

    def _open(self, family: int) -> list[Port]:
        ports = self._ports[family] = [self._new(family) for _ in range(SOCKETS)]
        return ports

    def _new(self, family: int) -> Port:
        self._next_base += 1 << 16
        port = Port(family, self._next_base)
        self._selector.register(port.socket, selectors.EVENT_READ, port)
        return port

    def _replace(self, ports: list[Port], old: Port) -> None:
        """Open another port for new questions; the old one waits behind the active ones for what it still has in the air."""
        ports[ports.index(old)] = self._new(old.family)
        old.retired = True
        ports.append(old)
        self.retire()
