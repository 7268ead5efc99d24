"""Much work at once: an import or an act on many domains, with what became of every row."""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from tenants.models import Tenant, User
from tenants.public_id import new_public_id


class BatchState(StrEnum):
    """How far a batch has come."""

    READING = "reading"  # an import that is being judged
    READY = "ready"  # the preview stands; nothing has been written
    RUNNING = "running"  # confirmed
    DONE = "done"
    FAILED = "failed"  # it could not be read; ``reason`` says why


class BatchQuerySet(models.QuerySet["Batch"]):
    """A batch is its maker's alone."""

    def for_user(self, user: User) -> BatchQuerySet:
        """Batches that ``user`` made."""
        return self.filter(user=user) if user.is_authenticated and user.is_active else self.none()


class Batch(models.Model):
    """One import or one act on many domains."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="batches")
    kind = models.CharField(max_length=12)  # "import", or an act of onboarding.bulk
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in BatchState])
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="+")  # of rows that name none
    source = models.CharField(max_length=120, blank=True)  # the file's name
    upload = models.BinaryField(default=b"")  # gone once it has been judged
    options = models.JSONField(default=dict)  # what the act needs: the group, the person
    counts = models.JSONField(default=dict)  # rows by outcome
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=[BatchState.READING.value, BatchState.RUNNING.value]),
                name="batch_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class BatchRows(models.Model):
    """Some hundred rows of a batch in one: its preview and its results are read page by page."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="pages")
    outcome = models.CharField(max_length=12)
    number = models.PositiveIntegerField()
    rows = models.JSONField()
    finished = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "outcome", "number"], name="batch_page_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.outcome} {self.number}"
