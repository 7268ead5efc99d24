"""`manage.py restore` and `manage.py sweep` as a person starts them: processes over a folder of their own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config import claim

BASE = Path(__file__).resolve().parent.parent.parent


def manage(var: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command over ``var``, far from any real server."""
    far = {"DNS_RESOLVERS": "127.0.0.1", "DNS_AUTHORITATIVE_PORT": "1", "LOG_LEVEL": "ERROR"}
    environment = {"PATH": os.environ["PATH"], "ONWARD_VAR": str(var), **far, **variables}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("installation")
    assert manage(place, "prepare").returncode == 0
    return place


def rows(database: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as asked:
        return asked.execute(question).fetchall()


def test_a_copy_goes_back_with_sending_paused_and_the_present_one_kept(var: Path) -> None:
    copy = manage(var, "backup").stdout.strip()
    with closing(sqlite3.connect(var / "onward.sqlite3")) as database:
        database.execute("INSERT INTO tenants_tenant (public_id, name, initial_domain, cloud, created_at)"
                         " VALUES ('aaaa', 'Added later', '', 'worldwide', '2026-11-23')")  # fmt: skip
        database.commit()

    done = manage(var, "restore", copy)

    assert done.returncode == 0, done.stderr
    assert rows(var / "onward.sqlite3", "SELECT name FROM tenants_tenant") == []
    assert rows(var / "onward.sqlite3", "SELECT paused FROM notices_sending") == [(1,)]
    (aside,) = var.glob("onward-aside-*.sqlite3")
    assert rows(aside, "SELECT name FROM tenants_tenant") == [("Added later",)]


def test_restore_refuses_while_onward_runs(var: Path) -> None:
    running = claim.take(var / "run.lock")
    running.name("http://127.0.0.1:8000")
    before = (var / "onward.sqlite3").stat().st_ino

    refused = manage(var, "restore", "whatever.sqlite3")

    running.release()
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    assert (var / "onward.sqlite3").stat().st_ino == before


def test_restore_of_something_else_changes_nothing(var: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite3").write_text("these are notes and no database, whatever the name says")
    before = (var / "onward.sqlite3").stat().st_ino

    refused = manage(var, "restore", str(tmp_path / "notes.sqlite3"))

    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stderr
    assert (var / "onward.sqlite3").stat().st_ino == before


def test_sweep_once_works_without_broker_worker_and_redis(var: Path) -> None:
    done = manage(var, "sweep", "--once", REDIS_URL="redis://127.0.0.1:1")

    assert done.returncode == 0, done.stderr
    assert rows(var / "onward.sqlite3", "SELECT count(*) FROM onboarding_sweeperslot WHERE ended_at NOT NULL") == [(1,)]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PUBLIC_URL", "onward.example", "no address"),
        ("SWEEPERS", "many", "no whole number"),
        ("RHYTHM_EAGER", "-1", "no duration"),
        ("DEBUG", "perhaps", "neither yes nor no"),
        ("MAIL_UNCERTAIN", "sometimes", "Write one of: resend, hold"),
        ("DATABASE_URL", "nonsense://x", "neither PostgreSQL nor SQLite"),
        ("EMAIL_URL", "mail.example.com", "EMAIL_URL cannot be read"),
        ("MAIL_FROM", "Onward", "holds no address"),
        ("DNS_RESOLVERS", "1.1.1.1,8.8.8.8:x", "is no resolver"),
        ("BACKUP_HOUR", "24", "is no hour"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(var: Path, name: str, value: str, told: str) -> None:
    refused = manage(var, "sweep", "--once", **{name: value})

    assert refused.returncode != 0
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
