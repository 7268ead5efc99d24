"""How our commands leave: 0 good, 1 not yet or wrong, 2 could not ask, 64 bad input, wrong options included."""

from __future__ import annotations

import sys
from typing import NoReturn

from django.core.management.base import CommandParser

GOOD, WRONG, UNKNOWN, BAD_INPUT = 0, 1, 2, 64


class Parser(CommandParser):
    """A parser whose complaints end with 64: 2 already means that nobody could be asked."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and leave."""
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")
