"""The wiring as an app: its commands, its nightly task, and a look at the settings before anything starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from config import soundness


class ConfigConfig(AppConfig):
    """Has settings looked at by every command."""

    name = "config"

    def ready(self) -> None:
        """Register."""
        checks.register(soundness.look)
