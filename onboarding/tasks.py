"""What beat asks for."""

from __future__ import annotations

import threading

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from onboarding.polling import sweep as sweep_due
from publicdns.delegation import DelegationCache

CACHE = DelegationCache()  # delegations outlive a sweep
ONE_AT_A_TIME = threading.Lock()  # in this process: the cache is for one thread


@shared_task
def sweep() -> None:
    """Look at what is due, unless this process is at it already."""
    if not ONE_AT_A_TIME.acquire(blocking=False):
        return
    try:
        sweep_due(timezone.now, settings.SWEEP_SECONDS, CACHE)
    finally:
        ONE_AT_A_TIME.release()
