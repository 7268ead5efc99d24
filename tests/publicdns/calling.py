"""Calling the look command: in this process, or as a process of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MANAGE = str(Path(__file__).parents[2] / "manage.py")
ALONE = {  # the product's own settings, short patience, no caps on loopback, and nothing else to be reached
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DNS_TIMEOUT_SECONDS": "0.5",
    "DNS_PER_SERVER": "0",
    "DNS_OVERALL": "0",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
Look = Callable[..., SimpleNamespace]


@contextmanager
def started(*words: str, **variables: str) -> Iterator[Any]:
    """``look`` with these words as a process of its own, all three streams ours."""
    command = [sys.executable, MANAGE, "look", *words]
    environment = {**os.environ, **ALONE, "CONFIRM_AFTER": "1", **variables}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        yield process
        process.kill()


def manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """``manage.py`` with these words."""
    environment = {**os.environ, **ALONE, **variables}
    command = [sys.executable, MANAGE, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def on_a_terminal(*words: str, typed: str = "", **variables: str) -> str:
    """What a terminal shows of ``look`` with these words."""
    ours, theirs = pty.openpty()
    command = [sys.executable, MANAGE, "look", *words]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, env={**os.environ, **ALONE, **variables}, **streams) as process:  # type: ignore[call-overload]
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b"".join(_until_closed(ours))
        process.wait(timeout=20)
    os.close(ours)
    return shown.decode()


def _until_closed(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # Linux says so when the other side is closed
        while octets := os.read(terminal, 4096):
            yield octets
