"""How judging code waits for answers without knowing a socket.

Everything above the wire is written as coroutines over a :class:`~publicdns.answers.Lookup`. They suspend by yielding
an :class:`Ask` (one question) or a :class:`Together` (several coroutines at once) to whoever drives them: the wire's
loop with real
sockets, or :func:`drive` in tests, where every lookup is a dictionary. asyncio is not involved: one sweep keeps
thousands of these suspended, and a plain generator costs a tenth of an asyncio task.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from publicdns.answers import Answer, Question, Server
from publicdns.frozen import frozen

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Budget:
    """What one look may cost. ``deadline`` is a moment of the driver's monotonic clock, in seconds; None means no
    limit."""

    questions: int = 200
    deadline: float | None = None
    asked: int = 0
    priority: int = 0  # lower goes first where the caps make questions wait
    servers_until: float | None = None  # the same for name servers: what is left then is for the resolvers
    regardless: bool = False  # ask also where nothing is expected to come back, to find out whether it does

    def until(self, *, recursive: bool) -> float | None:
        """The deadline of a question to a resolver, or to a name server."""
        return self.deadline if recursive or self.servers_until is None else self.servers_until


@dataclass(slots=True, eq=False)
class Ask:
    """One question on its way; awaiting it gives the Answer. ``server=None`` means the driver's recursive resolvers
    in turn."""

    question: Question
    server: Server | None = None
    budget: Budget | None = None
    known: bytes = b""  # the fingerprint of the last answer: an equal one comes back unparsed, as ``unchanged``

    def __await__(self) -> Generator[Any, Any, Answer]:
        answer: Answer = yield self
        return answer


@frozen
class Sight:
    """What a :class:`Glance` saw. Unchanged: nothing was parsed and ``answers`` may be empty."""

    unchanged: bool
    mark: bytes = b""  # to be known next time; b"": keep the one you have, or (with answers) there is none
    answers: tuple[Answer, ...] = ()  # in the order of the questions


@dataclass(slots=True, eq=False)
class Glance:
    """Several questions to one server whose answers are most likely those of last time; awaiting it gives a
    :class:`Sight`.

    The cheap way to look again: when the answers have the content that ``known`` (the last Sight's mark) stands for,
    no Answer is made at all.
    """

    server: Server
    questions: tuple[tuple[str, str], ...]  # canonical name, type's mnemonic
    known: bytes = b""
    budget: Budget | None = None

    def __await__(self) -> Generator[Any, Any, Sight]:
        sight: Sight = yield self
        return sight


@dataclass(slots=True, eq=False)
class Together:
    """Several awaitables in the air at once; awaiting it gives their results in order."""

    parts: tuple[Awaitable[Any], ...] = field(default=())

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        results: list[Any] = yield self
        return results


async def gather(*parts: Awaitable[T]) -> list[T]:
    """Await all of ``parts`` at once and return their results in the order given. The first exception is raised."""
    if not parts:
        return []
    results: list[T] = await Together(parts)
    return results


async def _awaiting(part: Awaitable[T]) -> T:
    return await part


def as_coroutine(part: Awaitable[T]) -> Coroutine[Any, Any, T]:
    """``part`` as something that can be sent to; coroutines are passed through."""
    return part if isinstance(part, Coroutine) else _awaiting(part)


def drive(work: Awaitable[T]) -> T:
    """Run ``work`` to its end where every lookup answers at once (dictionaries in tests, caches).

    Raises RuntimeError when something below really has to ask: that needs the wire.
    """
    coroutine = as_coroutine(work)
    value: Any = None
    while True:
        try:
            wanted = coroutine.send(value)
        except StopIteration as end:
            result: T = end.value
            return result
        if not isinstance(wanted, Together):
            raise RuntimeError(f"{wanted!r} needs a wire")
        value = [drive(part) for part in wanted.parts]
