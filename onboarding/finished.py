"""Looks that have landed: they wait for company, because a transaction costs as much for one as for hundreds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from typing import Any

from notices.doorbell import ring
from onboarding.committing import Look, Manner, commit
from onboarding.schedule import LOOK_NOW

GLANCES = 1000  # a transaction
PICTURES = 400  # a transaction: many more at once would be most of the worker's memory
WITHIN = timedelta(seconds=0.5)  # a finished look waits no longer for company
AT_ONCE = 2  # transactions given to the desk and not over: more would be memory


class Finished:
    """What waits to be written, and what is being written."""

    def __init__(self, now: datetime) -> None:
        self.glances: list[Look] = []
        self.pictures: list[Look] = []  # whole looks: each brings a picture
        self.by = now + WITHIN
        self.is_awaited = False  # somebody who has pressed "Look now" waits for what is here
        self._under_way: deque[Future[None]] = deque()

    def add(self, look: Look) -> None:
        """One more has landed."""
        (self.glances if look.sight is None else self.pictures).append(look)
        self.is_awaited = self.is_awaited or look.domain.priority == LOOK_NOW

    def drop(self, keys: Collection[int]) -> None:
        """Forget the looks of these domains."""
        self.glances = [look for look in self.glances if look.domain.pk not in keys]
        self.pictures = [look for look in self.pictures if look.domain.pk not in keys]

    def is_due(self, now: datetime) -> bool:
        """Whether something is to be written at ``now``, if there is anything. Asked after each look."""
        return len(self.glances) >= GLANCES or self._is_all_due(now)

    def due(self, now: datetime) -> list[Look]:
        """Take what is to be written once something is: everything, or the glances alone."""
        if self._is_all_due(now):
            return self.all(now)
        looks, self.glances = self.glances, []
        return looks

    def _is_all_due(self, now: datetime) -> bool:
        return self.is_awaited or now >= self.by or len(self.pictures) >= PICTURES

    def all(self, now: datetime) -> list[Look]:
        """Take everything."""
        looks = self.glances + self.pictures
        self.glances, self.pictures = [], []
        self.is_awaited, self.by = False, now + WITHIN
        return looks

    def hand_over(self, desk: Executor, task: Callable[..., None], *what: Any) -> None:
        """Have something written. Raises what an earlier writing has raised."""
        while len(self._under_way) >= AT_ONCE or (self._under_way and self._under_way[0].done()):
            self._under_way.popleft().result()
        self._under_way.append(desk.submit(task, *what))

    def settle(self) -> None:
        """Wait until everything handed over is written. Raises what that has raised."""
        while self._under_way:
            self._under_way.popleft().result()


def write(looks: Sequence[Look], now: datetime, manner: Manner) -> None:
    """Write ``looks``, and let open pages know."""
    ring(commit(looks, now, manner))
