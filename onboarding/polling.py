"""One sweep: claim what is due, ask, judge, commit, ring (design section 4)."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings

from onboarding import brake, claiming
from onboarding.looking import Clock
from onboarding.sweeping import Figures, Sweep
from onboarding.wiring import options, resolvers
from publicdns.delegation import DelegationCache
from publicdns.wire import Wire

COLLECT_AFTER = 50_000  # objects more than before, in place of Python's 700


def sweep(clock: Clock, seconds: float, cache: DelegationCache | None = None) -> Figures | None:
    """Look at everything that is due, for at most ``seconds``. None when every sweeper slot is held by others.

    Any number of callers is harmless. ``cache`` carries delegations from one sweep to the next.
    """
    token = uuid.uuid4()
    started = clock()
    if claiming.take_slot(token, started, slots=settings.SWEEPERS) is None:
        return None
    figures = Figures()
    try:
        with rare_collections(), Wire(resolvers(), options()) as wire:
            figures = Sweep(wire, clock, token, cache or DelegationCache()).run(started + timedelta(seconds=seconds))
    finally:
        ended = clock()
        figures.seconds = round((ended - started).total_seconds(), 3)
        claiming.leave_slot(token, ended, asdict(figures))
    if figures.looked:
        brake.after_sweep(ended, blind=figures.blind)
    return figures


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector run seldom. A sweep makes hundreds of objects a domain and nearly all die by their
    reference counts: searching them for cycles at the usual pace cost 15 to 20 % of a sweep's processor time."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
