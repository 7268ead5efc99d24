"""DNS over TLS (RFC 7858) and HTTPS (RFC 8484): blocking exchanges in a few threads, their results fed back to the
loop.

A certificate that does not fit is a failure with a reason; nothing here ever falls back to plain DNS.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Protocol

from publicdns.answers import Reason, Server, Transport
from publicdns.wire.flights import Flight
from publicdns.wire.message import echoes
from publicdns.wire.options import WireOptions

WORKERS = 8
BIGGEST = 65_535  # octets of a message (RFC 1035 §4.2.2)

Deliver = Callable[[Flight, bytes], None]
Fail = Callable[[Flight, Reason, str], None]


class TunnelError(Exception):
    """An exchange that failed, with the Reason and words for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Carrier(Protocol):
    """A way to one server."""

    def exchange(self, query: bytes, until: float) -> bytes:
        """The reply to one message, before the moment ``until``. Raises OSError (ssl.SSLError among them) or
        TunnelError.
        """

    def close(self) -> None:
        """Hang up."""


class TlsCarrier:
    """DNS over TLS. Connections that came back whole are used again."""

    def __init__(self, server: Server, context: ssl.SSLContext, monotonic: Callable[[], float]) -> None:
        self._server = server
        self._context = context
        self._monotonic = monotonic
        self._idle: list[ssl.SSLSocket] = []
        self._lock = Lock()

    def exchange(self, query: bytes, until: float) -> bytes:
        """One question; over an old connection if one is open, over a new one if that turns out to be dead."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            with suppress(OSError):
                return self._converse(connection, query, until)
        return self._converse(self._connect(until), query, until)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    def _connect(self, until: float) -> ssl.SSLSocket:
        plain = socket.create_connection((self._server.address, self._server.port), self._left(until))
        try:
            plain.settimeout(self._left(until))
            return self._context.wrap_socket(plain, server_hostname=self._server.tls_name or self._server.address)
        except BaseException:
            plain.close()
            raise

    def _converse(self, connection: ssl.SSLSocket, query: bytes, until: float) -> bytes:
        try:
            connection.settimeout(self._left(until))
            connection.sendall(len(query).to_bytes(2, "big") + query)
            size = int.from_bytes(self._receive(connection, 2, until), "big")
            reply = self._receive(connection, size, until)
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return reply

    def _receive(self, connection: ssl.SSLSocket, size: int, until: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            connection.settimeout(self._left(until))
            piece = connection.recv(size - len(parts))
            if not piece:
                raise ConnectionResetError("closed before the answer was complete")
            parts += piece
        return bytes(parts)

    def _left(self, until: float) -> float:
        left = until - self._monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return left


def tls_failure(error: BaseException) -> TunnelError | None:
    """The TLS failure that ``error`` was caused by, if it was."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TunnelError(Reason.TLS, (getattr(cause, "verify_message", "") or cause.reason or str(cause))[:200])
        cause = cause.__cause__ or cause.__context__
    return None


def carrier_to(server: Server, context: ssl.SSLContext, monotonic: Callable[[], float]) -> Carrier:
    """A way to one server by its transport."""
    if server.transport is Transport.TLS:
        return TlsCarrier(server, context, monotonic)
    # Here, because its client costs several megabytes and few resolvers are asked over HTTPS.
    from publicdns.wire.https import HttpsCarrier  # noqa: PLC0415

    return HttpsCarrier(server, context, monotonic)


class Tunnels:
    """All exchanges of a wire. Threads touch a Flight only to read it; its fate is decided in the loop's thread."""

    def __init__(self, selector: selectors.BaseSelector, options: WireOptions, deliver: Deliver, fail: Fail) -> None:
        self._selector = selector
        self._options = options
        self._deliver = deliver
        self._fail = fail
        self._carriers: dict[Server, Carrier] = {}
        self._outcomes: SimpleQueue[tuple[Flight, int, bytes | TunnelError]] = SimpleQueue()
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        selector.register(self._bell, selectors.EVENT_READ, self)

    def send(self, flight: Flight, until: float) -> None:
        """Ask ``flight.query``; the loop learns of the outcome through :meth:`collect`."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(WORKERS, "dns-tunnel")
        self._pool.submit(self._exchange, flight, flight.attempt, flight.query, flight.target.server, until)

    def collect(self) -> None:
        """Hand over what has come; outcomes nobody waits for any more are dropped."""
        with suppress(BlockingIOError):
            while self._bell.recv(4096):
                pass
        while True:
            try:
                flight, attempt, outcome = self._outcomes.get_nowait()
            except Empty:
                return
            if flight.done or flight.attempt != attempt:
                continue
            if isinstance(outcome, TunnelError):
                self._fail(flight, outcome.reason, str(outcome))
            elif outcome[:2] == flight.query[:2] and echoes(outcome, flight.asked):
                self._deliver(flight, outcome)
            else:
                self._fail(flight, Reason.MALFORMED, "an answer to something else")

    def close(self) -> None:
        """Wait for the threads, each at most one timeout long, and hang up."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for carrier in self._carriers.values():
            carrier.close()
        self._selector.unregister(self._bell)
        self._bell.close()
        self._rope.close()

    def _carrier(self, server: Server) -> Carrier:
        with self._lock:
            carrier = self._carriers.get(server)
            if carrier is None:
                try:
                    context = ssl.create_default_context(cafile=self._options.ca_file)
                except OSError as error:
                    raise TunnelError(Reason.TLS, f"the CA file cannot be read: {error.strerror or error}") from error
                carrier = carrier_to(server, context, self._options.monotonic)
                self._carriers[server] = carrier
            return carrier

    def _exchange(self, flight: Flight, attempt: int, query: bytes, server: Server, until: float) -> None:
        if flight.done or flight.attempt != attempt:
            return
        try:
            outcome: bytes | TunnelError = self._carrier(server).exchange(query, until)
        except TunnelError as error:
            outcome = error
        except TimeoutError:
            outcome = TunnelError(Reason.TIMEOUT, "")
        except OSError as error:
            outcome = tls_failure(error) or TunnelError(Reason.UNREACHABLE, error.strerror or str(error))
        self._outcomes.put((flight, attempt, outcome))
        with suppress(OSError):  # a full pipe has rung already; a closed one has nobody to wake
            self._rope.send(b"!")
