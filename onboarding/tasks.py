"""What beat asks for."""

from __future__ import annotations

import threading

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from onboarding.expecting import wanted_records
from onboarding.polling import options, resolvers
from onboarding.polling import sweep as sweep_due
from onboarding.publishing import look_at_due
from publicdns.delegation import DelegationCache
from publicdns.wire import Wire

CACHE = DelegationCache()  # delegations outlive a sweep
ONE_AT_A_TIME = threading.Lock()  # in this process: the cache is for one thread


@shared_task
def sweep() -> None:
    """Look at what is due, unless this process is at it already."""
    if not ONE_AT_A_TIME.acquire(blocking=False):
        return
    try:
        sweep_due(timezone.now, settings.SWEEP_SECONDS, CACHE)
        look_at_due(timezone.now, lambda: Wire(resolvers(), options()), wanted_records, CACHE)
    finally:
        ONE_AT_A_TIME.release()
