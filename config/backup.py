"""Copies of the database: made while it runs, looked at before they are trusted, put back with sending paused."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

KEPT = 7
NIGHTLY = "nightly"
BEFORE_UPDATE = "before-update"
RESTORED = "A copy of the database was put back: what it holds as unsent may have been sent since it was made."


class BackupError(Exception):
    """A copy could not be made, or cannot be trusted. The text says why."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file in ``var/backup``."""

    path: Path
    made_at: datetime
    size: int  # bytes


def folder() -> Path:
    """Where copies lie; made on first use, for its owner only: they hold everybody's addresses."""
    place: Path = settings.VAR_DIR / "backup"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def copies() -> tuple[Copy, ...]:
    """All copies, the newest first."""
    found = [(path, path.stat()) for path in folder().glob("*.sqlite3")]
    rows = (Copy(path, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for path, stat in found)
    return tuple(sorted(rows, key=lambda copy: copy.made_at, reverse=True))


def possible() -> bool:
    """Whether we copy this database ourselves. PostgreSQL has pg_dump, which does it better."""
    return connection.vendor == "sqlite"


def make_copy(now: datetime, kind: str = NIGHTLY) -> Path:
    """Copy the running database (``VACUUM INTO``), look at the copy, keep the newest seven of ``kind``.

    Raises :class:`BackupError`.
    """
    if not possible():
        raise BackupError("This database is PostgreSQL: use pg_dump and pg_restore.")
    final = folder() / f"{kind}-{now:%Y%m%d-%H%M%S}.sqlite3"
    partial = final.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(partial)])
        os.chmod(partial, 0o600)
        look_at(partial)
        partial.replace(final)
    except (DatabaseError, OSError) as error:
        raise BackupError(f"The copy failed: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    for old in sorted(folder().glob(f"{kind}-*.sqlite3"), reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
    return final


@dataclass(frozen=True, slots=True)
class Night:
    """How the last nightly copy went."""

    at: datetime
    good: bool
    sentence: str


def nightly(now: datetime) -> Night:
    """Look at the running database, copy it, and write down how that went. A damaged one pushes no good copy out."""
    try:
        look_at_running()
        night = Night(now, True, f"Copied to {make_copy(now).name}; the database is whole.")
    except BackupError as error:
        night = Night(now, False, str(error))
    written = {"at": night.at.isoformat(), "good": night.good, "sentence": night.sentence}
    (folder() / "last-night.json").write_text(json.dumps(written), encoding="utf-8")
    return night


def last_night() -> Night | None:
    """How the last nightly copy went; None before the first."""
    try:
        written = json.loads((folder() / "last-night.json").read_text(encoding="utf-8"))
        return Night(datetime.fromisoformat(written["at"]), bool(written["good"]), str(written["sentence"]))
    except (OSError, ValueError, KeyError):
        return None


def look_at_running() -> None:
    """See that the running database is whole; its copy has new indexes and hides damage. Raises BackupError."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check(1)")
            answer = cursor.fetchone()[0]
    except DatabaseError as error:
        raise BackupError(f"The running database cannot be read: {error}") from error
    if answer != "ok":
        raise BackupError(f"The running database is damaged: {answer}")


def look_at(path: Path) -> None:
    """Read all of the database at ``path`` and see that it is whole and ours. Raises :class:`BackupError`."""
    try:
        with closing(read_only(path)) as database:
            answer = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            ours = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'django_migrations'").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"{path} cannot be read as a database: {error}") from error
    if answer != "ok":
        raise BackupError(f"{path} is damaged: {answer}")
    if not ours:
        raise BackupError(f"{path} is a database, but not one of Onward's.")


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def put_back(copy: Path, database: Path, now: datetime) -> Path | None:
    """Put ``copy`` in the place of ``database``; the present one is set aside, and its new path returned (or None).

    Nothing may be running. The copy is looked at first; a crash between the steps leaves both files.
    """
    look_at(copy)
    aside = None
    fresh = database.with_suffix(".restoring")
    fresh.unlink(missing_ok=True)
    with closing(read_only(copy)) as source, closing(sqlite3.connect(fresh)) as target:
        source.backup(target)
    if database.exists():
        aside = database.with_name(f"{database.stem}-aside-{now:%Y%m%d-%H%M%S}.sqlite3")
        with closing(sqlite3.connect(database)) as present:
            present.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what lies in the log belongs to this file
        database.replace(aside)
    for tail in ("-wal", "-shm"):
        database.with_name(database.name + tail).unlink(missing_ok=True)
    os.chmod(fresh, 0o600)
    fresh.replace(database)
    return aside
