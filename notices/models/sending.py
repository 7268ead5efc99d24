"""The one row that says whether mail goes out at all."""

from __future__ import annotations

from django.db import models


class Sending(models.Model):
    """A singleton (id 1). After a restore sending is paused until a person confirms: two copies of one ledger would
    mail twice."""

    paused = models.BooleanField(default=False)
    paused_reason = models.CharField(max_length=300, blank=True)
    mail_was_set = models.BooleanField(default=False, help_text="Whether a mail server was set at the last run")
    last_run_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="sending_singleton")]

    def __str__(self) -> str:
        return "paused" if self.paused else "sending"

    @classmethod
    def current(cls) -> Sending:
        """The row, made on first use."""
        return cls.objects.get_or_create(pk=1)[0]
