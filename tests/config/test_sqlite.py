"""Who may write a busy SQLite database, and how long the others wait."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import load_backend

from config.env import sqlite as settings_for

DEFAULTS = {
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "AUTOCOMMIT": True,
    "ATOMIC_REQUESTS": False,
    "TIME_ZONE": None,
}


@pytest.fixture
def path(tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    path = tmp_path / "busy.sqlite3"
    with django_db_blocker.unblock():
        with opened(path) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE pressed (number INTEGER)")
        yield path


@contextmanager
def opened(path: Path, patience: float = 20) -> Iterator[Any]:
    settings = {**DEFAULTS, **settings_for(path)}
    settings["OPTIONS"]["timeout"] = patience
    with closing(load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias="busy")) as connection:
        yield connection


def press(connection: Any, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO pressed VALUES (%s)", [number])


def pressed(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as asked:
        return [row[0] for row in asked.execute("SELECT number FROM pressed ORDER BY number")]


@contextmanager
def writing(path: Path, *, seconds: float, rest: float) -> Iterator[threading.Event]:
    """Somebody holds the database for ``seconds`` and leaves it for ``rest``, on and on; the event is set each time
    that it is taken."""
    over, taken = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as greedy:
            while not over.is_set():
                greedy.execute("BEGIN IMMEDIATE")
                taken.set()
                time.sleep(seconds)
                greedy.execute("ROLLBACK")
                time.sleep(rest)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert taken.wait(10)
        yield taken
    finally:
        over.set()
        writer.join()


def test_a_press_comes_through_in_a_short_rest(path: Path) -> None:
    """SQLite's own wait looks 328, 428, 528 … milliseconds after its beginning, and never in one of these rests."""
    waits = []
    with opened(path) as connection, writing(path, seconds=0.375, rest=0.025) as taken:
        for number in range(3):
            taken.clear()
            assert taken.wait(10)
            started = time.monotonic()
            press(connection, number)
            waits.append(time.monotonic() - started)
    assert pressed(path) == [0, 1, 2]
    assert min(waits) > 0.2  # it was held
    assert max(waits) < 1.3, waits


def test_a_transaction_waits_for_its_turn_too(path: Path) -> None:
    with opened(path) as connection, writing(path, seconds=0.375, rest=0.025):
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        press(connection, 1)
        press(connection, 2)
        connection.commit()
    assert pressed(path) == [1, 2]


def test_who_waits_in_vain_is_told_so_in_time(path: Path) -> None:
    with opened(path, patience=0.3) as connection, writing(path, seconds=2, rest=0):
        started = time.monotonic()
        with pytest.raises(OperationalError, match="locked"):
            press(connection, 1)
        assert 0.3 <= time.monotonic() - started < 1.5
    assert pressed(path) == []


def test_readers_do_not_wait(path: Path) -> None:
    with opened(path) as connection, writing(path, seconds=2, rest=0), connection.cursor() as cursor:
        started = time.monotonic()
        cursor.execute("SELECT count(*) FROM pressed")
        assert cursor.fetchall() == [(0,)]
        assert time.monotonic() - started < 0.5


def test_another_fault_is_told_at_once(path: Path) -> None:
    with opened(path) as connection, connection.cursor() as cursor:
        started = time.monotonic()
        with pytest.raises(OperationalError, match="no such table"):
            cursor.execute("INSERT INTO nowhere VALUES (1)")
        assert time.monotonic() - started < 1
