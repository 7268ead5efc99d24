"""What happens once a night."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from config import backup

log = logging.getLogger(__name__)


@shared_task
def nightly() -> None:
    """Copy the database, where the copy is ours to make. Run twice it makes two copies; the newest seven stay."""
    if backup.possible():
        night = backup.nightly(timezone.now())
        log.log(logging.INFO if night.good else logging.ERROR, "nightly copy", extra={"sentence": night.sentence})
