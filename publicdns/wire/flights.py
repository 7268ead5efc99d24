"""What is in the air: one question on its way through its tries."""

from __future__ import annotations

from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Ask
from publicdns.wire.jobs import Job, Join
from publicdns.wire.reading import Reading
from publicdns.wire.targets import Target

NOBODY = Server("")


class Flight:
    """One Ask on its way."""

    __slots__ = (
        "ask", "asked", "attempt", "done", "edns", "failure", "job", "join", "key", "leg", "priority", "query", "route", "seat",
        "sent", "started", "stream", "target",
    )  # fmt: skip

    def __init__(self, ask: Ask, job: Job, join: Join | None, seat: int, now: float) -> None:
        self.ask = ask
        self.job = job
        self.join = join
        self.seat = seat
        self.asked = b""  # the question section as it is sent
        self.query = b""  # the last message sent over a stream or a tunnel
        self.priority = ask.budget.priority if ask.budget is not None else 0
        self.route: tuple[Target, ...] = ()  # one entry per try
        self.leg = 0
        self.edns = True
        self.stream = False  # TCP, after a truncated answer
        self.key = -1  # in the table of UDP questions in the air; -1: not there
        self.attempt = 0  # counts every step, so that an alarm set for an earlier one is known to be stale
        self.done = False
        self.started = self.sent = now
        self.failure: Answer | None = None
        self.target: Target  # where it is now; set as soon as there is a route

    @property
    def deadline(self) -> float | None:
        """The moment after which nobody waits for the answer."""
        return self.ask.budget.deadline if self.ask.budget is not None else None

    def answer(self, reading: Reading, now: float) -> Answer:
        """What the current target said."""
        return Answer(
            self.ask.question,
            self.target.server,
            reading.outcome,
            reading.reason,
            reading.records,
            reading.aliases,
            reading.authoritative,
            reading.negative_ttl,
            reading.soa_serial,
            reading.authority,
            reading.glue,
            reading.detail,
            reading.fingerprint,
            now - self.sent,
        )

    def unanswered(self, reason: Reason, detail: str, now: float) -> Answer:
        """Why the current target said nothing."""
        server = self.target.server if self.route else self.ask.server or NOBODY
        return Answer(self.ask.question, server, Outcome.FAILED, reason, detail=detail, seconds=now - self.started)
