"""`manage.py seed_demo`: the demo's tenants, people and domains."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from demo.seed import seed


class Command(BaseCommand):
    """Harmless to run again: what is there stays as it is."""

    help = "Make the demo's tenants, people and domains."

    def handle(self, **_: Any) -> None:
        """Do it."""
        seed(timezone.now())
