"""The loop: keeps hundreds of questions in the air for as many coroutines, in one thread, over plain sockets.

Nothing here judges. A question goes to its server, again when silence is the answer, over TCP when the answer is cut,
without EDNS when the server does not know it; whatever came of it goes back into the coroutine as an Answer.
"""

from __future__ import annotations

import selectors
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from publicdns.answers import Server
from publicdns.asking import Ask, Budget, Glance
from publicdns.wire.dispatch import Dispatch
from publicdns.wire.glances import Glancer
from publicdns.wire.jobs import Jobs, Start
from publicdns.wire.lookup import WireLookup
from publicdns.wire.options import Crashed, Done, WireOptions
from publicdns.wire.ports import Port
from publicdns.wire.streams import Stream
from publicdns.wire.targets import Tally
from publicdns.wire.tunnels import Tunnels
from publicdns.wire.volleys import Volleyer
from publicdns.wire.ways import FAMILIES, Ways

T = TypeVar("T")
FRESH = 32  # jobs taken on between two looks at what has come: where answers are quick, few are in the air at once
IDLE = 0.02  # seconds until a source of jobs that had nothing is asked again
DEFAULTS = WireOptions()
END = object()


class Source:
    """Where jobs come from."""

    def __init__(self, jobs: Iterator[Coroutine[Any, Any, Any] | None]) -> None:
        self._jobs = jobs
        self.exhausted = False
        self.resting = False  # it had nothing when it was asked last

    def next(self) -> Coroutine[Any, Any, Any] | None:
        """The next job, or None for now or for good."""
        if self.exhausted:
            return None
        coroutine = next(self._jobs, END)
        self.exhausted = coroutine is END
        self.resting = coroutine is None
        return None if self.exhausted else cast("Coroutine[Any, Any, Any] | None", coroutine)


class Wire:
    """Asks. For one thread, and one ``run`` at a time; leaving its ``with`` block closes every socket."""

    def __init__(self, resolvers: Sequence[Server] = (), options: WireOptions = DEFAULTS) -> None:
        self.options = options
        self._selector = selectors.DefaultSelector()
        self._dispatch = Dispatch(self._selector, resolvers, options)
        volleyer = Volleyer(self._dispatch)
        starters: dict[type, Start] = {Ask: volleyer.start, Glance: Glancer(self._dispatch).start}
        self._jobs = Jobs(starters, volleyer.start_all)
        self._busy = False

    def lookup(self, budget: Budget | None = None) -> WireLookup:
        """A :class:`~publicdns.answers.Lookup` for coroutines that this wire runs; its questions count against
        ``budget``, of whose time from now on name servers may use their share.
        """
        if budget is not None and budget.deadline is not None and budget.servers_until is None:
            now = self.options.monotonic()
            budget.servers_until = now + self.options.servers_share * max(budget.deadline - now, 0.0)
        return WireLookup(budget)

    @property
    def families(self) -> Mapping[str, bool]:
        """Which address families this machine can use, as far as was noticed: ``{"IPv4": True, "IPv6": False}``."""
        return {way: way not in self.ways.lost for way in FAMILIES.values()}

    @property
    def ways(self) -> Ways:
        """What was noticed about this machine's ways into public DNS."""
        return self._dispatch.targets.ways

    @property
    def servers(self) -> Mapping[tuple[str, int], Tally]:
        """How each server address and port did so far."""
        return self._dispatch.targets.tallies

    @property
    def ignored(self) -> int:
        """Datagrams that belonged to no question: late, forged or damaged."""
        return self._dispatch.udp.ignored

    def run_one(self, coroutine: Coroutine[Any, Any, T], until: float | None = None) -> T:
        """Run one coroutine to its end; what it raises is raised."""
        for result in self.run(iter([coroutine]), until=until):
            if isinstance(result, Crashed):
                raise result.exception
            value: T = result.value
            return value
        raise RuntimeError("a job without a result")

    def run(
        self, jobs: Iterator[Coroutine[Any, Any, Any] | None], window: int | None = None, until: float | None = None
    ) -> Iterator[Done | Crashed]:
        """Run coroutines as they come, ``window`` (default: the options') at once; yield each result when it is there.

        ``jobs`` is asked for more whenever there is room; None means "nothing right now". At the moment ``until``
        (monotonic, seconds) no more jobs are taken, and everything that still waits is answered FAILED with
        Reason.BUDGET.
        """
        if self._busy:
            raise RuntimeError("this wire is already running")
        self._busy = True
        try:
            yield from self._run(jobs, window or self.options.window, until)
        finally:
            self._dispatch.drop()
            self._jobs.close()
            self._busy = False

    def give_up(self) -> None:
        """Ask nothing more in this run: what is in the air or waits for its turn is answered with Reason.BUDGET."""
        self._dispatch.give_up()

    def close(self) -> None:
        """Close every socket. What was in the air is forgotten."""
        self._dispatch.close()
        self._jobs.close()
        self._selector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(
        self, jobs: Iterator[Coroutine[Any, Any, Any] | None], window: int, until: float | None
    ) -> Iterator[Done | Crashed]:
        source = Source(jobs)
        while True:
            self._dispatch.now = self.options.monotonic()
            if until is not None and self._dispatch.now >= until and not self._dispatch.over:
                source.exhausted = True
                self._dispatch.give_up()
            room = min(window - self._jobs.running, FRESH)
            while room > 0 and (coroutine := source.next()) is not None:
                self._jobs.add(coroutine)
                room -= 1
            self._dispatch.pump()
            while self._jobs.turn():
                self._dispatch.pump()
            if source.exhausted and not self._jobs.running and not self._jobs.finished:
                return
            hurry = self._jobs.finished or (self._jobs.running < window and not source.resting and not source.exhausted)
            rest = 0.0 if hurry else IDLE if source.resting else None
            while self._jobs.finished:
                yield self._jobs.finished.popleft()
            self._wait(rest, until)

    def _wait(self, rest: float | None, until: float | None) -> None:
        """Sleep until something arrives or is due, at most ``rest`` seconds, and see to it."""
        now = self._dispatch.now
        waits = [self._dispatch.next_moment() - now]
        if until is not None:
            waits.append(until - now)
        if rest is not None:
            waits.append(rest)
        more = False
        events = self._selector.select(max(0.0, min(waits)))
        self._dispatch.now = self.options.monotonic()
        for key, _ in events:
            owner = key.data
            if isinstance(owner, Port):
                more = self._dispatch.udp.receive(owner) or more
            elif isinstance(owner, Stream):
                self._dispatch.streams.advance(owner)
            elif isinstance(owner, Tunnels):
                owner.collect()
        if not more:  # a reply that is here already is not late, however long the caller kept us
            self._dispatch.expire()
