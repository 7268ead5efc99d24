"""One message to one recipient, and the visible ledger of its delivery."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.models.transition import Transition
from tenants.models import Tenant, User
from tenants.public_id import new_public_id


class NoticeState(models.TextChoices):
    """Where a notice stands."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    UNCERTAIN = "uncertain", "Uncertain"  # lost after DATA and not sent again: it may have arrived
    GAVE_UP = "gave-up", "Gave up"
    DISCARDED = "discarded", "Discarded"
    FOLDED = "folded", "In a digest"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Through the tenant door, and never another person's mail."""

    def for_user(self, user: User) -> NoticeQuerySet:
        """One's own; all of them for an operator."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_operator else self.filter(recipient=user)


class Notice(models.Model):
    """A message. ``mime`` is rendered once, at the first attempt; every later attempt sends the same bytes."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    transition = models.ForeignKey(Transition, models.CASCADE, null=True, related_name="notices")
    recipient = models.ForeignKey(User, models.SET_NULL, null=True, related_name="notices")
    tenant = models.ForeignKey(Tenant, models.SET_NULL, null=True, related_name="+")
    address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=400)
    private = models.BooleanField(default=False, help_text="Carries a one-time link: its body is shown to nobody")
    message_id = models.CharField(max_length=200, unique=True)
    mime = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=NoticeState, default=NoticeState.WAITING)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it waits, or the server's last reply")
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    marked_at = models.DateTimeField(null=True, help_text="Committed between RCPT and DATA")
    uncertain_at = models.DateTimeField(
        null=True, help_text="When a sender was lost after DATA: this Message-ID may go out twice"
    )
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    folded_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="folded")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transition", "recipient"], name="notice_once")]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="notice_due"
            ),  # notices.delivery.claim
            models.Index(fields=["-created_at"], name="notice_ledger"),
        ]
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
