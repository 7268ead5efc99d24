"""Celery workers as processes of their own: begun, watched, measured and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def naive(processes: int) -> tuple[str, ...]:
    """The module and options of a worker for bench.naive."""
    quiet = ("-l", "ERROR", "--without-gossip", "--without-mingle")
    return ("celery", "-A", "bench.naive", "worker", *quiet, "-P", "prefork", "-c", str(processes))


def cpu_of(pid: int) -> float:
    """User and system seconds of a process and the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def family_cpu(pid: int) -> float:
    """CPU seconds of a process and its living children (a prefork pool)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_of(pid) + sum(cpu_of(int(child)) for child in children)


@contextmanager
def worker(*module: str) -> Iterator[int]:
    """A Celery worker of its own process, ours or the one that is ``python -m …``; yields its pid once it answers."""
    from config.celery import app

    command = [sys.executable, "-m", *(module or ("config.worker",))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # its banner
    try:
        wait_until(lambda: bool(app.control.ping(timeout=0.5)), 120, process.pid)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # it ends what it has begun first, and that may be a long sweep
            process.kill()
            process.wait(5)


def is_alive(pid: int) -> bool:
    """False for a process that has ended, whether anybody has waited for it or not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def wait_until(done: Callable[[], bool], seconds: float, pid: int) -> None:
    """Return when it is ``done`` by the process ``pid``. Raises TimeoutError; RuntimeError when the process ends."""
    until = time.monotonic() + seconds
    while not done():
        if not is_alive(pid):
            raise RuntimeError(f"the worker {pid} has ended before its work was done")
        if time.monotonic() > until:
            raise TimeoutError("the work did not end in time")
        time.sleep(0.02)
