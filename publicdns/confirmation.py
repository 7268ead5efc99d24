"""A verdict over time: what is seen once is believed when it is seen again (decision 4). Pure; ``now`` comes in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from publicdns.answers import Verdict
from publicdns.frozen import frozen


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long the same must be seen. Seconds, except ``gone_looks``."""

    again: float = 60.0  # until a value seen, or another value, is looked at again
    gone_steps: tuple[float, ...] = (300.0, 600.0)  # between the looks that prove an absence
    unknown: float = 60.0  # until the next try, when nobody could be asked

    @property
    def gone_after(self) -> float:
        """Seconds the looks that prove an absence span."""
        return sum(self.gone_steps)


@frozen
class Pending:
    """A verdict on its way to being believed."""

    verdict: Verdict
    first_at: float
    looks: int = 1
    shown: str = ""  # what was there instead: another value is another story
    settled: bool = False


@frozen
class Confirmation:
    """What to remember, what is believed (None: nothing yet), and the seconds until the look that is needed for it."""

    pending: Pending | None
    settled: Verdict | None
    look_again_in: float | None


def confirm(
    previous: Pending | None,
    verdict: Verdict,
    now: float,
    *,
    proven: bool = True,
    mixed: bool = False,
    shown: str = "",
    patience: Patience = Patience(),
) -> Confirmation:
    """Take one more look into account; ``proven``, ``mixed`` and ``shown`` are those of its Propagation.

    PRESENT and WRONG settle when seen again ``patience.again`` seconds later, MISSING on three looks over fifteen
    minutes. UNKNOWN, and what too few name servers vouch for, moves nothing and forgets nothing; a mixed picture ends
    whatever was on its way.
    """
    shown = shown if verdict is Verdict.WRONG else ""
    if verdict is Verdict.UNKNOWN or not proven:
        on_its_way = previous is not None and not previous.settled
        if on_its_way and mixed:
            return Confirmation(None, None, None)
        return Confirmation(previous, None, patience.unknown if on_its_way or verdict is Verdict.UNKNOWN else None)
    if previous is None or (previous.verdict, previous.shown) != (verdict, shown):
        first = Pending(verdict, now, shown=shown)
        return Confirmation(first, None, _wait(first, now, patience))
    if previous.settled:
        return Confirmation(previous, verdict, None)
    enough = len(patience.gone_steps) + 1  # more are not counted: a row that does not change is not written
    seen = previous if previous.looks >= enough else replace(previous, looks=previous.looks + 1)
    if _is_enough(seen, now, patience):
        return Confirmation(replace(seen, settled=True), verdict, None)
    return Confirmation(seen, None, _wait(seen, now, patience))


def _is_enough(pending: Pending, now: float, patience: Patience) -> bool:
    if pending.verdict is Verdict.MISSING:
        return pending.looks > len(patience.gone_steps) and now - pending.first_at >= patience.gone_after
    return now - pending.first_at >= patience.again


def _wait(pending: Pending, now: float, patience: Patience) -> float:
    """Seconds until the look that could settle ``pending``, or bring it nearer."""
    steps = patience.gone_steps if pending.verdict is Verdict.MISSING else (patience.again,)
    due = pending.first_at
    for step in steps:
        due += step
        if due > now:
            return due - now
    return patience.again
