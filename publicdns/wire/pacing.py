"""Politeness: when the next question may leave for an address, and whose turn it is.

One clock per server address and one for everything, after the generic cell rate algorithm: each question moves the
moment of the next one on by a fixed step. There is no bucket that fills up while nobody asks, so neither a pause nor
a fresh process earns a burst.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

EARLY = 0.05  # seconds a question may leave before its moment, so that one wake-up of the loop serves several
JITTER = 0.05  # seconds by which the network may push questions together before the server counts them


class Rate:
    """One cap: at most ``cap`` questions in any second as the server counts them; None never waits."""

    __slots__ = ("next", "step")

    def __init__(self, cap: float | None, since: float) -> None:
        self.step = (1 + EARLY + JITTER) / cap if cap else 0.0
        # Moment of the monotonic clock, seconds. As if the last question had left at ``since``, early: another process,
        # or this one's sweep before, may have asked until then on the same share.
        self.next = since + self.step + EARLY if cap else 0.0

    def opens(self) -> float:
        """The first moment at which a question may leave."""
        return self.next - EARLY

    def take(self, now: float) -> None:
        """Count one question that leaves now."""
        self.next = max(now, self.next) + self.step


class Waiter(Protocol):
    """What stands in a queue."""

    @property
    def priority(self) -> int:
        """Lower goes first."""


class Gate:
    """The queue in front of one server address."""

    __slots__ = ("queue", "rate", "ticket", "turn")

    def __init__(self, cap: float | None, since: float) -> None:
        self.rate = Rate(cap, since)
        self.queue: list[tuple[int, int, Any]] = []  # priority, arrival, waiter
        self.ticket = 0  # which of this gate's entries in the pacer's heaps is the valid one
        self.turn = 0  # when it was served last, so that equals take turns


class Pacer:
    """All the queues. Lower priorities go first; among equals every address gets its turn."""

    def __init__(self, per_server: float | None, overall: float | None, since: float) -> None:
        self._per_server = per_server
        self._since = since  # whoever asked before on this share has asked until then
        self._overall = Rate(overall, since)
        self._gates: dict[str, Gate] = {}
        self._asleep: list[tuple[float, int, int, Gate]] = []  # opens at, number, ticket
        self._ready: list[tuple[int, int, int, int, Gate]] = []  # priority, turn, number, ticket
        self._numbers = count(1)
        self.idle = per_server is None and overall is None  # no caps: nothing ever waits
        self.waiting = 0

    def gate(self, address: str) -> Gate:
        """The queue of one address."""
        gate = self._gates.get(address)
        if gate is None:
            gate = self._gates[address] = Gate(self._per_server, self._since)
        return gate

    def enter(self, gate: Gate, waiter: Waiter, now: float) -> None:
        """Put ``waiter`` in the queue; :meth:`admit` will hand it out when its moment has come."""
        heappush(gate.queue, (waiter.priority, next(self._numbers), waiter))
        self.waiting += 1
        if gate.queue[0][2] is waiter:
            self._place(gate, now)

    def admit(self, now: float) -> Any | None:
        """The next waiter that may leave now, or None. Its question is counted."""
        while self._asleep and self._asleep[0][0] <= now:
            _, _, ticket, gate = heappop(self._asleep)
            if ticket == gate.ticket:
                self._place(gate, now)
        if self._overall.opens() > now:
            return None
        while self._ready:
            _, _, _, ticket, gate = heappop(self._ready)
            if ticket != gate.ticket:
                continue
            _, _, waiter = heappop(gate.queue)
            self.waiting -= 1
            gate.rate.take(now)
            self._overall.take(now)
            gate.turn = next(self._numbers)
            if gate.queue:
                self._place(gate, now)
            return waiter
        return None

    def clear(self) -> None:
        """Send everybody home; what was counted stays counted."""
        self._asleep.clear()
        self._ready.clear()
        for gate in self._gates.values():
            gate.queue.clear()
        self.waiting = 0

    def opens(self, now: float) -> float | None:
        """The next moment at which :meth:`admit` may have somebody, or None while nobody waits."""
        if not self.waiting:
            return None
        sleeping = self._asleep[0][0] if self._asleep else now
        return max(now if self._ready else sleeping, self._overall.opens())

    def _place(self, gate: Gate, now: float) -> None:
        """Put the gate where it belongs: asleep until its address may be asked again, or ready for its turn."""
        gate.ticket += 1
        number = next(self._numbers)
        if gate.rate.opens() > now:
            heappush(self._asleep, (gate.rate.opens(), number, gate.ticket, gate))
        else:
            heappush(self._ready, (gate.queue[0][0], gate.turn, number, gate.ticket, gate))
