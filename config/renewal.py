"""What a start does before anything serves: a copy if this is an update, the database's tables, the static files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import backup

Say = Callable[[str], None]


def renew(now: datetime, say: Say) -> None:
    """Bring the database and the static files to this version; an older database is copied first."""
    copy_before_update(now, say)
    call_command("migrate", interactive=False, verbosity=0)
    version_file().write_text(settings.VERSION, encoding="utf-8")
    collect_static(settings.STATIC_ROOT)


def version_file() -> Path:
    """Where the version that last ran is written."""
    place: Path = settings.VAR_DIR / "version"
    return place


def copy_before_update(now: datetime, say: Say) -> Path | None:
    """Copy a database that another version wrote; the copy's path, or None when there was nothing to copy."""
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        return None
    before = version_file().read_text(encoding="utf-8") if version_file().exists() else ""
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if before == settings.VERSION and not pending:
        return None
    if not backup.possible():
        say("This is an update, and PostgreSQL is not copied by Onward: keep a pg_dump of before.")
        return None
    copy = backup.make_copy(now, backup.BEFORE_UPDATE)
    say(f"Updating {before or 'an earlier version'} to {settings.VERSION}; the database of before is kept in {copy}.")
    return copy


def collect_static(target: Path) -> bool:
    """Collect static files into ``target`` when they differ from the last time; True when they were collected."""
    mark = target.with_name("static-collected")
    wanted = static_fingerprint()
    if mark.exists() and mark.read_text(encoding="ascii") == wanted and target.exists():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=target.exists())
    mark.write_text(wanted, encoding="ascii")
    return True


def static_fingerprint() -> str:
    """A digest over the paths, sizes and times of all static files there are."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
