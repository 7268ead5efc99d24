"""Where a sweep's database work is done: at once, or in a thread of its own while the sweep asks on.

Either way one thing after another in the order given, so that what is claimed and what is written never overtake each
other. A thread needs a connection of its own, and the interpreter's lock each time the database is done. That is earned
back while a server elsewhere works, and with SQLite, which works in this process, by whole pictures, not by glances.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections


def is_elsewhere() -> bool:
    """Whether the database is another process, which works while this one asks."""
    return connection.vendor != "sqlite"


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done. What ``fn`` raises is raised here."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class InTheBackground(ThreadPoolExecutor):
    """One thread, with a connection to the database of its own."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="desk")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Finish what was given, then close the connection."""
        self.submit(connections.close_all)
        super().shutdown(wait, cancel_futures=cancel_futures)
