"""A mail server on loopback that keeps what it accepts, and can go wrong at every stage of the dialogue.

with serve_mail() as mail:
    mail.script(Stage.RCPT, reply="451 4.7.1 Greylisted", times=1)
    ...
    assert [message.message_id for message in mail.messages] == [...]
"""

# ruff: noqa: N802  aiosmtpd finds a command's method by the command's name

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from demo.loops import looping, within
from demo.mailscript import MailServer, Message, Stage

__all__ = ["MailServer", "Message", "Stage", "serve_mail"]

PATIENCE = 3600.0  # seconds a silent connection is kept
LARGEST = 32 * 1024 * 1024  # bytes


@contextmanager
def serve_mail(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    folder: Path | None = None,
    tls: ssl.SSLContext | None = None,
    tls_required: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[MailServer]:
    """Accept mail at ``host``; port 0 picks a free one. ``folder`` also keeps each message as a file.

    With ``tls`` (a server-side context) STARTTLS is offered, with ``tls_required`` insisted on. With ``login`` (name,
    password) AUTH PLAIN and LOGIN are insisted on. Raises OSError when the address cannot be bound.
    """
    sock = socket.create_server((host, port))
    server = MailServer(host, sock.getsockname()[1], folder)

    def conversation() -> Conversation:
        return Conversation(server, tls, tls_required, login)

    try:
        with looping("loopback-mail") as loop:
            within(loop, _listen(loop, conversation, sock))
            yield server
    finally:
        sock.close()


async def _listen(loop: asyncio.AbstractEventLoop, factory: Callable[[], Conversation], sock: socket.socket) -> None:
    await loop.create_server(factory, sock=sock)


class Conversation(SMTP):
    """One connection. Each command looks into the script before it does its work."""

    def __init__(
        self,
        server: MailServer,
        tls: ssl.SSLContext | None,
        tls_required: bool,
        login: tuple[str, str] | None,
    ) -> None:
        self._server = server
        self._login = login
        self._pace = 0.0
        self._lines = 0
        self._banner: str | None = None
        super().__init__(
            Keeper(server),
            data_size_limit=LARGEST,
            hostname="mail.onward.test",
            ident="ESMTP",
            tls_context=tls,
            require_starttls=tls_required,
            auth_required=login is not None,
            auth_require_tls=False,
            authenticator=self._admit,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    async def _handle_client(self) -> None:
        self._server.connections += 1
        self._banner = await self.said(Stage.CONNECT)
        await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self.play(Stage.EHLO):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self.play(Stage.EHLO):
            await super().smtp_HELO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self.play(Stage.STARTTLS):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self.play(Stage.AUTH):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self.play(Stage.MAIL):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self.play(Stage.RCPT, _address(arg)):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if not await self.play(Stage.DATA):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self.play(Stage.QUIT):
            await super().smtp_QUIT(arg)

    async def push(self, status: str | bytes) -> None:
        """Send one reply, spoilt as the act at hand wants it."""
        if self._banner is not None:
            status, self._banner = self._banner, None
        line = status.encode("utf-8", "surrogateescape") if isinstance(status, str) else status
        for _ in range(self._lines):
            self._writer.write(line[:3] + b"-and so on\r\n")
            await self._writer.drain()
        self._lines = 0
        if not self._pace:
            await super().push(line)
            return
        for byte in line + b"\r\n":
            self._writer.write(bytes((byte,)))
            await self._writer.drain()
            await asyncio.sleep(self._pace)

    async def play(self, stage: Stage, recipient: str = "") -> bool:
        """Play the act of this stage; True when the command has had its reply."""
        reply = await self.said(stage, recipient)
        if reply is None:
            return False
        await self.push(reply)
        return True

    async def said(self, stage: Stage, recipient: str = "") -> str | None:
        """The reply that the script wants at this stage. Does not return when the connection is to end."""
        self._pace, self._lines = 0.0, 0
        act = self._server.next_act(stage, recipient)
        if act is None:
            return None
        await asyncio.sleep(PATIENCE if act.silent else act.seconds)
        self._pace, self._lines = act.pace, act.lines
        if act.drop or act.reset:
            if act.reply is not None:
                await self.push(act.reply)
            self._break(act.reset)
            await asyncio.sleep(PATIENCE)
        return act.reply

    def _break(self, reset: bool) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        sock = self.transport.get_extra_info("socket")
        if reset and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()

    def _admit(self, _: SMTP, __: Session, ___: Envelope, mechanism: str, auth: object) -> AuthResult:
        del mechanism
        given = (auth.login, auth.password) if isinstance(auth, LoginPassword) else None
        wanted = tuple(part.encode() for part in self._login) if self._login else None
        return AuthResult(success=given is not None and given == wanted, handled=False, auth_data=auth)


@dataclass(frozen=True)
class Keeper:
    """The far end of DATA."""

    server: MailServer

    async def handle_DATA(self, conversation: Conversation, session: Session, envelope: Envelope) -> str:
        """Accept the message, unless the script has something else to say before or after."""
        refused = await conversation.said(Stage.MESSAGE)
        if refused is not None:
            return refused
        body = envelope.original_content or b""
        login = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        identifier = str(message_from_bytes(body, policy=policy.compat32).get("Message-ID", ""))
        recipients = tuple(envelope.rcpt_tos)
        encrypted = session.ssl is not None
        self.server.keep(Message(envelope.mail_from or "", recipients, body, identifier, time.time(), encrypted, login))
        said = await conversation.said(Stage.ACCEPTED)
        return said if said is not None else f"250 2.0.0 Accepted {len(self.server.messages)}"


def _address(argument: str | None) -> str:
    found = re.search(r"<([^>]*)>", argument or "")
    return found.group(1) if found else ""
