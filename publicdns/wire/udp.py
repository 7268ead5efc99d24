"""The UDP sockets: a few per address family, on ports the system draws, replaced again and again.

They are not connected: one socket has questions to many servers in the air. Hence a reply must show that it belongs
to its question: same server address and port, same id, same question (RFC 5452 §9).
"""

from __future__ import annotations

import errno
import selectors
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, takewhile
from random import Random
from struct import Struct
from typing import Any

from publicdns.answers import Reason
from publicdns.wire.message import HEADER_SIZE, RESPONSES, echoes
from publicdns.wire.ports import Burst, Owner, Pending, Port
from publicdns.wire.targets import Target

SOCKETS = 4  # per family
QUESTIONS_PER_PORT = 20_000
BURST = 64  # questions that leave together: more could overflow what a name server's socket holds
BATCH = 256  # replies read from one socket before the others get their turn
BIGGEST = 4096  # octets; nobody was offered more
NO_FAMILY = {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
TRY_AGAIN = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.EINTR}
IDS = Struct("2s")

Slot = tuple[Port, bytes]


class UdpPool:
    """Sends questions, matches replies, and notices that there is none: after ``timeout`` seconds, or after ``hurry``
    seconds where the server is known to be quick and its owner has another try.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        random: Random,
        timeout: float,
        hurry: float,
        per_port: int = QUESTIONS_PER_PORT,
    ) -> None:
        self._selector = selector
        self._draw = random_ids(random).__next__
        self._timeout = timeout
        self._hurry = min(hurry, timeout)
        self._per_port = per_port
        self._ports: dict[int, list[Port]] = {}  # where questions leave, by family
        self._retired: list[Port] = []  # replaced, but with questions in the air
        self._leaving = Burst()
        self.due = 0.0  # nothing is overdue before this moment
        self.opened = 0
        self.ignored = 0  # datagrams that belonged to no question: late, forged or damaged

    def send(
        self, now: float, target: Target, asked: bytes, frame: tuple[bytes, bytes], owner: Owner, seat: Any
    ) -> Slot:
        """Let one question leave with the next burst: ``frame`` before and after what is asked. Returns its slot;
        raises OSError when there is no socket for it.
        """
        port = self._port(target)
        while (number := self._draw()) in port.pending or number in port.late:
            pass
        self._leaving.add(port, target, number + frame[0] + asked + frame[1])
        port.pending[number] = (now, asked, target, owner, seat)
        self._count(port, 1)
        return port, number

    def send_all(
        self, now: float, target: Target, questions: Sequence[bytes], frame: tuple[bytes, bytes], owner: Owner
    ) -> None:
        """Let several questions leave with the next burst; their places are their seats. Raises OSError when there is
        no socket for them.
        """
        port = self._port(target)
        (head, tail), draw, pending, late = frame, self._draw, port.pending, port.late
        leaving = self._leaving.add
        for place, asked in enumerate(questions):
            while (number := draw()) in pending or number in late:
                pass
            leaving(port, target, number + head + asked + tail)
            pending[number] = (now, asked, target, owner, place)
        self._count(port, len(questions))

    def leave(self) -> None:
        """Put everything in the air that was given to send."""
        self._leaving.leave()

    def receive(self, port: Port) -> bool:
        """Hand the replies that wait on ``port`` to their owners, ignore what belongs to nobody. True: there may be
        more.
        """
        receive, pending, late = port.socket.recvfrom, port.pending, port.late
        for _ in range(BATCH):
            try:
                reply, sender = receive(BIGGEST)
            except BlockingIOError:
                return False
            except OSError:  # an ICMP error on some systems: it does not say for which question
                continue
            number = reply[:2]
            questions = pending if number in pending else late
            waiting = questions.get(number)
            if waiting is None:
                self.ignored += 1
                continue
            _, asked, target, owner, seat = waiting
            plainly = reply.startswith(asked, HEADER_SIZE) and reply[2:6] in RESPONSES
            if sender == target.sockaddr and (plainly or echoes(reply, asked)):
                del questions[number]
                owner.arrived(seat, reply)
            else:
                self.ignored += 1
        return True

    def expire(self, now: float) -> None:
        """Tell the owners of questions that have waited for too long by ``now``, and forget these."""
        if now < self.due:
            return
        for port in list(self._all()):
            for number, waiting in sent_until(port.pending, now - self._hurry):
                _, _, target, owner, seat = waiting
                port.pending.pop(number, None)
                if target.tally.is_within(self._hurry) and owner.has_another_try(seat):
                    owner.overdue(seat)
                else:
                    port.late[number] = waiting
            for number, (_, _, _, owner, seat) in sent_until(port.late, now - self._timeout):
                port.late.pop(number, None)
                owner.overdue(seat)
        moments = [first_sent(port.pending, now) + self._hurry for port in self._all()]
        moments += [first_sent(port.late, now) + self._timeout for port in self._all()]
        self.due = min(moments, default=now + self._hurry)

    def forget(self, slot: Slot, seat: Any) -> None:
        """Take one question out of the air, if it is still this one that has the id."""
        port, number = slot
        for questions in (port.pending, port.late):
            if number in questions and questions[number][4] is seat:
                del questions[number]

    def drain(self) -> list[Pending]:
        """Take every question out of the air; replies that still come are ignored."""
        self._leaving.clear()
        questions: list[Pending] = []
        for port in self._all():
            questions += (*port.pending.values(), *port.late.values())
            port.pending.clear()
            port.late.clear()
        return questions

    def close(self) -> None:
        """Close every socket."""
        for port in self._all():
            self._close(port)
        self._ports.clear()
        self._retired.clear()

    def _port(self, target: Target) -> Port:
        """One of the family's sockets, by chance, for all that leaves for ``target`` with this burst; a full one leaves
        first. Raises OSError.
        """
        if self._leaving.size >= BURST:
            self.leave()
        if (port := self._leaving.ports.get(target)) is None:
            ports = self._ports.get(target.family) or self._open(target.family)
            port = self._leaving.ports[target] = ports[self._draw()[0] % SOCKETS]
        return port

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
        port = Port(family)
        self._selector.register(port.socket, selectors.EVENT_READ, port)
        return port

    def _count(self, port: Port, questions: int) -> None:
        """A port that has asked enough is replaced."""
        port.used += questions
        if port.used >= self._per_port:
            self._replace(port)

    def _replace(self, old: Port) -> None:
        """New questions leave from another port; the old one stays open while it has something in the air."""
        ports = self._ports[old.family]
        ports[ports.index(old)] = self._new(old.family)
        self._retired.append(old)
        self._leaving.ports.clear()
        for port in [port for port in self._retired if port.is_quiet]:
            self._retired.remove(port)
            self._close(port)


def random_ids(random: Random) -> Iterator[bytes]:
    """Sixteen bits at a time that nobody can foresee, without end."""
    blocks = iter(partial(random.randbytes, 8_192), b"")
    return chain.from_iterable(chain.from_iterable(map(IDS.iter_unpack, blocks)))


def sent_until(questions: dict[bytes, Pending], limit: float) -> list[tuple[bytes, Pending]]:
    """The questions that were sent at ``limit`` or before."""
    return list(takewhile(lambda item: item[1][0] <= limit, questions.items()))


def first_sent(questions: dict[bytes, Pending], otherwise: float) -> float:
    """When the first of them was sent; ``otherwise`` when there is none."""
    return next(iter(questions.values()))[0] if questions else otherwise


def why_unsent(error: OSError) -> Reason:
    """What a failed send means. TIMEOUT: the socket was full, which is as good as a packet lost on the way."""
    if error.errno in TRY_AGAIN:
        return Reason.TIMEOUT
    return Reason.NO_FAMILY if error.errno in NO_FAMILY else Reason.UNREACHABLE
