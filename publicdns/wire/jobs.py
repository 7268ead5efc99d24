"""Stepping coroutines: what they yield is started, what they wait for is sent back in. No socket, no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from publicdns.asking import Ask, Together, as_coroutine
from publicdns.wire.options import Crashed, Done


class Job:
    """A coroutine and who waits for its end: a seat in a :class:`Join`, or nobody (then it is a result of the run)."""

    __slots__ = ("coroutine", "join", "seat")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], join: Join | None = None, seat: int = 0) -> None:
        self.coroutine = coroutine
        self.join = join
        self.seat = seat


class Join:
    """A job that waits for several things at once."""

    __slots__ = ("error", "job", "missing", "results")

    def __init__(self, job: Job, parts: tuple[Awaitable[Any], ...]) -> None:
        self.job = job
        self.missing = len(parts)
        self.results: list[Any] = [None] * len(parts)
        self.error: BaseException | None = None


Start = Callable[[Ask, Job, "Join | None", int], None]


class Jobs:
    """All coroutines of a run. ``start`` puts one Ask in the air; its Answer comes back through :meth:`settle`."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._ready: deque[tuple[Job, Any, BaseException | None]] = deque()
        self._alive: set[Job] = set()
        self.running = 0  # jobs of the run, without the parts they spread into
        self.finished: deque[Done | Crashed] = deque()

    def add(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Take on one more job."""
        self.running += 1
        self._begin(Job(coroutine))

    def settle(self, job: Job, join: Join | None, seat: int, value: Any, error: BaseException | None = None) -> None:
        """Something that ``job`` waits for has come; with ``join``, it is one of several and belongs in ``seat``.

        A join hands over when all its parts have ended, the first exception before any result.
        """
        if join is None:
            self._ready.append((job, value, error))
            return
        join.results[seat] = value
        join.error = join.error or error
        join.missing -= 1
        if not join.missing:
            self._ready.append((job, join.results, join.error))

    def turn(self) -> bool:
        """Step every coroutine that can go on, until all wait or have ended. False when there was none."""
        if not self._ready:
            return False
        while self._ready:
            job, value, error = self._ready.popleft()
            self._step(job, value, error)
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
        if type(wanted) is Ask:
            self._start(wanted, job, None, 0)
        elif isinstance(wanted, Together):
            self._spread(job, wanted.parts)
        else:
            self._ready.append((job, None, TypeError(f"the wire cannot wait for {wanted!r}")))

    def _spread(self, job: Job, parts: tuple[Awaitable[Any], ...]) -> None:
        if not parts:
            self._ready.append((job, [], None))
            return
        join = Join(job, parts)
        for seat, part in enumerate(parts):
            if type(part) is Ask:
                self._start(part, job, join, seat)
            else:
                self._begin(Job(as_coroutine(part), join, seat))

    def _end(self, job: Job, value: Any, error: Exception | None) -> None:
        self._alive.discard(job)
        if job.join is not None:
            self.settle(job.join.job, job.join, job.seat, value, error)
            return
        self.running -= 1
        self.finished.append(Crashed(job.coroutine, error) if error else Done(value))
