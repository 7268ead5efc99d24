"""One question from its first try to its Answer: whom to ask next, by what transport, until when."""

from __future__ import annotations

import selectors
from collections.abc import Sequence
from heapq import heappop, heappush

from publicdns.answers import Answer, Outcome, Question, Reason, Server, Transport
from publicdns.asking import Ask, Budget
from publicdns.wire.digests import digest
from publicdns.wire.flights import NOBODY, Flight, Leaders, probing, unaskable
from publicdns.wire.jobs import Waiter
from publicdns.wire.message import encode_question, frame
from publicdns.wire.options import WireOptions
from publicdns.wire.pacing import Pacer
from publicdns.wire.reading import read
from publicdns.wire.said import OUTCOMES
from publicdns.wire.streams import Streams
from publicdns.wire.targets import Target, Targets
from publicdns.wire.tunnels import Tunnels
from publicdns.wire.udp import UdpPool, why_unsent

TRUNCATED = 0x02  # TC, in the third octet


class Dispatch:
    """Everything in the air. Whoever waits for a question gets its Answer exactly once."""

    def __init__(self, selector: selectors.BaseSelector, resolvers: Sequence[Server], options: WireOptions) -> None:
        self.now = options.monotonic()
        self.over = False  # the run's time is up: nothing leaves any more
        self.options = options
        self.udp = UdpPool(selector, options.random, options.timeout, options.hurry)
        self.streams = Streams(selector, options.streams, self.arrived, self._no_stream)
        self.tunnels = Tunnels(selector, options, self.arrived, self._no_tunnel)
        self.pacer = Pacer(options.server_cap, options.overall_cap, self.now)
        self.targets = Targets(resolvers, options, self.pacer)
        self._aloft: set[Flight] = set()
        self._leaders = Leaders()
        self._alarms: list[tuple[float, int, int, Flight]] = []  # moment, number, attempt
        self._alarm_number = 0

    def start(self, ask: Ask, waiter: Waiter, seat: int) -> None:
        """Put one question in the air, unless its answer is on its way already."""
        if self.is_spent(ask.budget) or not self._leaders.follow(ask, waiter, seat):
            self._begin(ask, waiter, seat)

    def _begin(self, ask: Ask, waiter: Waiter, seat: int) -> None:
        try:
            asked = encode_question(ask.question.name, ask.question.rdtype)
        except ValueError as error:
            waiter.take(seat, unaskable(ask, Reason.MALFORMED, f"cannot be asked: {error}"[:200]))
            return
        route = self.targets.route(ask.server)
        if not route:
            waiter.take(seat, unaskable(ask, Reason.NO_SERVER))
            return
        flight = self.adopt(ask, waiter, seat, asked, route)
        self._leaders.lead(flight)
        self.launch(flight)

    def depart(self, ask: Ask, waiter: Waiter, seat: int, asked: bytes, route: tuple[Target, ...]) -> None:
        """Put a question in the air whose route is known."""
        self.launch(self.adopt(ask, waiter, seat, asked, route))

    def adopt(self, ask: Ask, waiter: Waiter, seat: int, asked: bytes, route: tuple[Target, ...]) -> Flight:
        """A question that somebody else has put in the air, or whose reply is here already."""
        flight = Flight(ask, waiter, seat, asked, route, self.now)
        self._aloft.add(flight)
        return flight

    def pump(self) -> None:
        """Send what the caps let go now, and what was free to go."""
        while (flight := self.pacer.admit(self.now)) is not None:
            if not flight.done:
                self._transmit(flight)
        self.udp.leave()

    def next_moment(self) -> float:
        """When :meth:`pump` or :meth:`expire` may have something to do, if nothing arrives before."""
        moments = [self.udp.due]
        if self._alarms:
            moments.append(self._alarms[0][0])
        if (opens := self.pacer.opens(self.now)) is not None:
            moments.append(opens)
        return min(moments)

    def expire(self) -> None:
        """End the tries whose time is up."""
        self.udp.expire(self.now)
        while self._alarms and self._alarms[0][0] <= self.now:
            _, _, attempt, flight = heappop(self._alarms)
            if not flight.done and flight.attempt == attempt:
                self._ring(flight)
        self.targets.ways.consider(self.now)

    def give_up(self) -> None:
        """Answer everything in the air, and whatever is asked from now on, with Reason.BUDGET."""
        self.over = True
        self.pacer.clear()
        questions = self.udp.drain()
        for flight in list(self._aloft):
            if not flight.done:
                self._withdraw(flight)
                self._finish(flight, flight.unanswered(Reason.BUDGET, "the time for this run is up", self.now))
        for _, _, _, owner, seat in questions:
            if owner is not self:
                owner.overdue(seat)

    def drop(self) -> None:
        """Forget everything in the air; nobody waits for it."""
        self.pacer.clear()
        self.streams.close()
        self.udp.drain()
        self._alarms.clear()
        self._aloft.clear()
        self._leaders.clear()
        self.over = False

    def close(self) -> None:
        """Forget everything and close every socket."""
        for flight in self._aloft:
            flight.done = True
        self.drop()
        self.udp.close()
        self.tunnels.close()

    def arrived(self, flight: Flight, message: bytes) -> None:
        """A message that belongs to ``flight``: land it, or take the next step it asks for."""
        target = flight.route[0]
        server = target.server
        target.tally.heard(self.now - flight.sent)
        if message[2] & TRUNCATED and not flight.stream and server.transport is Transport.UDP:
            flight.stream = True
            self.launch(flight)
            return
        known = flight.ask.known
        if known and digest(message, flight.asked, server.recursive) == known[1:]:
            outcome, seconds = OUTCOMES[known[0]], self.now - flight.sent
            answer = Answer(flight.ask.question, server, outcome, fingerprint=known, seconds=seconds, unchanged=True)
            self._finish(flight, answer)
            return
        reading = read(message, flight.asked, server.recursive)
        if reading.edns_refused and flight.edns:
            flight.edns = flight.stream = False
            self.launch(flight)
        elif reading.outcome is Outcome.FAILED:
            self._failed(flight, flight.answer(reading, self.now))
        else:
            self._finish(flight, flight.answer(reading, self.now))

    def plain_answer(
        self, question: Question, target: Target, asked: bytes, message: bytes, seconds: float
    ) -> Answer | None:
        """What ``message``, which took so long, says to the first try of a question; None where it may not be the end
        of it: it is for :meth:`arrived` then."""
        if message[2] & TRUNCATED:
            return None
        server = target.server
        reading = read(message, asked, server.recursive)
        if reading.outcome is Outcome.FAILED:
            return None
        return Answer(question, server, *reading[:-1], seconds)

    def overdue(self, flight: Flight) -> None:
        """Nothing came for ``flight`` in time."""
        flight.target.tally.missed()
        self.targets.ways.in_vain(flight.sent)
        reason = Reason.TRUNCATED if flight.stream else Reason.TIMEOUT
        self._failed(flight, flight.unanswered(reason, "", self.now))

    def unsent(self, flight: Flight, error: OSError) -> None:
        """The system refused to send ``flight``."""
        reason = self.targets.unsendable(flight.target, why_unsent(error))
        if reason is Reason.UNREACHABLE:  # a firewall of this machine's own says no at once
            flight.target.tally.missed()
            self.targets.ways.in_vain(flight.sent)
        self._failed(flight, flight.unanswered(reason, error.strerror or "", self.now))

    def has_another_try(self, flight: Flight) -> bool:
        """Whether this is the first of a name server's tries. A resolver may be asking others meanwhile."""
        return len(flight.route) == self.options.tries > 1 and not flight.target.server.recursive

    def is_spent(self, budget: Budget | None) -> bool:
        """Whether nothing more may be asked on this budget."""
        if self.over or budget is None:
            return self.over
        return budget.asked >= budget.questions or (budget.deadline is not None and budget.deadline <= self.now)

    def launch(self, flight: Flight) -> None:
        """Bring the question on its way to the first of its route: at once, or into the queue of its address."""
        flight.attempt += 1
        target, ways = flight.target, self.targets.ways
        closed = target.closed if flight.is_regardless else self.targets.why_closed(target, self.now)
        if closed:
            if ways.lost and not target.closed and ways.may_try(self.now):
                self.depart(probing(flight.ask, target), NOBODY, 0, flight.asked, (target,))
            self._failed(flight, flight.unanswered(closed, "", self.now))
        elif self.is_spent(flight.ask.budget) or flight.is_late(self.now):
            self._finish(flight, flight.failure or flight.unanswered(Reason.BUDGET, "", self.now))
        elif self.pacer.idle:
            self._transmit(flight)
        else:
            if flight.deadline is not None:
                self._alarm(flight, flight.deadline)
            self.pacer.enter(target.gate, flight, self.now)

    def _transmit(self, flight: Flight) -> None:
        """Send the question by the transport it needs."""
        ask, target = flight.ask, flight.target
        flight.attempt += 1
        flight.sent = self.now
        target.tally.asked += 1
        if ask.budget is not None:
            ask.budget.asked += 1
        edns = self.options.edns if flight.edns else 0
        envelope = frame(target.server.recursive, ask.question.checking_disabled, edns)
        if flight.stream or target.server.transport is not Transport.UDP:
            self._transmit_reliably(flight, envelope)
            return
        try:
            flight.slot = self.udp.send(self.now, target, flight.asked, envelope, self, flight)
        except OSError as error:
            self.unsent(flight, error)
            return
        if flight.deadline is not None and flight.deadline < self.now + self.options.timeout:
            self._alarm(flight, flight.deadline)

    def _transmit_reliably(self, flight: Flight, envelope: tuple[bytes, bytes]) -> None:
        """Send the question over TCP, TLS or HTTPS. A DoH question has the id 0, so that caches on the way may serve
        (RFC 8484 §4.1).
        """
        transport = flight.target.server.transport
        number = b"\0\0" if transport is Transport.HTTPS else self.options.random.randbytes(2)
        flight.query = number + envelope[0] + flight.asked + envelope[1]
        moment = self.now + self.options.timeout
        until = moment if flight.deadline is None else min(moment, flight.deadline)
        self._alarm(flight, until)
        if transport is Transport.UDP:
            self.streams.send(flight)
        else:
            self.tunnels.send(flight, until)

    def _failed(self, flight: Flight, answer: Answer) -> None:
        """This try brought nothing: on to the next one, or land with what says most about the failure.

        A server that was merely silent is asked again; one that said no is left out of the rest of the route. The
        very last try of a silent server goes without EDNS: some drop what they do not know.
        """
        if flight.failure is None or flight.failure.reason is Reason.TIMEOUT:
            flight.failure = answer
        last, rest = flight.target, flight.route[1:]
        if answer.reason is not Reason.TIMEOUT:
            rest = tuple(target for target in rest if target is not last)
        if not rest:
            self._finish(flight, flight.failure)
            return
        flight.edns = len(rest) > 1 or rest[0] is not last
        flight.stream = False
        flight.route = rest
        self.launch(flight)

    def _no_stream(self, flight: Flight, detail: str) -> None:
        self._failed(flight, flight.unanswered(Reason.TRUNCATED, detail, self.now))

    def _no_tunnel(self, flight: Flight, reason: Reason, detail: str) -> None:
        if reason is Reason.TIMEOUT:
            self.overdue(flight)
        else:
            self._failed(flight, flight.unanswered(reason, detail, self.now))

    def _finish(self, flight: Flight, answer: Answer) -> None:
        flight.done = True
        self._aloft.discard(flight)
        flight.waiter.take(flight.seat, answer)
        for ask, waiter, seat in self._leaders.dismiss(flight):
            if answer.failed:  # what somebody else could not learn proves nothing: ask, alone if need be
                self._begin(ask, waiter, seat)
            else:
                waiter.take(seat, answer)

    def _ring(self, flight: Flight) -> None:
        """An alarm that is not stale: the budget has run out, or a stream takes too long."""
        self._withdraw(flight)
        if flight.deadline is not None and flight.deadline <= self.now:
            self._finish(flight, flight.failure or flight.unanswered(Reason.BUDGET, "", self.now))
        else:
            self.overdue(flight)

    def _withdraw(self, flight: Flight) -> None:
        """Take a question off whatever carries it; in a queue it is passed over when its turn comes."""
        if flight.slot is not None:
            self.udp.forget(flight.slot, flight)
        if flight.stream:
            self.streams.forget(flight)

    def _alarm(self, flight: Flight, moment: float) -> None:
        self._alarm_number += 1
        heappush(self._alarms, (moment, self._alarm_number, flight.attempt, flight))
