"""The onboarding app."""

from __future__ import annotations

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """Names the app."""

    name = "onboarding"
