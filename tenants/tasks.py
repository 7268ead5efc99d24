"""What happens once a night."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from config import backup

log = logging.getLogger(__name__)


@shared_task
def nightly() -> None:
    """Copy the database and look at the copy. Two at once would make two copies; the newest seven stay."""
    if not backup.possible():
        return
    try:
        made = backup.make_copy(timezone.now())
    except backup.BackupError as error:
        log.error("nightly copy failed", extra={"reason": str(error)})
    else:
        log.info("nightly copy made", extra={"path": str(made)})
