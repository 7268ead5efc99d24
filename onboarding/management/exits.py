"""How our commands leave: 0 good, 1 not yet or wrong, 2 could not ask, 64 bad input, 130 interrupted."""

from __future__ import annotations

import os
import sys

from publicdns.answers import Verdict

GOOD, WRONG, UNKNOWN, BAD_INPUT, INTERRUPTED = 0, 1, 2, 64, 130
BY_VERDICT = {Verdict.PRESENT: GOOD, Verdict.WRONG: WRONG, Verdict.MISSING: WRONG, Verdict.UNKNOWN: UNKNOWN}


def drop_output() -> None:
    """Nobody reads any more: what is still in the buffer goes nowhere, and Python does not complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
