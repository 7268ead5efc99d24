"""What is in the air: one question on its way through its tries."""

from __future__ import annotations

from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Ask
from publicdns.wire.jobs import Waiter
from publicdns.wire.reading import Reading
from publicdns.wire.targets import Target

NOBODY = Server("")


class Flight:
    """One Ask on its way."""

    __slots__ = (
        *("ask", "asked", "attempt", "done", "edns", "failure", "key", "query", "route", "seat", "sent", "started"),
        *("stream", "waiter"),
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
        self.key = -1  # in the table of UDP questions in the air; -1: not there
        self.attempt = 0  # counts every step, so that an alarm set for an earlier one is known to be stale
        self.done = False
        self.started = self.sent = now
        self.query = b""  # the last message sent over a stream
        self.failure: Answer | None = None

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
        return self.ask.budget.deadline if self.ask.budget is not None else None

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
        server = self.target.server if self.route else self.ask.server or NOBODY
        return Answer(self.ask.question, server, Outcome.FAILED, reason, detail=detail, seconds=now - self.started)
