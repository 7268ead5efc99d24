"""TCP for answers that do not fit into a datagram (RFC 7766): one question per connection, never blocking, always
bounded.
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections import deque
from collections.abc import Callable

from publicdns.wire.flights import Flight
from publicdns.wire.message import echoes

Deliver = Callable[[Flight, bytes], None]
Fail = Callable[[Flight, str], None]


class Stream:
    """One conversation. :meth:`advance` goes on with it until it has a whole message."""

    __slots__ = ("_incoming", "_outgoing", "_selector", "flight", "socket")

    def __init__(self, selector: selectors.BaseSelector, flight: Flight) -> None:
        self._selector = selector
        self._outgoing = len(flight.query).to_bytes(2, "big") + flight.query
        self._incoming = bytearray()
        self.flight = flight
        self.socket = socket.socket(flight.target.family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        code = self.socket.connect_ex(flight.target.sockaddr)
        if code not in (0, errno.EINPROGRESS):
            self.socket.close()
            raise OSError(code, errno.errorcode.get(code, "cannot connect"))
        selector.register(self.socket, selectors.EVENT_WRITE, self)

    def advance(self) -> bytes | None:
        """Go on after the selector said that the socket is ready: the whole message, or None for not yet. Raises
        OSError.
        """
        try:
            if self._outgoing:
                self._outgoing = self._outgoing[self.socket.send(self._outgoing) :]
                if not self._outgoing:
                    self._selector.modify(self.socket, selectors.EVENT_READ, self)
                return None
            piece = self.socket.recv(65_537)
        except BlockingIOError:
            return None
        if not piece:
            raise OSError(errno.ECONNRESET, "closed before the answer was complete")
        self._incoming += piece
        size = int.from_bytes(self._incoming[:2], "big") + 2
        return bytes(self._incoming[2:size]) if 2 < size <= len(self._incoming) else None

    def close(self) -> None:
        """Leave the selector and the network."""
        self._selector.unregister(self.socket)
        self.socket.close()


class Streams:
    """The conversations that are open, and the questions that wait for one to end."""

    def __init__(self, selector: selectors.BaseSelector, limit: int, deliver: Deliver, fail: Fail) -> None:
        self._selector = selector
        self._limit = limit
        self._deliver = deliver
        self._fail = fail
        self._open: dict[Flight, Stream] = {}
        self._waiting: deque[Flight] = deque()

    def send(self, flight: Flight) -> None:
        """Ask ``flight.query`` over TCP, as soon as there is room."""
        self._waiting.append(flight)
        self._pump()

    def advance(self, stream: Stream) -> None:
        """Go on with one conversation; one that ends makes room for the next."""
        flight = stream.flight
        try:
            message = stream.advance()
        except OSError as error:
            self._hang_up(flight)
            self._fail(flight, error.strerror or "connection lost")
            return
        if message is None:
            return
        self._hang_up(flight)
        if message[:2] == flight.query[:2] and echoes(message, flight.asked):
            self._deliver(flight, message)
        else:
            self._fail(flight, "an answer to something else")

    def forget(self, flight: Flight) -> None:
        """Hang up on a question that nobody waits for any more."""
        if flight in self._open:
            self._hang_up(flight)
        elif flight in self._waiting:
            self._waiting.remove(flight)

    def close(self) -> None:
        """Hang up everywhere."""
        self._waiting.clear()
        for flight in list(self._open):
            self._hang_up(flight)

    def _pump(self) -> None:
        while self._waiting and len(self._open) < self._limit:
            flight = self._waiting.popleft()
            try:
                self._open[flight] = Stream(self._selector, flight)
            except OSError as error:
                self._fail(flight, error.strerror or "cannot connect")

    def _hang_up(self, flight: Flight) -> None:
        self._open.pop(flight).close()
        self._pump()
