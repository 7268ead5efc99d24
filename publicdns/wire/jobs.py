"""Stepping coroutines: what they yield is started, what they wait for is sent back in. No socket, no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from publicdns.asking import Ask, Together, as_coroutine
from publicdns.wire.options import Crashed, Done


class Waiter(Protocol):
    """Whoever waits for something that comes later. ``seat`` tells its things apart."""

    def take(self, seat: int, value: Any, error: BaseException | None = None) -> None:
        """Here it is, or what went wrong instead."""


Start = Callable[[Any, Waiter, int], None]
StartAll = Callable[[Sequence[tuple[int, Ask]], Waiter], None]
Ready = deque[tuple["Job", Any, BaseException | None]]


class Job:
    """A coroutine, and who waits for its end."""

    __slots__ = ("coroutine", "ready", "seat", "waiter")

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], ready: Ready, waiter: Waiter | None = None, seat: int = 0
    ) -> None:
        self.coroutine = coroutine
        self.ready = ready
        self.waiter = waiter  # None: its end is a result of the run
        self.seat = seat

    def take(self, _seat: int, value: Any, error: BaseException | None = None) -> None:
        """What the coroutine awaited has come."""
        self.ready.append((self, value, error))


class Join:
    """A job that waits for several things at once: it goes on when all have come, with the first exception before any
    result.
    """

    __slots__ = ("error", "job", "missing", "results")

    def __init__(self, job: Job, parts: int) -> None:
        self.job = job
        self.missing = parts
        self.results: list[Any] = [None] * parts
        self.error: BaseException | None = None

    def take(self, seat: int, value: Any, error: BaseException | None = None) -> None:
        """One of them."""
        self.results[seat] = value
        self.error = self.error or error
        self.missing -= 1
        if not self.missing:
            self.job.take(0, self.results, self.error)


class Jobs:
    """All coroutines of a run. ``starters`` puts what they yield in the air, by type, and ``start_all`` several
    questions at once; what comes of it comes back through a Waiter.
    """

    def __init__(self, starters: Mapping[type, Start], start_all: StartAll) -> None:
        self._starters = dict(starters)
        self._start_all = start_all
        self._ready: Ready = deque()
        self._alive: set[Job] = set()
        self.running = 0  # jobs of the run, without the parts they spread into
        self.finished: deque[Done | Crashed] = deque()

    def add(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Take on one more job."""
        self.running += 1
        self._begin(Job(coroutine, self._ready))

    def turn(self) -> bool:
        """Step every coroutine that can go on, until all wait or have ended. False when there was none."""
        if not self._ready:
            return False
        while self._ready:
            self._step(*self._ready.popleft())
        return True

    def close(self) -> None:
        """Drop everything: coroutines are closed, so that their ``finally`` blocks run."""
        self._ready.clear()
        self.finished.clear()
        while self._alive:
            self._alive.pop().coroutine.close()
        self.running = 0

    def _begin(self, job: Job) -> None:
        self._alive.add(job)
        self._ready.append((job, None, None))

    def _step(self, job: Job, value: Any, error: BaseException | None) -> None:
        try:
            wanted = job.coroutine.throw(error) if error else job.coroutine.send(value)
        except StopIteration as end:
            self._end(job, end.value, None)
        except Exception as crash:  # noqa: BLE001 - somebody else's coroutine: its bug must not cost the other jobs their answers
            self._end(job, None, crash)
        else:
            self._want(job, wanted)

    def _want(self, job: Job, wanted: Any) -> None:
        start = self._starters.get(type(wanted))
        if start is not None:
            start(wanted, job, 0)
        elif isinstance(wanted, Together):
            self._spread(job, wanted.parts)
        else:
            job.take(0, None, TypeError(f"the wire cannot wait for {wanted!r}"))

    def _spread(self, job: Job, parts: tuple[Awaitable[Any], ...]) -> None:
        if not parts:
            job.take(0, [])
            return
        join = Join(job, len(parts))
        asks: list[tuple[int, Ask]] = []
        for seat, part in enumerate(parts):
            if type(part) is Ask:  # a bare question needs no coroutine around it
                asks.append((seat, part))
            elif (start := self._starters.get(type(part))) is not None:
                start(part, join, seat)
            else:
                self._begin(Job(as_coroutine(part), self._ready, join, seat))
        if asks:
            self._start_all(asks, join)

    def _end(self, job: Job, value: Any, error: Exception | None) -> None:
        self._alive.discard(job)
        if job.waiter is not None:
            job.waiter.take(job.seat, value, error)
            return
        self.running -= 1
        self.finished.append(Crashed(job.coroutine, error) if error else Done(value))
