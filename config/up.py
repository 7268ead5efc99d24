"""Everything on one machine: one start per folder, over real servers or over the demo's world."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config import claim
from config.address import AddressError, is_loopback, listen, origin
from config.broker import BrokerError
from config.household import Household, StopAsked, UpError, say

# All that the demo is given of the outer environment: no address of a real server can slip in under a name we forgot.
GIVEN_TO_DEMO = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "LOG_LEVEL")


def keep_up(base: Path, var: Path, host: str, port: int | None, *, demo: bool) -> None:
    """Run everything that belongs to ``var`` until SIGINT, SIGTERM or SIGHUP; with ``demo``, over a new ``var/demo``.

    Raises :class:`UpError` when it cannot start or a child dies.
    """
    if demo and not is_loopback(host):
        raise UpError("The demo signs in whoever asks, so it listens on loopback only. Leave --host out.")
    household = Household(base, environment(os.environ, var, demo=demo))
    place = Path(household.environment["ONWARD_VAR"])
    with signals_ask(household.asked), claimed(var / ("demo.lock" if demo else "run.lock")) as held:
        try:
            if demo:
                shutil.rmtree(place, ignore_errors=True)
            listening = listen(host, port)
            held.name(origin(listening, host))
            household.start(place, listening, origin(listening, host))
            while True:
                household.pause()
        except StopAsked:
            say("Stopping.")
        except (BrokerError, AddressError) as error:
            raise UpError(str(error)) from error
        finally:
            household.end()


def environment(outer: Mapping[str, str], var: Path, *, demo: bool) -> dict[str, str]:
    """What every child is given: the outer environment, or next to nothing of it for the demo."""
    if demo:
        given = {name: outer[name] for name in GIVEN_TO_DEMO if name in outer}
        return {**given, "ONWARD_VAR": str(var / "demo"), "DEMO": "1"}
    return {**outer, "ONWARD_VAR": str(var), "DEMO": "0"}


@contextmanager
def signals_ask(asked: threading.Event) -> Iterator[None]:
    """Within this, Ctrl-C and its kin set ``asked`` instead of tearing at whatever is running."""

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def claimed(lock: Path) -> Iterator[claim.Claim]:
    """Hold ``lock``. Raises :class:`UpError` when another process does."""
    try:
        held = claim.take(lock)
    except claim.Claimed as error:
        raise UpError(str(error)) from error
    try:
        yield held
    finally:
        held.release()
