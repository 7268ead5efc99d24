"""`manage.py up`: everything in one terminal, on one machine."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser

from config.household import UpError
from config.up import keep_up


class Command(BaseCommand):
    """Starts broker, worker, beat and web server, and keeps them until Ctrl-C."""

    help = "Run everything: broker, worker, beat and web server. Ctrl-C stops all of it in order."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and whether to play the demo."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, help="port to listen on (default: the first free one from 8000)")
        parser.add_argument(
            "--demo", action="store_true", help="the same product over a small world that plays a story"
        )

    def handle(self, *, host: str, port: int | None, demo: bool, **_: Any) -> None:
        """Return when a person stopped it; fail when something else did."""
        try:
            keep_up(settings.BASE_DIR, settings.VAR_DIR, host, port, demo=demo)
        except UpError as error:
            raise CommandError(str(error)) from error
