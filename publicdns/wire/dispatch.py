"""One question from its first try to its Answer: whom to ask next, by what transport, until when."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.asking import Ask
from publicdns.wire.flights import Flight
from publicdns.wire.jobs import Job, Join
from publicdns.wire.message import digest, encode_name, envelope
from publicdns.wire.options import WireOptions
from publicdns.wire.pacing import Pacer
from publicdns.wire.reading import OUTCOMES, read
from publicdns.wire.streams import Streams
from publicdns.wire.targets import Targets
from publicdns.wire.udp import UdpPool

TRUNCATED = 0x02  # TC, in the third octet
Land = Callable[[Flight, Answer], None]


class Dispatch:
    """Everything in the air. ``land`` receives each flight with its Answer, exactly once."""

    def __init__(
        self, selector: selectors.BaseSelector, resolvers: Sequence[Server], options: WireOptions, land: Land
    ) -> None:
        self.now = options.monotonic()
        self.over = False  # the run's time is up: nothing leaves any more
        self.udp = UdpPool(selector, options.random)
        self.streams = Streams(selector, options.streams, self.arrived, self._stream_failed)
        self._options = options
        self._timeout = options.timeout
        self._land = land
        share = options.share
        self._pacer = Pacer(
            options.per_server and options.per_server * share, options.overall and options.overall * share
        )
        self.targets = Targets(resolvers, options, self._pacer)
        self._aloft: set[Flight] = set()
        self._alarms: list[tuple[float, int, int, Flight]] = []  # moment, number, attempt
        self._alarm_number = 0

    def start(self, ask: Ask, job: Job, join: Join | None, seat: int) -> None:
        """Put one question in the air."""
        flight = Flight(ask, job, join, seat, self.now)
        self._aloft.add(flight)
        try:
            type_and_class = envelope(ask.question.rdtype, False, False, 0)[1]
            flight.asked = encode_name(ask.question.name) + type_and_class
        except ValueError as error:
            self._fail(flight, Reason.MALFORMED, f"cannot be asked: {error}"[:200])
            return
        route = self.targets.route(ask.server)
        if not route:
            self._fail(flight, Reason.NO_SERVER)
            return
        flight.route = route
        self._launch(flight)

    def pump(self) -> None:
        """Send what the caps let go now."""
        while (flight := self._pacer.admit(self.now)) is not None:
            if not flight.done:
                self._transmit(flight)

    def next_moment(self) -> float | None:
        """When :meth:`pump` or :meth:`expire` has something to do, if nothing arrives before."""
        moments = [self._alarms[0][0]] if self._alarms else []
        if self.udp.pending:
            moments.append(next(iter(self.udp.pending.values())).sent + self._timeout)
        if (opens := self._pacer.opens(self.now)) is not None:
            moments.append(opens)
        return min(moments, default=None)

    def expire(self) -> None:
        """End the tries whose time is up."""
        limit = self.now - self._timeout
        pending = self.udp.pending
        while pending and (flight := next(iter(pending.values()))).sent <= limit:
            self.udp.forget(flight)
            self._timed_out(flight)
        while self._alarms and self._alarms[0][0] <= self.now:
            _, _, attempt, flight = heappop(self._alarms)
            if not flight.done and flight.attempt == attempt:
                self._ring(flight)

    def give_up(self) -> None:
        """Answer everything in the air, and whatever is asked from now on, with Reason.BUDGET."""
        self.over = True
        self._pacer.clear()
        for flight in list(self._aloft):
            if not flight.done:
                self._withdraw(flight)
                self._fail(flight, Reason.BUDGET, "the time for this run is up")

    def drop(self) -> None:
        """Forget everything in the air; nobody waits for it."""
        self._pacer.clear()
        self._alarms.clear()
        self.streams.close()
        self.udp.pending.clear()
        self._aloft.clear()

    def close(self) -> None:
        """Forget everything and close every socket."""
        self.drop()
        self.udp.close()

    def arrived(self, flight: Flight, message: bytes) -> None:
        """A message that belongs to ``flight``: land it, or take the next step it asks for."""
        server = flight.target.server
        flight.target.tally.answered += 1
        flight.target.tally.silent = 0
        if message[2] & TRUNCATED and not flight.stream:
            flight.stream = True
            self._launch(flight)
            return
        known = flight.ask.known
        if known and digest(message, flight.asked, server.recursive) == known[1:] != b"":
            outcome = OUTCOMES[known[0]]
            seconds = self.now - flight.sent
            self._finish(
                flight, Answer(flight.ask.question, server, outcome, fingerprint=known, seconds=seconds, unchanged=True)
            )
            return
        reading = read(message, flight.asked, server.recursive)
        if reading.edns_refused and flight.edns:
            flight.edns = flight.stream = False
            self._launch(flight)
        elif reading.outcome is Outcome.FAILED:
            self._failed(flight, flight.answer(reading, self.now))
        else:
            self._finish(flight, flight.answer(reading, self.now))

    def _launch(self, flight: Flight) -> None:
        """Bring the current leg on its way: at once, or into the queue of its address."""
        flight.attempt += 1
        flight.target = target = flight.route[flight.leg]
        closed = self.targets.why_closed(target)
        if closed:
            self._failed(flight, flight.unanswered(closed, "", self.now))
        elif self._is_spent(flight):
            self._finish(flight, flight.failure or flight.unanswered(Reason.BUDGET, "", self.now))
        elif self._pacer.idle:
            self._transmit(flight)
        else:
            if flight.deadline is not None:
                self._alarm(flight, flight.deadline)
            self._pacer.enter(target.gate, flight, self.now)

    def _transmit(self, flight: Flight) -> None:
        """Send the question by the transport it needs."""
        flight.attempt += 1
        flight.sent = self.now
        flight.target.tally.asked += 1
        ask, server = flight.ask, flight.target.server
        if ask.budget is not None:
            ask.budget.asked += 1
        edns = self._options.edns if flight.edns else 0
        head, _, tail = envelope(ask.question.rdtype, server.recursive, ask.question.checking_disabled, edns)
        if flight.stream:
            flight.query = self._options.random.randbytes(2) + head + flight.asked + tail
            self._alarm(flight, self._patience(flight))
            self.streams.send(flight)
            return
        reason = self.udp.send(flight, head, tail)
        if reason is not None:
            self._failed(flight, flight.unanswered(self.targets.unsendable(flight.target, reason), "", self.now))
        elif flight.deadline is not None and flight.deadline < self.now + self._timeout:
            self._alarm(flight, flight.deadline)

    def _failed(self, flight: Flight, answer: Answer) -> None:
        """This try brought nothing: on to the next one, or land with what says most about the failure.

        A server that was merely silent is asked again; one that said no is left out of the rest of the route.
        """
        if flight.failure is None or flight.failure.reason is Reason.TIMEOUT:
            flight.failure = answer
        rest = flight.route[flight.leg + 1 :]
        if answer.reason is not Reason.TIMEOUT:
            rest = tuple(target for target in rest if target is not flight.target)
        if not rest:
            self._finish(flight, flight.failure)
            return
        flight.edns = not (len(rest) == 1 and rest[0] is flight.target)
        flight.stream = False
        flight.route, flight.leg = rest, 0
        self._launch(flight)

    def _timed_out(self, flight: Flight) -> None:
        tally = flight.target.tally
        tally.timeouts += 1
        tally.silent += 1
        self._failed(flight, flight.unanswered(Reason.TRUNCATED if flight.stream else Reason.TIMEOUT, "", self.now))

    def _stream_failed(self, flight: Flight, detail: str) -> None:
        self._failed(flight, flight.unanswered(Reason.TRUNCATED, detail, self.now))

    def _fail(self, flight: Flight, reason: Reason, detail: str = "") -> None:
        self._finish(flight, flight.unanswered(reason, detail, self.now))

    def _finish(self, flight: Flight, answer: Answer) -> None:
        flight.done = True
        self._aloft.discard(flight)
        self._land(flight, answer)

    def _ring(self, flight: Flight) -> None:
        """An alarm that is not stale: the budget has run out, or a stream takes too long."""
        self._withdraw(flight)
        if flight.deadline is not None and flight.deadline <= self.now:
            self._finish(flight, flight.failure or flight.unanswered(Reason.BUDGET, "", self.now))
        else:
            self._timed_out(flight)

    def _withdraw(self, flight: Flight) -> None:
        """Take a question off whatever carries it; in a queue it is passed over when its turn comes."""
        self.udp.forget(flight)
        if flight.stream:
            self.streams.forget(flight)

    def _alarm(self, flight: Flight, moment: float) -> None:
        self._alarm_number += 1
        heappush(self._alarms, (moment, self._alarm_number, flight.attempt, flight))

    def _patience(self, flight: Flight) -> float:
        """The moment at which this try ends."""
        moment = self.now + self._timeout
        return moment if flight.deadline is None else min(moment, flight.deadline)

    def _is_spent(self, flight: Flight) -> bool:
        budget = flight.ask.budget
        if budget is None:
            return self.over
        return (
            self.over
            or budget.asked >= budget.questions
            or (budget.deadline is not None and budget.deadline <= self.now)
        )
