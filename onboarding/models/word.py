"""What a domain is found by."""

from __future__ import annotations

from django.db import models

from onboarding.models.domain import Domain
from tenants.models import Tenant


class Word(models.Model):
    """A name from one of its labels to its end, or a token: whatever begins with what was typed is found."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="words", db_index=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    text = models.BinaryField(max_length=260)  # bytes: every database puts them in the same order, whatever its locale

    class Meta:
        indexes = [
            models.Index(fields=["text", "domain"], name="word_text"),
            models.Index(fields=["tenant", "text", "domain"], name="word_tenant_text"),
            models.Index(fields=["domain"], name="word_domain"),
        ]

    def __str__(self) -> str:
        return bytes(self.text).decode()
