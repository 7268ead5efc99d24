"""What a start does to what an earlier version left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config import backup, renewal
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    return tmp_path


@pytest.fixture
def said() -> list[str]:
    return []


def test_an_update_copies_the_database_first_and_says_where(var: Path, said: list[str]) -> None:
    make.tenant("Contoso")
    (var / "version").write_text("0.0.1")

    renewal.renew(make.NOW, said.append)

    (copy,) = backup.folder().glob("before-update-*.sqlite3")
    assert "0.0.1" in said[0]
    assert str(copy) in said[0]
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM tenants_tenant").fetchall() == [("Contoso",)]


def test_the_same_version_again_copies_nothing(var: Path, said: list[str]) -> None:
    (var / "version").write_text("0.0.1")
    renewal.renew(make.NOW, said.append)

    renewal.renew(make.NOW, said.append)

    assert len(said) == 1
    assert len(list(backup.folder().glob("*.sqlite3"))) == 1


def test_pending_migrations_copy_too_whatever_the_version_says(var: Path, said: list[str], settings: Any) -> None:
    (var / "version").write_text(settings.VERSION)
    call_command("migrate", "sessions", "zero", verbosity=0)

    renewal.renew(make.NOW, said.append)

    assert len(list(backup.folder().glob("before-update-*.sqlite3"))) == 1


def test_a_copy_that_cannot_be_made_stops_the_update(var: Path, said: list[str]) -> None:
    (var / "backup").write_text("in the way")
    (var / "version").write_text("0.0.1")

    with pytest.raises((backup.BackupError, FileExistsError)):
        renewal.renew(make.NOW, said.append)

    assert (var / "version").read_text() == "0.0.1"


def test_static_files_are_collected_when_one_changes_and_only_then(var: Path, settings: Any) -> None:
    place = var / "own"
    place.mkdir()
    (place / "probe.css").write_text("a {}")
    settings.STATICFILES_DIRS = [place]

    first = renewal.collect_static(settings.STATIC_ROOT)
    again = renewal.collect_static(settings.STATIC_ROOT)
    (place / "probe.css").write_text("a { color: red }")
    changed = renewal.collect_static(settings.STATIC_ROOT)

    assert (first, again, changed) == (True, False, True)
    assert (settings.STATIC_ROOT / "probe.css").read_text() == "a { color: red }"
