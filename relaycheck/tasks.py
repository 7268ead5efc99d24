"""What beat asks for. Rows decide what is done; a task that comes twice finds nothing to do."""

from __future__ import annotations

import threading

from celery import shared_task
from django.utils import timezone

from relaycheck.reading_uploads import forget_strayed, read_uploads
from relaycheck.relay_delistings import hear_outward, retry_delistings
from relaycheck.relay_logs import claim_reading, forget_strays, run_reading
from relaycheck.relay_names import ask
from relaycheck.relay_probing import circumstances, work_off
from relaycheck.relay_queue import forget_old, remind_of_logging, watch_silence

# In this process: a probe may last five minutes, and sweeps and mail need the other threads.
PROBING, READING = threading.Lock(), threading.Lock()


@shared_task
def probe() -> None:
    """Run probes that wait, one after the other, unless this process is at it already."""
    if not PROBING.acquire(blocking=False):
        return
    try:
        while (done := work_off(circumstances(timezone.now, ask))) is not None:
            hear_outward(done, timezone.now())
    finally:
        PROBING.release()


@shared_task
def read_log() -> None:
    """Read logs that wait, unless this process is at it already."""
    if not READING.acquire(blocking=False):
        return
    try:
        while (reading := claim_reading(timezone.now())) is not None:
            run_reading(reading, timezone.now)
    finally:
        READING.release()


@shared_task
def read_audits() -> None:
    """Read uploads of audits that wait, unless this process reads something already; forget files nobody names."""
    if not READING.acquire(blocking=False):
        return
    try:
        if not read_uploads(timezone.now):
            forget_strayed()
    finally:
        READING.release()


@shared_task
def watch() -> None:
    """Notice silence, remind of logging, try delistings again, forget what is old."""
    now = timezone.now()
    watch_silence(now)
    remind_of_logging(now)
    retry_delistings(now)
    forget_old(now)
    forget_strays(now)
