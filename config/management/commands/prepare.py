"""`manage.py prepare`: what has to be done once before web, worker and beat start."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.utils import timezone

from config.backup import BackupError
from config.renewal import renew
from tenants.invitations import open_first_operator_link


class Command(BaseCommand):
    """Prints one line of JSON: ``welcome`` is the first operator's one-time address, or null once there is a person;
    ``workers`` is how many the settings ask for."""

    help = "Copy the database if this is an update, migrate it, collect static files."

    def handle(self, **_: Any) -> None:
        """Do it."""
        try:
            renew(timezone.now(), self.stderr.write)
        except BackupError as error:
            raise CommandError(
                f"The database could not be copied before the update, so nothing was changed. {error}"
            ) from error
        if settings.DEMO:
            call_command("seed_demo")
        path = open_first_operator_link(timezone.now())
        welcome = settings.PUBLIC_URL.link(path) if path else None
        self.stdout.write(json.dumps({"welcome": welcome, "workers": max(1, settings.SWEEPERS)}))
