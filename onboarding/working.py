"""Batches that wait: judged and worked on by the worker, one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from onboarding import bulk
from onboarding.batches import Runner, claim, work_on
from onboarding.importing import confirming
from onboarding.models import Batch, BatchState

IMPORT = "import"


def runner_of(batch: Batch) -> Runner:
    """What works on the rows of ``batch``."""
    return confirming.run if batch.kind == IMPORT else bulk.run


def work(clock: Callable[[], datetime], seconds: float) -> int:
    """Work on waiting batches for about ``seconds``. Returns how many were worked on."""
    ends, worked = time.monotonic() + seconds, 0
    while time.monotonic() < ends and (batch := claim(clock())) is not None:
        worked += 1
        if batch.state == BatchState.READING.value:
            confirming.judge(batch, clock())
        else:
            work_on(batch, runner_of(batch), clock(), lambda: time.monotonic() > ends)
            Batch.objects.filter(pk=batch.pk).update(lease_until=None)
    return worked
