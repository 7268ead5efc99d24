"""May a relay connector go? The audit and the protocol logs together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relaycheck.engine.connectors.audit import Audit, Judged
from relaycheck.engine.connectors.protocol_log import LogReport, Usage


class Fate(StrEnum):
    """What the logs say about one connector."""

    IN_USE = "in-use"  # mail went outside through it
    INSIDE_ONLY = "inside-only"  # used, but nobody needs the relay right
    UNDECIDED = "undecided"  # used, and without the accepted domains nobody can say whether outside
    UNUSED = "unused"  # safe to drop: nobody for the whole time, and the logs cover all of it
    NOT_LOGGED = "not-logged"  # nobody seen, but the logs do not prove it


@dataclass(frozen=True, slots=True)
class Advice:
    """One connector's fate, with what it rests on. ``covered_days`` are days of the window on which its server has any
    log row.
    """

    connector: str
    fate: Fate
    usages: tuple[Usage, ...]
    last_seen: datetime | None
    covered_days: int
    wanted_days: int
    reason: str = ""  # of NOT_LOGGED: "no-logs", "gaps", "logging-off"

    @property
    def safe_to_drop(self) -> bool:
        """Only where the logs prove that nobody came."""
        return self.fate is Fate.UNUSED


def advise(audit: Audit, log: LogReport, now: datetime, days: int = 90) -> tuple[Advice, ...]:
    """Advice for every connector that relays, over the ``days`` before ``now`` (aware)."""
    by_connector: dict[str, list[Usage]] = {}
    for usage in log.usages:
        by_connector.setdefault(usage.connector.casefold(), []).append(usage)
    return tuple(_advice(item, by_connector, log, now, days) for item in audit.connectors if item.relaying)


def _advice(item: Judged, seen: dict[str, list[Usage]], log: LogReport, now: datetime, days: int) -> Advice:
    begin = now - timedelta(days=days)
    mine = seen.get(item.connector.identity.casefold(), [])
    usages = tuple(usage for usage in mine if usage.last_seen and usage.last_seen >= begin)
    covered = _covered(log, item.connector.key[0], begin, now)
    fate, reason = _fate(item, usages, covered, days)
    last = max((usage.last_seen for usage in mine if usage.last_seen), default=None)
    return Advice(item.connector.identity, fate, usages, last, covered, days, reason)


def _covered(log: LogReport, server: str, begin: datetime, now: datetime) -> int:
    """How many of the window's days the server's logs have rows for."""
    first, last = begin.date().isoformat(), now.date().isoformat()
    return sum(first < day <= last for day in log.servers.get(server, ()))


def _fate(item: Judged, usages: tuple[Usage, ...], covered: int, days: int) -> tuple[Fate, str]:
    if any(usage.outside for usage in usages):
        return Fate.IN_USE, ""
    if any(usage.undecided for usage in usages):
        return Fate.UNDECIDED, ""
    if covered == 0:
        return Fate.NOT_LOGGED, "no-logs"
    if item.connector.limit("ProtocolLoggingLevel") == "None":
        return Fate.NOT_LOGGED, "logging-off"
    if covered < days - 1:  # today's log is still being written
        return Fate.NOT_LOGGED, "gaps"
    return (Fate.INSIDE_ONLY, "") if usages else (Fate.UNUSED, "")
