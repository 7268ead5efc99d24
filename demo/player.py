"""Plays all stories in one order, over seconds that the caller counts."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from demo.planting import plant
from demo.stories import STORIES, Scenery, Step
from demo.world import DOMAINS, Domain

LOOKAHEAD = 200  # steps searched for the next one that has a sentence


def steps(domains: Iterable[Domain]) -> Iterator[Step]:
    """The steps of all stories by their moment; it never ends when one of the stories does not."""
    return heapq.merge(*(STORIES[domain.story](domain) for domain in domains), key=lambda step: step.at)


@dataclass(eq=False)
class Player:
    """The stories of ``domains`` on their way. Nothing happens but by :meth:`advance`."""

    scenery: Scenery
    domains: tuple[Domain, ...] = DOMAINS
    last: Step | None = None  # the latest step with a sentence
    _coming: Iterator[Step] = field(init=False)
    _ahead: deque[Step] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.rewind()

    def rewind(self) -> None:
        """Put the world back to where it was before the story."""
        self._coming = steps(self.domains)
        self._ahead.clear()
        self.last = None
        plant(self.scenery.zones)
        self.scenery.resolvers.recover()

    def advance(self, seconds: float) -> list[Step]:
        """Make every change that is due at ``seconds`` since the start; returns those steps."""
        played = []
        while (step := self._look(0)) is not None and step.at <= seconds:
            self._ahead.popleft()
            step.change(self.scenery)
            self.last = step if step.sentence else self.last
            played.append(step)
        return played

    def upcoming(self) -> Step | None:
        """The next step that has a sentence."""
        for number in range(LOOKAHEAD):
            step = self._look(number)
            if step is None or step.sentence:
                return step
        return None

    def _look(self, number: int) -> Step | None:
        while len(self._ahead) <= number:
            step = next(self._coming, None)
            if step is None:
                return None
            self._ahead.append(step)
        return self._ahead[number]
