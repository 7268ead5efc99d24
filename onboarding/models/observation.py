"""What was last seen of a domain, every vantage by itself. Written only when it differs."""

from __future__ import annotations

from django.db import models

from onboarding.models.domain import Domain


class Observation(models.Model):
    """The newest picture of a domain, as publicdns.look writes it."""

    domain = models.OneToOneField(Domain, models.CASCADE, primary_key=True, related_name="observation")
    seen_at = models.DateTimeField()
    picture = models.JSONField()

    def __str__(self) -> str:
        return f"{self.domain} as of {self.seen_at:%Y-%m-%d %H:%M}"
