"""Handing one message to one mail server, by hand: the only socket of notices.

smtplib is used for its dialogue, with replies read here instead: its own reader has no bound on lines and no deadline
over many small reads, and its ``sendmail`` leaves no room for the marker that is committed between RCPT and DATA.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

LINES, BYTES = 100, 65536  # of one reply


class Handed(StrEnum):
    """How far one attempt came."""

    ACCEPTED = "accepted"
    LATER = "later"  # 4xx, or the server could not be reached: nothing was handed over
    REFUSED = "refused"  # 5xx about this message or recipient
    LOST = "lost"  # the connection was lost after DATA: nobody knows


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes, from EMAIL_URL."""

    host: str
    port: int
    tls: str = ""  # "", "starttls" or "implicit"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one attempt, and the dialogue for people."""

    handed: Handed
    reply: str
    transcript: tuple[str, ...] = ()


class BadMailUrl(ValueError):
    """EMAIL_URL cannot be read; the text says how to mend it."""


def parse_mail_url(url: str) -> MailServer:
    """``smtp://user:password@host:587?tls=starttls``, ``smtps://host:465``, ``smtp+tls://host``. Raises BadMailUrl."""
    parts = urlsplit(url)
    tls = {"smtp": "", "smtps": "implicit", "smtp+ssl": "implicit", "smtp+tls": "starttls"}.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port, tls = None, None
    if tls is None or not parts.hostname:
        raise BadMailUrl(
            "EMAIL_URL cannot be read. Write smtp://host:25, smtp+tls://user:password@host:587 or smtps://host:465."
        )
    options = parse_qs(parts.query)
    if options.get("tls", [""])[0] == "starttls":
        tls = "starttls"
    standard = {"": 25, "starttls": 587, "implicit": 465}[tls]
    return MailServer(
        parts.hostname,
        port or standard,
        tls,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        options.get("ca", [""])[0],
    )


class _Dialogue(smtplib.SMTP):
    """smtplib with an overall deadline, bounded replies and a transcript."""

    def __init__(self, server: MailServer, deadline: float) -> None:
        self.deadline = deadline
        self.transcript: list[str] = []
        self.buffer = b""
        self.signing_in = False
        self.server = server
        self.tls = ssl.create_default_context(cafile=server.ca_file or None)
        super().__init__(timeout=max(0.1, deadline - time.monotonic()))

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        if self.server.tls != "implicit":
            return plain
        return self.tls.wrap_socket(plain, server_hostname=host)

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this attempt is over")
        return left

    def send(self, s: object) -> None:
        if self.sock is not None:
            self.sock.settimeout(self._left())
        super().send(s)  # type: ignore[arg-type]

    def putcmd(self, cmd: str, args: str = "") -> None:
        self.transcript.append("C: (credentials)" if self.signing_in else f"C: {cmd} {args}".strip())
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """One reply of at most LINES lines and BYTES bytes within the deadline (RFC 5321 §4.2)."""
        lines: list[bytes] = []
        size = 0
        while True:
            line = self._line()
            size += len(line)
            if len(lines) >= LINES or size > BYTES:
                raise smtplib.SMTPServerDisconnected("the server's reply has no end")
            self.transcript.append("S: " + line.decode("utf-8", "backslashreplace")[:500])
            lines.append(line[4:])
            if not line[:3].isdigit():
                raise smtplib.SMTPServerDisconnected("the server's reply is no SMTP reply")
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)

    def _line(self) -> bytes:
        while b"\n" not in self.buffer:
            if len(self.buffer) > BYTES or self.sock is None:
                raise smtplib.SMTPServerDisconnected("the server's reply has no end")
            self.sock.settimeout(self._left())
            more = self.sock.recv(4096)
            if not more:
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def secure(self) -> None:
        """STARTTLS; whatever came in clear text behind its reply is an injection (RFC 3207 §6)."""
        self.ehlo_or_helo_if_needed()
        code, text = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        if self.buffer or self.sock is None:
            raise smtplib.SMTPServerDisconnected("the server sent clear text after STARTTLS")
        self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.server.host)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def sign_in(self) -> None:
        """AUTH, with nothing of it in the transcript."""
        self.signing_in = True
        self.login(self.server.user, self.server.password)
        self.signing_in = False

    def cut(self) -> None:
        """Close without a goodbye that could hang."""
        if self.sock is not None:
            self.sock.close()


def hand_over(
    server: MailServer, sender: str, recipient: str, mime: bytes, *, before_data: Callable[[], None], seconds: float
) -> Attempt:
    """One conversation for one recipient, at most ``seconds`` long.

    ``before_data`` runs after RCPT was accepted and before DATA is said; what it raises ends the attempt before
    anything was handed over and is passed on. Every outcome of the network is an Attempt.
    """
    dialogue = _Dialogue(server, time.monotonic() + seconds)
    began_data = False
    try:
        _greet(dialogue)
        for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>"):
            code, text = dialogue.docmd(command)
            if code not in {250, 251}:
                return _ended(dialogue, code, text)
        before_data()
        began_data = True
        return _ended(dialogue, *dialogue.data(mime))
    except smtplib.SMTPDataError as error:  # DATA itself was refused: nothing was handed over
        return _ended(dialogue, error.smtp_code, error.smtp_error)
    except smtplib.SMTPResponseException as error:  # the greeting, TLS or the sign-in: no fault of this message
        return _attempt(dialogue, Handed.LATER, error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        handed = Handed.LOST if began_data else Handed.LATER
        return Attempt(handed, _printable(error), tuple(dialogue.transcript))
    finally:
        dialogue.cut()


def _greet(dialogue: _Dialogue) -> None:
    code, text = dialogue.connect(dialogue.server.host, dialogue.server.port)
    if code != 220:
        raise smtplib.SMTPResponseException(code, text)
    dialogue.ehlo_or_helo_if_needed()
    if dialogue.server.tls == "starttls":
        dialogue.secure()
        dialogue.ehlo_or_helo_if_needed()
    if dialogue.server.user:
        dialogue.sign_in()


def _ended(dialogue: _Dialogue, code: int, text: bytes | str) -> Attempt:
    """RFC 5321 §4.2.1: 2 is done, 5 is no, everything else is worth another try."""
    handed = {2: Handed.ACCEPTED, 5: Handed.REFUSED}.get(code // 100, Handed.LATER)
    return _attempt(dialogue, handed, code, text)


def _attempt(dialogue: _Dialogue, handed: Handed, code: int, text: bytes | str) -> Attempt:
    words = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
    return Attempt(handed, f"{code} {' '.join(words.split())}"[:400], tuple(dialogue.transcript))


def _printable(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:400]
