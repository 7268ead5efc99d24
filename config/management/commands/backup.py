"""`manage.py backup`: copy the database now."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from config import backup


class Command(BaseCommand):
    """The nightly copy, by hand."""

    help = "Copy the running SQLite database into var/backup and look at the copy. For PostgreSQL use pg_dump."

    def handle(self, **_: Any) -> None:
        """Print where the copy lies."""
        try:
            backup.look_at_running()
            self.stdout.write(str(backup.make_copy(timezone.now())))
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
