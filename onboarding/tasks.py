"""What beat asks for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from onboarding import counting
from onboarding.expecting import wanted_records
from onboarding.lacking import recounted
from onboarding.polling import sweep as sweep_due
from onboarding.publishing import look_at_due
from onboarding.wiring import options, resolvers
from onboarding.working import work as work_on_batches
from publicdns.delegation import DelegationCache
from publicdns.wire import Wire

CACHE = DelegationCache()  # delegations outlive a sweep
ONE_BATCH = threading.Lock()
ONE_AT_A_TIME = threading.Lock()  # in this process: the cache is for one thread


@shared_task
def sweep() -> None:
    """Look at what is due, unless this process is at it already."""
    if not ONE_AT_A_TIME.acquire(blocking=False):
        return
    try:
        sweep_due(partial(datetime.now, UTC), settings.SWEEP_SECONDS, CACHE)
        look_at_due(timezone.now, lambda: Wire(resolvers(), options()), wanted_records, CACHE, recounted)
    finally:
        ONE_AT_A_TIME.release()


@shared_task
def work() -> None:
    """Judge imports that wait, and go on with what was confirmed."""
    if not ONE_BATCH.acquire(blocking=False):
        return
    try:
        work_on_batches(timezone.now, settings.SWEEP_SECONDS)
    finally:
        ONE_BATCH.release()


@shared_task
def count() -> None:
    """Count the tally together, and write down today's counts. Run twice it does the same."""
    while counting.count_together():
        pass
    counting.remember(timezone.now().astimezone(UTC).date())
