"""Looking again, cheaply: several questions to one server whose answers are most likely the ones from last time.

Only the first try over UDP lives here. The replies are compared as they are, by a hash of their octets and, should
those differ, by their content (order, case and compression may vary). Whatever is not simply the same goes on as
ordinary questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from publicdns.answers import Answer, Question
from publicdns.asking import Ask, Glance, Sight
from publicdns.wire.digests import digest
from publicdns.wire.dispatch import Dispatch
from publicdns.wire.jobs import Waiter
from publicdns.wire.message import encode_questions, frame
from publicdns.wire.targets import Target

EXACT = 8  # octets of a mark that stand for the very octets of the replies; the rest stands for their content
NEVER = bytes(EXACT)
SAME = Sight(unchanged=True)


class Glancer:
    """Starts glances on top of a :class:`Dispatch`."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    def start(self, glance: Glance, waiter: Waiter, seat: int) -> None:
        """Put all questions of a glance in the air."""
        dispatch = self._dispatch
        target = dispatch.targets.of(glance.server)
        bundle = Bundle(dispatch, target, glance, waiter, seat)
        if not glance.questions:
            waiter.take(seat, SAME)
        elif not (dispatch.pacer.idle and target.over_udp) or self._must_not(target, glance):
            bundle.ask_all()
        else:
            self._send(bundle)

    def _must_not(self, target: Target, glance: Glance) -> bool:
        dispatch = self._dispatch
        return bool(dispatch.targets.why_closed(target, dispatch.now)) or dispatch.is_spent(glance.budget)

    def _send(self, bundle: Bundle) -> None:
        """The first try of every question, over UDP, at once."""
        dispatch, glance, target = self._dispatch, bundle.glance, bundle.target
        around = frame(glance.server.recursive, False, dispatch.options.edns)
        try:
            bundle.asked = encode_questions(glance.questions)
        except ValueError:  # the ordinary way finds the words
            bundle.ask_all()
            return
        try:
            dispatch.udp.send_all(dispatch.now, target, bundle.asked, around, bundle)
        except OSError:  # here too
            bundle.ask_all()
            return
        target.tally.asked += len(bundle.asked)
        if glance.budget is not None:
            glance.budget.asked += len(bundle.asked)


class Bundle:
    """One glance in the air: collects its replies, then says what was seen."""

    __slots__ = (
        "answers",
        "asked",
        "dispatch",
        "exact",
        "glance",
        "latest",
        "missing",
        "replies",
        "seat",
        "sent",
        "target",
        "waiter",
    )

    def __init__(self, dispatch: Dispatch, target: Target, glance: Glance, waiter: Waiter, seat: int) -> None:
        count = len(glance.questions)
        self.target = target
        self.exact = NEVER
        self.dispatch = dispatch
        self.glance = glance
        self.waiter = waiter
        self.seat = seat
        self.sent = self.latest = dispatch.now  # when it left, and when the last reply to a first try came
        self.missing = count
        self.asked = [b""] * count
        self.replies = [b""] * count
        self.answers: dict[int, Answer] = {}

    def arrived(self, number: int, reply: bytes) -> None:
        """A reply to the first try of one question."""
        self.replies[number] = reply
        self.latest = self.dispatch.now
        self.missing -= 1
        if not self.missing:
            self._compare()

    def overdue(self, number: int) -> None:
        """No reply to the first try: on as an ordinary question, one try poorer."""
        self.target.tally.missed()
        self.dispatch.targets.ways.in_vain(self.sent)
        self.ask(number, self.dispatch.options.tries - 1 or 1)

    def has_another_try(self, _number: int) -> bool:
        """Whether this name server may be asked once more. A resolver may be asking others meanwhile."""
        return self.dispatch.options.tries > 1 and not self.target.server.recursive

    def unsent(self, number: int, _error: OSError) -> None:
        """The system refused to send one question: the ordinary way finds out what that means."""
        self.ask(number, self.dispatch.options.tries)

    def take(self, number: int, answer: Answer, _error: BaseException | None = None) -> None:
        """The Answer to what went on as an ordinary question."""
        self.answers[number] = answer
        self.missing -= 1
        if not self.missing:
            self._compare()

    def ask_all(self) -> None:
        """Ask everything the ordinary way."""
        for number in range(len(self.replies)):
            self.ask(number, self.dispatch.options.tries)

    def ask(self, number: int, tries: int) -> None:
        """Ask one question the ordinary way."""
        asked = self.asked[number]
        if asked:
            self.dispatch.depart(self._ask(number), self, number, asked, (self.target,) * tries)
        else:
            self.dispatch.start(self._ask(number), self, number)

    def _compare(self) -> None:
        """Everything is here. All plain replies: perhaps the same as last time. If not, read them closely."""
        if not self.answers and self._is_same():
            return
        unread = [number for number in range(len(self.replies)) if number not in self.answers]
        if not unread:
            self._report()
            return
        self.missing = len(unread)
        route, seconds = (self.target,) * self.dispatch.options.tries, self.latest - self.sent
        for number in unread:
            ask, asked, reply = self._ask(number), self.asked[number], self.replies[number]
            answer = self.dispatch.plain_answer(ask.question, self.target, asked, reply, seconds)
            if answer is None:
                self.dispatch.arrived(self.dispatch.adopt(ask, self, number, asked, route), reply)
            else:
                self.target.tally.heard(seconds)
                self.take(number, answer)

    def _is_same(self) -> bool:
        """Whether these replies are the ones from last time, octet by octet or by their content; then that is told."""
        known = self.glance.known
        exact = blake2b(b"".join([reply[2:] for reply in self.replies]), digest_size=EXACT).digest()
        if known.startswith(exact):
            self._land(SAME)
            return True
        recursive = self.glance.server.recursive
        mark = content_mark([digest(reply, self.asked[seat], recursive) for seat, reply in enumerate(self.replies)])
        if mark and mark == known[EXACT:]:
            self._land(Sight(unchanged=True, mark=exact + mark))
            return True
        self.exact = exact if mark else NEVER
        return False

    def _land(self, sight: Sight) -> None:
        self.target.tally.heard(self.latest - self.sent, len(self.replies))
        self.waiter.take(self.seat, sight)

    def _report(self) -> None:
        answers = tuple(self.answers[number] for number in range(len(self.replies)))
        mark = content_mark([answer.fingerprint[1:] for answer in answers])
        unchanged = mark != b"" and mark == self.glance.known[EXACT:]
        # Asked again for a lost reply, and the same as last time: the mark that is known stands.
        news = b"" if unchanged or not mark else self.exact + mark
        self.waiter.take(self.seat, Sight(unchanged, news, answers))

    def _ask(self, number: int) -> Ask:
        return Ask(Question(*self.glance.questions[number]), self.glance.server, self.glance.budget)


def content_mark(digests: Sequence[bytes]) -> bytes:
    """What several answers say, in 16 octets; b"" when one of them says nothing that could be known again."""
    return blake2b(b"".join(digests), digest_size=16).digest() if all(digests) else b""
