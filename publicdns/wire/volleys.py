"""Ordinary questions to one name server at once, where nothing keeps them from leaving: no cap, time enough. They need
no record of their own each. Whatever does not simply get its answer at the first try goes on as a flight.
"""

from __future__ import annotations

from collections.abc import Sequence

from publicdns.answers import Server
from publicdns.asking import Ask, Budget
from publicdns.wire.dispatch import Dispatch
from publicdns.wire.flights import Flight
from publicdns.wire.jobs import Waiter
from publicdns.wire.message import encode_questions, frame
from publicdns.wire.targets import Target

Seated = tuple[int, Ask]  # a question, and its waiter's seat for it


class Volleyer:
    """Starts questions on top of a :class:`Dispatch`."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    def start(self, ask: Ask, waiter: Waiter, seat: int) -> None:
        """Put one question in the air."""
        self._start([(seat, ask)], waiter)

    def start_all(self, asks: Sequence[Seated], waiter: Waiter) -> None:
        """Put all of ``asks`` in the air: those to one name server as one volley."""
        together: dict[tuple[int, int], list[Seated]] = {}  # by who they are: comparing servers takes longer
        for seat, ask in asks:
            together.setdefault((id(ask.server), id(ask.budget)), []).append((seat, ask))
        for group in together.values():
            self._start(group, waiter)

    def _start(self, group: list[Seated], waiter: Waiter) -> None:
        """Put questions to one server in the air."""
        server = group[0][1].server
        if server is None or server.recursive or not self._fire(server, group, waiter):
            for seat, ask in group:
                self._dispatch.start(ask, waiter, seat)

    def _fire(self, server: Server, group: list[Seated], waiter: Waiter) -> bool:
        """Let a volley leave; False where the questions have to go their own ways, of which none has left."""
        dispatch = self._dispatch
        target, budget = dispatch.targets.of(server), group[0][1].budget
        if not (dispatch.pacer.idle and target.over_udp and self._is_affordable(budget, len(group))):
            return False
        if dispatch.targets.why_closed(target, dispatch.now):
            return False
        if any(ask.known or ask.question.checking_disabled for _, ask in group):
            return False
        try:
            asked = encode_questions([(ask.question.name, ask.question.rdtype) for _, ask in group])
            volley = Volley(dispatch, target, group, asked, waiter)
            dispatch.udp.send_all(dispatch.now, target, asked, frame(False, False, dispatch.options.edns), volley)
        except (ValueError, OSError):  # the ordinary way finds the words
            return False
        target.tally.asked += len(group)
        if budget is not None:
            budget.asked += len(group)
        return True

    def _is_affordable(self, budget: Budget | None, questions: int) -> bool:
        """Whether nothing would end before its time."""
        dispatch = self._dispatch
        if budget is None or dispatch.over:
            return not dispatch.over
        deadline = budget.until(recursive=False)
        patient = deadline is None or deadline >= dispatch.now + dispatch.options.timeout
        return patient and budget.asked + questions <= budget.questions


class Volley:
    """Questions to one server in the air; each is answered by itself. Their places are their seats in the pool."""

    __slots__ = ("asked", "dispatch", "group", "sent", "target", "waiter")

    def __init__(
        self, dispatch: Dispatch, target: Target, group: list[Seated], asked: list[bytes], waiter: Waiter
    ) -> None:
        self.dispatch = dispatch
        self.target = target
        self.group = group
        self.asked = asked
        self.waiter = waiter
        self.sent = dispatch.now

    def arrived(self, place: int, reply: bytes) -> None:
        """A reply to one of them."""
        seat, ask = self.group[place]
        seconds = self.dispatch.now - self.sent
        answer = self.dispatch.plain_answer(ask.question, self.target, self.asked[place], reply, seconds)
        if answer is None:
            self.dispatch.arrived(self._flight(place), reply)
        else:
            self.target.tally.heard(seconds)
            self.waiter.take(seat, answer)

    def overdue(self, place: int) -> None:
        """No reply to one of them."""
        flight = self._flight(place)
        if self.dispatch.over:
            self.dispatch.launch(flight)  # which says why it goes nowhere
        else:
            self.dispatch.overdue(flight)

    def has_another_try(self, _place: int) -> bool:
        """Whether the server may be asked once more: it is a name server."""
        return self.dispatch.options.tries > 1

    def unsent(self, place: int, error: OSError) -> None:
        """The system refused to send one of them."""
        self.dispatch.unsent(self._flight(place), error)

    def _flight(self, place: int) -> Flight:
        """One of them, on its own from here on."""
        seat, ask = self.group[place]
        route = (self.target,) * self.dispatch.options.tries
        flight = self.dispatch.adopt(ask, self.waiter, seat, self.asked[place], route)
        flight.started = flight.sent = self.sent
        return flight
