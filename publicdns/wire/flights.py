"""What is in the air: one question on its way through its tries."""

from __future__ import annotations

import sys

from publicdns.answers import Answer, Outcome, Question, Reason, Server
from publicdns.asking import Ask, Budget
from publicdns.wire.jobs import Waiter
from publicdns.wire.said import Reading
from publicdns.wire.targets import Target
from publicdns.wire.udp import Slot

NOWHERE = Server("")
Follower = tuple[Ask, Waiter, int]


class _Nobody:
    """Waits for what is asked only to see whether a reply comes."""

    def take(self, seat: int, value: Answer, error: BaseException | None = None) -> None:
        """It came."""


NOBODY = _Nobody()


def probing(ask: Ask, target: Target) -> Ask:
    """``ask`` to see whether a reply comes from ``target``, after everybody else's questions."""
    return Ask(ask.question, target.server, Budget(priority=sys.maxsize, regardless=True))


class Flight:
    """One Ask on its way."""

    __slots__ = (
        *("ask", "asked", "attempt", "done", "edns", "failure", "followers", "query", "route", "seat", "sent"),
        *("slot", "started", "stream", "waiter"),
    )

    def __init__(
        self, ask: Ask, waiter: Waiter, seat: int, asked: bytes, route: tuple[Target, ...], now: float
    ) -> None:
        self.ask = ask
        self.waiter = waiter
        self.seat = seat
        self.asked = asked  # the question section as it is sent
        self.route = route  # one entry per try that is left; the first is where it is now
        self.edns = True
        self.stream = False  # TCP, after a truncated answer
        self.slot: Slot | None = None  # where it was last in the air over UDP
        self.attempt = 0  # counts every step, so that an alarm set for an earlier one is known to be stale
        self.done = False
        self.started = self.sent = now
        self.query = b""  # the last message sent over a stream
        self.failure: Answer | None = None
        self.followers: list[Follower] = []  # who else waits for the answer

    @property
    def target(self) -> Target:
        """The server that is asked now."""
        return self.route[0]

    @property
    def priority(self) -> int:
        """Lower goes first."""
        return self.ask.budget.priority if self.ask.budget is not None else 0

    @property
    def deadline(self) -> float | None:
        """The moment after which nobody waits for the answer."""
        budget = self.ask.budget
        return None if budget is None else budget.until(recursive=self.route[0].server.recursive)

    @property
    def is_regardless(self) -> bool:
        """Whether it leaves although nothing is expected to come back."""
        return self.ask.budget is not None and self.ask.budget.regardless

    def is_late(self, now: float) -> bool:
        """Whether nobody waits for the answer any more."""
        deadline = self.deadline
        return deadline is not None and deadline <= now

    def serves(self, budget: Budget | None) -> bool:
        """Whether a question on ``budget`` would neither have its turn before this one nor be given up before it."""
        if budget is None:
            return self.priority <= 0
        patient = budget.deadline is None or (self.deadline is not None and self.deadline <= budget.deadline)
        return patient and self.priority <= budget.priority

    def answer(self, reading: Reading, now: float) -> Answer:
        """What the server said."""
        return Answer(
            self.ask.question,
            self.target.server,
            *reading[:-1],
            now - self.sent,
        )

    def unanswered(self, reason: Reason, detail: str, now: float) -> Answer:
        """Why the server said nothing."""
        server = self.target.server if self.route else self.ask.server or NOWHERE
        return Answer(self.ask.question, server, Outcome.FAILED, reason, detail=detail, seconds=now - self.started)


class Leaders:
    """Questions to resolvers that are in the air, so that whoever asks the same meanwhile follows them.

    A resolver answers from its cache, so an answer that was asked for a moment ago is no older than one's own would
    be. A name server's answer is evidence of one moment: each asks for his own.
    """

    def __init__(self) -> None:
        self._leading: dict[tuple[Server | None, Question], Flight] = {}

    def lead(self, flight: Flight) -> None:
        """Let others follow ``flight``, if they may."""
        if is_shared(flight.ask):
            self._leading[flight.ask.server, flight.ask.question] = flight

    def follow(self, ask: Ask, waiter: Waiter, seat: int) -> bool:
        """Whether the same question is in the air, and serves as well as one's own; then its answer is waited for."""
        leader = self._leading.get((ask.server, ask.question)) if is_shared(ask) else None
        if leader is None or not leader.serves(ask.budget):
            return False
        leader.followers.append((ask, waiter, seat))
        return True

    def dismiss(self, flight: Flight) -> list[Follower]:
        """``flight`` has landed: who followed it."""
        key = flight.ask.server, flight.ask.question
        if is_shared(flight.ask) and self._leading.get(key) is flight:
            del self._leading[key]
        return flight.followers

    def clear(self) -> None:
        """Nobody waits any more."""
        self._leading.clear()


def is_shared(ask: Ask) -> bool:
    """Whether this goes to a resolver and is read in full."""
    return (ask.server is None or ask.server.recursive) and not ask.known


def unaskable(ask: Ask, reason: Reason, detail: str = "") -> Answer:
    """The Answer to a question that cannot even leave."""
    return Answer(ask.question, ask.server or Server(""), Outcome.FAILED, reason, detail=detail)
