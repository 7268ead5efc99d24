"""Filters that somebody wants to come back to."""

from __future__ import annotations

from django.db import models

from tenants.models import User
from tenants.public_id import new_public_id


class SavedView(models.Model):
    """The address bar of the board under a name; each person has their own."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="view_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
