"""How dear our own work is, on machines that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_seconds(work: Callable[[], object], bound: float, tries: int = 3) -> float:
    """The least processor time of this thread, in seconds, that ``work`` took; a try below ``bound`` is the last one.

    Neighbours on the machine make work slower, never quicker.
    """
    least = float("inf")
    for _ in range(tries):
        begun = time.thread_time()
        work()
        least = min(least, time.thread_time() - begun)
        if least < bound:
            break
    return least
