"""Uploaded bytes are never read by the product itself: a child process without its secrets does, and may die of it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from relaycheck.secluded import OUT_OF_MEMORY

HOME = Path(__file__).resolve().parent.parent
SECONDS = 60  # of processor time for exports, and at least for logs
OCTETS_A_SECOND = 4_000_000  # of a log, on a slow machine
MOST_DOCUMENT = 64 * 1024 * 1024  # bytes of one document: it becomes one value in the database
PATIENCE = 5  # times as long by the clock as by the processor: it is shared
Progress = Callable[[int], bool]


class Failure(StrEnum):
    """Why an upload could not be read."""

    MEMORY = "memory"
    TIME = "time"
    BROKEN = "broken"
    GONE = "gone"  # nobody wants the result any more
    FILES = "files"  # the files are not on this machine, or no longer


class NotRead(Exception):
    """The child did not come back with a result."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


def seconds_for(kind: str, octets: int) -> int:
    """The processor time that reading ``octets`` may take."""
    return SECONDS + (octets // OCTETS_A_SECOND if kind == "logs" else 0)


def read_in_seclusion(kind: str, folder: Path, progress: Progress) -> Iterator[dict[str, Any]]:
    """Let a child read the files in ``folder`` and give its documents, one by one, from the file it wrote.

    ``progress(done)`` is told bytes; False ends the child. Raises NotRead.
    """
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["seconds"] = seconds_for(kind, manifest["octets"])
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    _run(kind, folder, progress, manifest["seconds"] * PATIENCE)
    with (folder / "result").open("rb") as result:
        while line := result.readline(MOST_DOCUMENT + 1):
            if len(line) > MOST_DOCUMENT:
                raise NotRead(Failure.MEMORY)
            yield json.loads(line)


def _run(kind: str, folder: Path, progress: Progress, patience: float) -> None:
    command = [sys.executable, "-B", "-s", "-m", "relaycheck.secluded", kind, str(folder)]
    with subprocess.Popen(
        command,
        cwd=HOME,
        env={"LC_ALL": "C.UTF-8"},  # none of our secrets
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as child:
        alarm = threading.Timer(patience, child.kill)
        alarm.start()
        try:
            wanted = _listen(child, progress)
            code = child.wait()
            late = not alarm.is_alive()
        finally:
            alarm.cancel()
    if not wanted:
        raise NotRead(Failure.GONE)
    if code:
        raise NotRead(_failure(code, late))


def _listen(child: subprocess.Popen[str], progress: Progress) -> bool:
    """Pass on progress until the child is done; False when nobody wants it any more."""
    assert child.stdout is not None
    for line in child.stdout:
        done = line.partition(" ")[0]
        if done.isdigit() and not progress(int(done)):
            child.kill()
            return False
    return True


def _failure(code: int, late: bool) -> Failure:
    if code == OUT_OF_MEMORY:
        return Failure.MEMORY
    if late or code in (-signal.SIGXCPU, -signal.SIGKILL):  # a hard limit on processor time kills
        return Failure.TIME
    return Failure.BROKEN


def forget(folder: Path) -> None:
    """Delete the files; those that are gone already are no trouble."""
    shutil.rmtree(folder, ignore_errors=True)
