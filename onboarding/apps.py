"""The onboarding app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OnboardingConfig(AppConfig):
    """Lets the database keep schedules and counts, and finds what was not indexed yet, after every migration."""

    name = "onboarding"

    def ready(self) -> None:
        """Wait for migrations."""
        from onboarding import counting, searching, triggers  # noqa: PLC0415 - models can be imported from here on

        post_migrate.connect(triggers.install, sender=self)
        post_migrate.connect(counting.install, sender=self)
        post_migrate.connect(searching.mend, sender=self)
