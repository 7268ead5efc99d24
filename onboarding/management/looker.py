"""Looks of the command line: at one domain, at a list, once or until the record counts as propagated."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from typing import Any, TypeVar

from django.conf import settings

from publicdns.answers import Server, Verdict
from publicdns.asking import Budget
from publicdns.confirmation import Patience, Pending, confirm
from publicdns.delegation import DelegationCache
from publicdns.listing import Line
from publicdns.look import LookOptions, look
from publicdns.picture import Picture, Subject
from publicdns.wire import Crashed, Wire, WireOptions

QUESTIONS = 400  # tries included, for one domain
AT_ONE_SERVER, AT_ALL = 15, 40  # questions of one look that has much to find out
T = TypeVar("T")


@dataclass(slots=True)
class Wait:
    """One domain that is looked at until its record was seen twice by the full rule (design decision 4)."""

    subject: Subject
    pending: Pending | None = None

    def after(self, picture: Picture) -> float | None:
        """Seconds until the next look; None when the record is there for good."""
        self.subject = picture.next_subject()
        seen = picture.propagation
        if seen is None:
            return settings.RHYTHM_EAGER
        patience = Patience(again=settings.CONFIRM_AFTER)
        confirmed = confirm(
            self.pending, seen.verdict, picture.looked_at, proven=seen.proven, mixed=seen.mixed, patience=patience
        )
        self.pending = confirmed.pending
        if confirmed.settled is Verdict.PRESENT:
            return None
        soon = confirmed.look_again_in if seen.verdict is Verdict.PRESENT else None
        return settings.RHYTHM_EAGER if soon is None else soon


class Looker:
    """A wire, and how the words on the command line say to use it."""

    def __init__(self, wire: Wire, resolvers: Sequence[Server], port: int, seconds: float) -> None:
        self.wire, self.resolvers, self.seconds = wire, tuple(resolvers), seconds
        self.cache = DelegationCache()
        self.options = LookOptions(port=port, silent_limit=settings.SILENT_AFTER, fallback_after=0.0)

    def look(self, subject: Subject) -> Picture:
        """One look, now."""
        return self.wire.run_one(self._look(subject))

    def look_at_all(self, wanted: Sequence[Line]) -> Iterator[tuple[Line, Picture]]:
        """Every line that can be looked at with its picture, as it is there."""
        return self._run(self._look_at(line, line.subject) for line in wanted if line.subject is not None)

    def wait_for_all(self, wanted: Sequence[Line]) -> Iterator[tuple[Line, Picture]]:
        """The same, each line again and again until its record counts as propagated."""
        now = self.wire.options.monotonic
        due = [(now(), line.number, line, Wait(line.subject)) for line in wanted if line.subject is not None]
        in_the_air = 0

        def jobs() -> Iterator[Coroutine[Any, Any, tuple[tuple[Line, Wait], Picture]] | None]:
            nonlocal in_the_air
            while due or in_the_air:
                if not due or due[0][0] > now():
                    yield None
                    continue
                _, _, line, wait = heappop(due)
                in_the_air += 1
                yield self._look_at((line, wait), wait.subject)

        for (line, wait), picture in self._run(jobs()):
            in_the_air -= 1
            pause = wait.after(picture)
            if pause is None:
                yield line, picture
            else:
                heappush(due, (now() + pause, line.number, line, wait))

    def _run(self, jobs: Iterator[Coroutine[Any, Any, tuple[T, Picture]] | None]) -> Iterator[tuple[T, Picture]]:
        for result in self.wire.run(jobs, window(self.wire.options, self.seconds)):
            if isinstance(result, Crashed):
                raise result.exception
            yield result.value

    async def _look_at(self, seat: T, subject: Subject) -> tuple[T, Picture]:
        return seat, await self._look(subject)

    def _look(self, subject: Subject) -> Coroutine[Any, Any, Picture]:
        lookup = self.wire.lookup(Budget(QUESTIONS, self.wire.options.monotonic() + self.seconds))
        return look(
            subject,
            lookup,
            resolvers=self.resolvers,
            cache=self.cache,
            now=time.time(),
            unchecked=partial(lookup, checking_disabled=True),
            options=self.options,
        )


def window(options: WireOptions, seconds: float) -> int:
    """How many looks at once leave each of them half of its ``seconds``, though the caps make all their questions queue
    at one provider's servers: what waited for its turn until its time was over would be told as "could not ask".
    """
    rates = [
        cap / questions
        for cap, questions in ((options.server_cap, AT_ONE_SERVER), (options.overall_cap, AT_ALL))
        if cap is not None
    ]
    return max(1, min([options.window, *(int(rate * seconds / 2) for rate in rates)]))
