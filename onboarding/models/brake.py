"""Changes that wait because too many would turn at once: then it is most likely us, not them (decision 5)."""

from __future__ import annotations

from django.db import models

from onboarding.models.domain import Domain


class Brake(models.Model):
    """Whether changes are held just now. One row."""

    held_since = models.DateTimeField(null=True)  # null: nothing is held
    blind_since = models.DateTimeField(null=True)  # every canary has failed since; null: they sing
    reason = models.CharField(max_length=20, blank=True)  # "many" or "canaries"
    figures = models.JSONField(default=dict)  # judged, turning: as they were when it began
    calm_sweeps = models.PositiveSmallIntegerField(default=0)  # in a row that were under the line

    def __str__(self) -> str:
        return f"Brake: {self.reason or 'off'}"


class HeldChange(models.Model):
    """What one domain would have turned to. Released, it is believed at the next look, if it is still so."""

    domain = models.OneToOneField(Domain, models.CASCADE, primary_key=True, related_name="held")
    since = models.DateTimeField()
    words = models.CharField(max_length=300)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since"]

    def __str__(self) -> str:
        return f"{self.domain_id}: {self.words}"
