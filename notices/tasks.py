"""What beat asks for."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from notices.delivery import deliver as deliver_due


@shared_task
def deliver() -> None:
    """Send what is due."""
    deliver_due(timezone.now, settings.SWEEP_SECONDS)
