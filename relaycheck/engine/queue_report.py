"""What the queue watch on the relay posts. The body is a stranger's until its token was looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from relaycheck.engine.iis import InvalidUpload

FORMAT = "onward-queue/1"
MOST_BYTES = 16 * 1024
MOST = 10**9


@dataclass(frozen=True, slots=True)
class Folder:
    """One mail folder: files, the age of the oldest in seconds, and whether it was there at all."""

    count: int
    oldest_seconds: int
    found: bool


@dataclass(frozen=True, slots=True)
class QueueReport:
    """One report. ``server_state`` is as in the metabase (2 started, 4 stopped), 0 when the script could not tell."""

    queue: Folder
    badmail: Folder
    server_state: int
    service_state: str
    logging: bool


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a queue is alarming: seconds, files, files, and seconds without a report."""

    oldest_seconds: int = 3600
    queued: int = 100
    badmail: int = 100
    silent_seconds: int = 3600


def lasting(seconds: int) -> str:
    """A span of time with its two largest units: ``2 h 30 min``."""
    for name, unit, small, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= unit:
            rest = seconds % unit // part
            return f"{seconds // unit} {name}" + (f" {rest} {small}" if rest else "")
    return f"{seconds} s"


def parse_report(raw: bytes) -> QueueReport:
    """Read a posted report. Raises InvalidUpload."""
    if len(raw) > MOST_BYTES:
        raise InvalidUpload("The report is larger than 16 KB.")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidUpload("The report is no JSON.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidUpload(f"The report's format is not {FORMAT}.")
    state = document.get("service_state")
    return QueueReport(
        _folder(document.get("queue")),
        _folder(document.get("badmail")),
        _count(document.get("server_state")),
        state[:40] if isinstance(state, str) else "",
        _count(document.get("logging")) == 1,
    )


def _folder(value: Any) -> Folder:
    if not isinstance(value, dict):
        return Folder(0, 0, found=False)
    return Folder(_count(value.get("count")), _count(value.get("oldest_seconds")), value.get("found") is True)


def _count(value: Any) -> int:
    return min(max(value, 0), MOST) if isinstance(value, int) else 0
