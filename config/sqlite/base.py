"""Who finds the database busy asks again every few milliseconds.

SQLite's own wait sleeps longer and longer, up to a tenth of a second (sqlite3.c, ``sqliteDefaultBusyCallback``). While
a sweep writes, the moments in which nobody does are shorter than that: a person's press on a button waited for luck,
sometimes for seconds.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

PAUSE = 0.005  # seconds between two tries


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose statements wait for their turn, ``OPTIONS["timeout"]`` seconds at most."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._in_turn)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that reports at once that another is writing. While it is opened it waits SQLite's way."""
        self.patience = float(conn_params["timeout"])
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run a statement as soon as nobody else writes. Within a transaction it is our turn already; ``many`` outside
        one may have written some rows before it was refused, and is not repeated."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return execute(sql, params, many, context)
            except OperationalError as error:
                if many or self.in_atomic_block or not is_busy(error) or time.monotonic() > until:
                    raise
            time.sleep(PAUSE)


def is_busy(error: OperationalError) -> bool:
    """Whether a statement was not begun because another connection writes."""
    code = getattr(error.__cause__, "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)  # the rest of an extended code says why
