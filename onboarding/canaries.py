"""The canaries (decision 5): asked only when something failed or would turn. When all of them fail it is us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from publicdns.answers import Lookup, Server
from publicdns.asking import gather

EVERY = timedelta(seconds=30)


class Canaries:
    """What one sweep knows of them. ``names``: whose NS every one of ``resolvers`` must know; may be empty."""

    def __init__(self, names: Sequence[str], resolvers: Sequence[Server]) -> None:
        self._questions = [(name, resolver) for name in names for resolver in resolvers]
        self._asked_at: datetime | None = None
        self.in_the_air = False  # asked and not heard: what they say decides what may be told
        self.all_failed = False  # when they were last asked

    async def ask(self, lookup: Lookup, now: datetime) -> None:
        """Whether anything at all can be asked, unless that was asked a moment ago."""
        if self._asked_at is not None and now - self._asked_at < EVERY:
            return
        self._asked_at, self.in_the_air = now, True
        answers = await gather(*(lookup(name, "NS", resolver) for name, resolver in self._questions))
        self.in_the_air = False
        self.all_failed = bool(answers) and all(answer.failed for answer in answers)
