"""The relaycheck app: internal SMTP relays and Exchange receive connectors."""

from __future__ import annotations

from django.apps import AppConfig


class RelaycheckConfig(AppConfig):
    """Registers the app with Django."""

    name = "relaycheck"
    default_auto_field = "django.db.models.BigAutoField"
