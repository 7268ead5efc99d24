"""`manage.py sweep`: the whole job without Celery or Redis, by the same functions."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.db import close_old_connections
from django.utils import timezone

from notices.delivery import deliver
from onboarding.polling import sweep
from publicdns.delegation import DelegationCache


class Command(BaseCommand):
    """Looks at what is due and mails what is to be told; again and again, or once."""

    help = "Look at due domains and send due notices, without worker, beat or broker. Stop it with Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """How often."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then end (for cron)")

    def handle(self, *, once: bool, **_: Any) -> None:
        """Print a line for each sweep that looked at something."""
        asked = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: asked.set())
        cache = DelegationCache()
        while True:
            self.tick(cache)
            if once or asked.wait(settings.TICK_SECONDS):
                return

    def tick(self, cache: DelegationCache) -> None:
        """One sweep and one delivery."""
        close_old_connections()
        figures = sweep(timezone.now, settings.SWEEP_SECONDS, cache)
        if figures is None:
            self.stderr.write("Another process is sweeping; this one only sends mail.")
        elif figures.looked:
            self.stdout.write(
                f"Looked at {figures.looked} domains in {figures.seconds:.1f} s. "
                f"Changed: {figures.changed}, unknown: {figures.unknown}."
            )
        delivered = deliver(timezone.now, settings.SWEEP_SECONDS)
        if delivered.sent:
            self.stdout.write(f"Sent {delivered.sent}.")
