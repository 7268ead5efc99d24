"""Copies of the database: made while it runs, and trusted only after a look."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config import backup
from config.health import sqlite_advice
from tests import make

pytestmark = pytest.mark.sqlite


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_a_copy_holds_every_row_and_is_for_its_owner_only(var: Path) -> None:
    make.tenant("Contoso")

    copy = backup.make_copy(make.NOW)

    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM tenants_tenant").fetchall() == [("Contoso",)]
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db(transaction=True)
def test_the_newest_seven_of_a_kind_are_kept_and_other_kinds_left_alone(var: Path) -> None:
    update = backup.make_copy(make.NOW, backup.BEFORE_UPDATE)

    made = [backup.make_copy(make.NOW + timedelta(days=day)) for day in range(9)]

    assert set(backup.folder().glob("*.sqlite3")) == {update, *made[2:]}


@pytest.mark.django_db(transaction=True)
def test_a_night_is_written_down_for_the_operator(var: Path) -> None:
    night = backup.nightly(make.NOW)

    assert night.good
    assert backup.last_night() == night
    assert [copy.path.name for copy in backup.copies()] == ["nightly-20261123-090000.sqlite3"]


@pytest.mark.django_db(transaction=True)
def test_a_night_that_fails_says_so_and_leaves_no_half_copy(var: Path) -> None:
    (backup.folder() / "nightly-20261123-090000.sqlite3").mkdir()  # where the copy would have to go

    night = backup.nightly(make.NOW)

    assert not night.good
    assert backup.last_night() == night
    assert not list(backup.folder().glob("*.partial"))


def test_a_damaged_copy_is_found_out(tmp_path: Path) -> None:
    copy = a_database(tmp_path / "copy.sqlite3", rows=2000)
    raw = bytearray(copy.read_bytes())
    raw[8192:20480] = b"\xa5" * 12288
    copy.write_bytes(raw)

    with pytest.raises(backup.BackupError, match=r"damaged|cannot be read"):
        backup.look_at(copy)


def test_a_text_file_is_no_copy(tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite3").write_text("hello, this is no database at all, but long enough")

    with pytest.raises(backup.BackupError, match="cannot be read"):
        backup.look_at(tmp_path / "notes.sqlite3")


def test_somebody_elses_database_is_no_copy(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other:
        other.execute("CREATE TABLE songs (title)")

    with pytest.raises(backup.BackupError, match="not one of Onward's"):
        backup.look_at(tmp_path / "other.sqlite3")


def test_putting_a_copy_back_keeps_the_present_one_with_what_lay_in_its_log(tmp_path: Path) -> None:
    present = a_database(tmp_path / "onward.sqlite3", rows=1)
    writing = sqlite3.connect(present)
    writing.execute("PRAGMA journal_mode=WAL")
    writing.execute("INSERT INTO kept VALUES (99)")
    writing.commit()
    writing.close()
    copy = a_database(tmp_path / "copy.sqlite3", rows=3)

    aside = backup.put_back(copy, present, make.NOW)

    assert aside is not None
    assert values(present) == [0, 1, 2]
    assert values(aside) == [0, 99]
    assert values(copy) == [0, 1, 2]
    assert sorted(path.name for path in tmp_path.glob("onward.sqlite3*")) == ["onward.sqlite3"]


def test_a_bad_copy_leaves_the_present_database_where_it_is(tmp_path: Path) -> None:
    present = a_database(tmp_path / "onward.sqlite3", rows=1)
    (tmp_path / "bad.sqlite3").write_text("not a database, though it has the name of one and some length")

    with pytest.raises(backup.BackupError):
        backup.put_back(tmp_path / "bad.sqlite3", present, make.NOW)

    assert values(present) == [0]
    assert not list(tmp_path.glob("*aside*"))


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 2), (3, 7, 0)])
def test_versions_with_the_log_reset_bug_get_a_word(version: tuple[int, int, int]) -> None:
    assert "3.51.3" in sqlite_advice(version)


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 52, 0), (3, 6, 23)])
def test_mended_versions_get_none(version: tuple[int, int, int]) -> None:
    assert sqlite_advice(version) == ""


def a_database(path: Path, rows: int) -> Path:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE django_migrations (id)")
        database.execute("CREATE TABLE kept (value)")
        database.execute("CREATE INDEX kept_value ON kept (value)")
        database.executemany("INSERT INTO kept VALUES (?)", [(number,) for number in range(rows)])
        database.commit()
    return path


def values(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT value FROM kept ORDER BY value")]
