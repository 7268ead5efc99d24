"""Talking SMTP to a relay without ever sending a message. The one file of this half that opens sockets.

Only addresses the operator's allow-list holds are dialled, the very address is looked at again once connected, and
every wait has an end. What was said comes back as a transcript; judging it is somebody else's work.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from relaycheck.engine.certificate import certificate_notes
from relaycheck.engine.naming import printable
from relaycheck.engine.reach import Reach, Target, parsed
from relaycheck.engine.transcript import Line, Reply, Transcript, Who, reply


class Ended(StrEnum):
    """Why a conversation was over before its time, as the note ``ended`` says it."""

    REFUSED_HERE = "not-allowed"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    TOO_LONG = "reply-too-long"
    NOT_SMTP = "not-smtp"
    STOPPED = "stopped"


class ConversationEnded(Exception):
    """No further word can be exchanged. Ends in the transcript, never in a caller's face."""

    def __init__(self, why: Ended, detail: str = "") -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail


class TlsFailed(Exception):
    """The handshake went wrong; ``unverified`` when only the certificate was the trouble."""

    def __init__(self, reason: str, unverified: bool) -> None:
        super().__init__(reason)
        self.unverified = unverified


class Security(StrEnum):
    """How far this connection goes with TLS. A failure moves one step down, on a new connection."""

    VERIFY = "verify"
    ACCEPT_ANY = "accept-any"
    PLAIN = "plain"


def system_addresses(host: str, seconds: float) -> tuple[str, ...]:
    """The addresses of ``host`` by this machine's resolver; empty when it does not answer in time."""
    found: list[str] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(row[4][0]) for row in rows))

    # getaddrinfo knows no time limit; a thread that is late is left behind.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return tuple(found)


def _unheard(_done: int, _of: int) -> None:
    """Progress nobody listens to."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, lines and octets. ``total`` bounds the whole probe, whatever the server does."""

    total: float = 60.0
    connect: float = 10.0
    reply: float = 20.0
    lines: int = 100
    octets: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Means:
    """What a probe works with. ``stopped`` is asked between words; ``progress`` hears (done, of how many)."""

    reach: Reach
    limits: Limits = Limits()
    helo: str = ""  # empty: the address literal of our end (RFC 5321 §4.1.3)
    resolve: Callable[[str, float], tuple[str, ...]] = system_addresses
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], object] = time.sleep
    stopped: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], object] = _unheard


@dataclass(slots=True)
class Log:
    """The transcript while it grows, and the moment it must end."""

    means: Means
    began: float = field(init=False)
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.means.clock()

    def add(self, who: Who, text: str) -> None:
        """Write one line down."""
        self.lines.append(Line(who, text, round(self.means.clock() - self.began, 3)))

    def note(self, text: str) -> None:
        """Write a note of our own down."""
        self.add(Who.NOTE, text)

    def seconds(self, wanted: float) -> float:
        """``wanted`` seconds, or less when the end of the probe is nearer. Raises ConversationEnded at the end."""
        if self.means.stopped():
            raise ConversationEnded(Ended.STOPPED)
        left = self.began + self.means.limits.total - self.means.clock()
        if left <= 0:
            raise ConversationEnded(Ended.DEADLINE)
        return min(wanted, left)

    def transcript(self) -> Transcript:
        """What was written so far."""
        return Transcript(tuple(self.lines))


class Conversation:
    """One connection: commands out, replies in, all of it bounded and written down."""

    def __init__(self, connection: socket.socket, log: Log) -> None:
        self.socket = connection
        self.log = log
        self.waiting = bytearray()

    def command(self, text: str, patience: float | None = None) -> Reply:
        """Send one command and read its reply within ``patience`` seconds (default: the limit for replies).

        Raises ConversationEnded; ValueError for what is no single printable line of ASCII.
        """
        if not text.isascii() or not text.isprintable() or len(text) > 510:
            raise ValueError("A command is one printable line of at most 510 characters.")
        self.log.add(Who.CLIENT, text)
        with _endings():
            self.socket.settimeout(self.log.seconds(self.log.means.limits.reply))
            self.socket.sendall(text.encode("ascii") + b"\r\n")
        return self.reply(patience)

    def reply(self, patience: float | None = None) -> Reply:
        """Read one reply within its limits of time, lines and octets. Raises ConversationEnded."""
        limits = self.log.means.limits
        until = self.log.means.clock() + self.log.seconds(patience or limits.reply)
        lines: list[str] = []
        octets = 0
        while len(lines) < limits.lines:
            raw = self._line(until, limits.octets - octets)
            octets += len(raw) + 1
            lines.append(printable(raw.rstrip(b"\r"), 1000))
            self.log.add(Who.SERVER, lines[-1])
            if raw[3:4] != b"-" or not raw[:3].isdigit():
                return self._understood(reply(lines))
        raise ConversationEnded(Ended.TOO_LONG)

    def _understood(self, answer: Reply) -> Reply:
        if not answer.code:
            raise ConversationEnded(Ended.NOT_SMTP)
        return answer

    def _line(self, until: float, most: int) -> bytes:
        while (end := self.waiting.find(b"\n")) < 0:
            if len(self.waiting) >= most:
                raise ConversationEnded(Ended.TOO_LONG)
            self._receive(until)
        if end >= most:
            raise ConversationEnded(Ended.TOO_LONG)
        line = bytes(self.waiting[:end])
        del self.waiting[: end + 1]
        return line

    def _receive(self, until: float) -> None:
        left = until - self.log.means.clock()
        if left <= 0:
            self.log.seconds(1)  # the whole probe's end has its own name
            raise ConversationEnded(Ended.TIMEOUT)
        with _endings():
            self.socket.settimeout(left)
            received = self.socket.recv(4096)
        if not received:
            raise ConversationEnded(Ended.CLOSED)
        self.waiting += received

    def encrypt(self, security: Security, name: str) -> None:
        """TLS from here on, its facts noted; nothing from before is carried over (RFC 3207 §4.2). Raises TlsFailed."""
        if self.waiting:
            self.log.note("tls-injection")
            self.waiting.clear()
        context = self.log.means.trust() if security is Security.VERIFY else _any_certificate()
        self.socket.settimeout(self.log.seconds(self.log.means.limits.reply))
        try:
            secured = context.wrap_socket(self.socket, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            raise TlsFailed(printable(error.verify_message or str(error), 200), unverified=True) from None
        except (OSError, ValueError) as error:
            raise TlsFailed(printable(str(error), 200), unverified=False) from None
        self.socket = secured
        cipher = secured.cipher()
        self.log.note(f"tls {secured.version()} {cipher[0] if cipher else ''}")
        for note in certificate_notes(secured.getpeercert(binary_form=True) or b""):
            self.log.note(note)

    def close(self) -> None:
        """Hang up without waiting for anybody."""
        self.socket.close()


@contextmanager
def _endings() -> Iterator[None]:
    """Every way a socket fails is an ending with a name."""
    try:
        yield
    except TimeoutError:
        raise ConversationEnded(Ended.TIMEOUT) from None
    except OSError as error:
        raise ConversationEnded(Ended.CLOSED, printable(str(error), 200)) from None


def _any_certificate() -> ssl.SSLContext:
    """A context that takes what comes: the probe states facts, it does not confide anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def permitted(target: Target, log: Log) -> list[str]:
    """The addresses of ``target`` that may be dialled. Nothing leaves this machine while the list is empty."""
    means = log.means
    if target.port not in means.reach.ports:
        log.note(f"ended {Ended.REFUSED_HERE} Port {target.port} is not allowed.")
        return []
    if means.reach.empty:
        log.note(f"ended {Ended.REFUSED_HERE} No network is allowed yet.")
        return []
    literal = parsed(target.host)
    found = (str(literal),) if literal else means.resolve(target.host, log.seconds(means.limits.connect))
    if literal is None and found:
        log.note(f"resolved {' '.join(found[:20])}")
    refusals = [(address, means.reach.refusal(address, target.port)) for address in found]
    allowed = [address for address, refusal in refusals if not refusal]
    if not found:
        log.note(f"ended {Ended.UNRESOLVED} {target.host}")
    elif not allowed:
        log.note(f"ended {Ended.REFUSED_HERE} {refusals[0][1]}")
    return allowed


def dial(target: Target, address: str, log: Log) -> socket.socket:
    """Connect to this very address and make sure that it is the one that answers. Raises ConversationEnded."""
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(log.seconds(log.means.limits.connect))
        connection.connect((address, target.port))
        peer, port = connection.getpeername()[:2]
        if refusal := log.means.reach.refusal(peer, port):
            raise ConversationEnded(Ended.REFUSED_HERE, refusal)
        log.note(f"target {target.host} {peer} {port}")
        log.note(f"local {connection.getsockname()[0]}")
    except OSError as error:
        connection.close()
        raise ConversationEnded(Ended.UNREACHABLE, f"{address} {printable(str(error), 200)}") from None
    except ConversationEnded:
        connection.close()
        raise
    return connection
