"""UDP and TCP on loopback for anything that answers DNS questions: one asyncio loop in one thread for all addresses."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from demo.loops import looping, within

LOG_LENGTH = 100_000
ATTEMPTS = 100
BUFFER = 4 * 1024 * 1024  # bytes: a burst of questions must not be lost in the kernel
PATIENCE = 60.0  # seconds a silent TCP connection is kept


class LoopbackError(Exception):
    """A loopback address cannot be bound. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question was about, for the log: a lower-case name without trailing dot, and a type's mnemonic."""

    name: str
    rdtype: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: packets in order, after ``seconds``. No packet means silence."""

    packets: tuple[bytes, ...] = ()
    seconds: float = 0.0
    elsewhere: int = 0  # so many of the first packets leave from another port (UDP)
    hang_up: bool = False  # TCP: close without a word
    cut: bool = False  # TCP: close in the middle of the packet


class Responder(Protocol):
    """Answers one wire-format question that came to ``address``; ``transport`` is "udp" or "tcp"."""

    def __call__(self, wire: bytes, address: str, transport: str) -> tuple[Asked | None, Reply]: ...


class Entry(NamedTuple):
    """One line of the log. ``time`` is ``time.monotonic()``."""

    time: float
    address: str
    name: str
    rdtype: str
    transport: str


@dataclass(eq=False)
class Served:
    """What is being served where, and what was asked. ``address`` is the first of ``addresses``."""

    addresses: tuple[str, ...]
    port: int
    log: deque[Entry] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (address, name, type)

    @property
    def address(self) -> str:
        """The first address."""
        return self.addresses[0]

    def asked(self, name: str | None = None, rdtype: str | None = None, address: str | None = None) -> int:
        """How many questions came for ``name``, ``rdtype``, at ``address`` (None: any)."""
        wanted = (address, name, rdtype)
        return sum(
            count
            for place, count in list(self.counts.items())
            if all(want is None or want == has for want, has in zip(wanted, place, strict=True))
        )

    def note(self, asked: Asked, address: str, transport: str) -> None:
        """Write one question down."""
        self.log.append(Entry(time.monotonic(), address, asked.name, asked.rdtype, transport))
        self.counts[address, asked.name, asked.rdtype] += 1


@contextmanager
def listening(responder: Responder, addresses: Sequence[str], port: int = 0) -> Iterator[Served]:
    """Answer with ``responder`` on UDP and TCP at ``port`` of every address; port 0 picks one free on all of them.

    Raises LoopbackError when an address or the port cannot be had.
    """
    pairs = _bind(tuple(addresses), port)
    served = Served(tuple(addresses), pairs[0][0].getsockname()[1])
    try:
        with looping("loopback-dns") as loop:
            for address, (udp, tcp) in zip(served.addresses, pairs, strict=True):
                within(loop, _open(responder, served, address, udp, tcp))
            yield served
    finally:
        for sock in (sock for pair in pairs for sock in pair):
            sock.close()


async def _open(responder: Responder, served: Served, address: str, udp: socket.socket, tcp: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loop.add_reader(udp, _Datagrams(loop, responder, served, address, udp).read)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(responder, served, address, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # gone, or the end of this server
            pass
        finally:
            writer.close()

    await asyncio.start_server(talk, sock=tcp)


@dataclass(eq=False)
class _Datagrams:
    """One UDP socket, read without asyncio's transport: that halves the cost of an answer."""

    loop: asyncio.AbstractEventLoop
    responder: Responder
    served: Served
    address: str
    sock: socket.socket

    def read(self) -> None:
        """Answer what has arrived, a bounded number at a time so that timers keep running."""
        for _ in range(64):
            try:
                wire, peer = self.sock.recvfrom(65535)
            except OSError:  # nothing left, or an ICMP error of an earlier answer
                return
            asked, reply = self.responder(wire, self.address, "udp")
            if asked is not None:
                self.served.note(asked, self.address, "udp")
            if reply.seconds > 0:
                self.loop.call_later(reply.seconds, self._send, reply, peer)
            else:
                self._send(reply, peer)

    def _send(self, reply: Reply, peer: tuple[str, int]) -> None:
        for number, packet in enumerate(reply.packets):
            try:
                if number < reply.elsewhere:
                    with socket.socket(self.sock.family, socket.SOCK_DGRAM) as other:
                        other.bind((self.address, 0))
                        other.sendto(packet, peer)
                else:
                    self.sock.sendto(packet, peer)
            except OSError:  # the asker is gone: its loss
                return


async def _converse(
    responder: Responder, served: Served, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer questions on one TCP connection until it ends (RFC 7766 §6.2.1)."""
    while True:
        length = int.from_bytes(await reader.readexactly(2), "big")
        asked, reply = responder(await reader.readexactly(length), address, "tcp")
        if asked is not None:
            served.note(asked, address, "tcp")
        await asyncio.sleep(reply.seconds)
        if reply.hang_up:
            return
        if not reply.packets:
            await asyncio.sleep(PATIENCE)
            return
        for packet in reply.packets:
            framed = len(packet).to_bytes(2, "big") + packet
            writer.write(framed[: len(framed) // 2] if reply.cut else framed)
        await writer.drain()
        if reply.cut:
            return


def _bind(addresses: tuple[str, ...], port: int) -> list[tuple[socket.socket, socket.socket]]:
    for _ in range(1 if port else ATTEMPTS):
        pairs: list[tuple[socket.socket, socket.socket]] = []
        try:
            for address in addresses:
                pairs.append(_bind_pair(address, pairs[0][0].getsockname()[1] if pairs else port))
        except OSError as error:
            for sock in (sock for pair in pairs for sock in pair):
                sock.close()
            if error.errno != errno.EADDRINUSE:
                raise LoopbackError(_sentence(addresses, error)) from error
        else:
            return pairs
    raise LoopbackError(f"Port {port or 'by choice'} is taken on one of {', '.join(addresses)}.")


def _bind_pair(address: str, port: int) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    tcp = socket.socket(family, socket.SOCK_STREAM)
    try:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        udp.setblocking(False)
        udp.bind((address, port))
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind((address, udp.getsockname()[1]))
        tcp.listen(256)
    except OSError:
        udp.close()
        tcp.close()
        raise
    return udp, tcp


def _sentence(addresses: tuple[str, ...], error: OSError) -> str:
    if error.errno != errno.EADDRNOTAVAIL:
        return f"{', '.join(addresses)} cannot be used: {error.strerror}."
    missing = [address for address in addresses if address not in ("127.0.0.1", "::1")]
    commands = "; ".join(f"sudo ifconfig lo0 alias {address} up" for address in missing)
    return f"This machine has only 127.0.0.1 on its loopback; on macOS this adds what is needed: {commands}"
