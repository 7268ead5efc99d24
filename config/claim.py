"""One start per folder: a lock that the kernel takes back when its holder dies, and who holds it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TextIO


class Claimed(Exception):
    """Somebody else holds the folder. The text names the process and its address."""


class Claim:
    """Held from :func:`take` until :meth:`release` or the end of the process."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    def name(self, address: str) -> None:
        """Write down where we are reached, for whoever comes second."""
        self.file.seek(0)
        self.file.truncate()
        json.dump({"pid": os.getpid(), "address": address}, self.file)
        self.file.flush()

    def release(self) -> None:
        """Let the next one in."""
        self.file.close()


def take(path: Path) -> Claim:
    """Claim ``path``. Raises :class:`Claimed` when somebody lives there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            raise Claimed(holder(file.read())) from None
    claim = Claim(file)
    claim.name("")
    return claim


def holder(written: str) -> str:
    """The sentence about who holds it."""
    try:
        found = json.loads(written)
        who, where = f"process {int(found['pid'])}", str(found["address"])
    except (ValueError, KeyError, TypeError):
        who, where = "another process", ""
    place = f", {where}" if where else ", still starting"
    return f"Onward is already running in this checkout ({who}{place}). Stop that one first; nothing was changed."
