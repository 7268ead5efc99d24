"""`manage.py restore FILE`: put a copy of the database back, with sending paused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.management.base import CommandParser
from django.db import connection
from django.utils import timezone

from config import backup, claim
from notices import sending


class Command(BaseCommand):
    """Refuses while Onward runs; keeps the present database aside."""

    help = (
        "Put FILE in the place of the database and pause sending until a person confirms. "
        "On PostgreSQL leave FILE out: after pg_restore this only pauses sending."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The copy."""
        parser.add_argument("file", type=Path, nargs="?", help="a copy from var/backup")

    def handle(self, *, file: Path | None, **_: Any) -> None:
        """Do it, or change nothing."""
        if (file is None) == backup.possible():
            raise CommandError(
                "Name the copy to put back."
                if file is None
                else "This database is PostgreSQL: use pg_restore, then this without FILE."
            )
        try:
            held = claim.take(settings.VAR_DIR / "run.lock")
        except claim.Claimed as error:
            raise CommandError(str(error)) from error
        try:
            if file is not None:
                self.put_back(file)
            self.pause()
        except backup.BackupError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        finally:
            held.release()

    def put_back(self, file: Path) -> None:
        """Exchange the files and bring the copy to this version."""
        connection.close()
        aside = backup.put_back(file, Path(connection.settings_dict["NAME"]), timezone.now())
        if aside:
            self.stdout.write(f"The database of before is kept in {aside}.")
        call_command("migrate", interactive=False, verbosity=0)

    def pause(self) -> None:
        """No mail goes out before a person has looked at the ledger."""
        sending.pause(backup.RESTORED)
        self.stdout.write(
            "Sending is paused. Start Onward, look at the ledger, and confirm on the operator's page for mail."
        )
