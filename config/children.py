"""The programs `up` keeps: started so that none outlives it, stopped one after the other."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 15.0
PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may be imported.
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Child:
    """A running program and the name it goes by."""

    name: str
    program: subprocess.Popen[bytes]

    def death(self) -> str | None:
        """How it ended, in words; None while it lives."""
        code = self.program.poll()
        if code is None:
            return None
        if code >= 0:
            return f"{self.name} ended by itself with code {code}"
        return f"{self.name} was killed by {signal.Signals(-code).name}"


def before_exec(parent: int) -> Callable[[], None]:
    """What a child does before it becomes its program: unblock signals, and ask for SIGTERM when ``parent`` dies."""

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before we could ask
                os._exit(1)

    return prepare


def start(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    pass_fds: Sequence[int] = (),
    stdout: int | None = None,
) -> Child:
    """Start ``command`` in ``folder`` and in a session of its own: Ctrl-C reaches only us and we decide the order."""
    program = subprocess.Popen(
        list(command),
        env={**environment, "PYTHONUNBUFFERED": "1"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        pass_fds=list(pass_fds),
        start_new_session=True,
        preexec_fn=before_exec(os.getpid()),  # noqa: PLW1509 - it only calls into libc
    )
    return Child(name, program)


def stop(child: Child, grace: float = STOP_SECONDS) -> bool:
    """Ask ``child`` to end; after ``grace`` seconds end it and its own children. True when it went by itself."""
    if child.program.poll() is not None:
        return True
    child.program.terminate()
    try:
        child.program.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(child.program.pid, signal.SIGKILL)
        child.program.wait()
        return False
    return True
