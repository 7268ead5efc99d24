"""How the protocol logs of an audit are worded: how far each is, what counts once or twice, and which relay may go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from relaycheck.audit_presenting import PENDING, Look, pending_sentence, repeated_sentence
from relaycheck.engine.connectors.dropping import Fate
from relaycheck.models import ConnectorLog, Progress

FATES = {
    Fate.UNUSED: Look(lazy("Safe to drop"), "good", "check"),
    Fate.IN_USE: Look(lazy("In use"), "warn", "mail"),
    Fate.INSIDE_ONLY: Look(lazy("Inside only"), "wait", "info"),
    Fate.UNDECIDED: Look(lazy("Undecided"), "dim", "question"),
    Fate.NOT_LOGGED: Look(lazy("No proof"), "dim", "question"),
}


@dataclass(frozen=True, slots=True)
class ShownLog:
    """An upload of protocol logs in a list: how far it is, what of it was left out, and what may count twice."""

    log: ConnectorLog
    look: Look
    sentence: str
    repeated: str
    twice: str


def shown_logs(logs: Collection[ConnectorLog]) -> list[ShownLog]:
    """Each of them."""
    twice = _overlaps(logs)
    return [
        ShownLog(
            log,
            PENDING[Progress(log.state)],
            pending_sentence(log),
            repeated_sentence(log.uploads),
            twice.get(log.pk, ""),
        )
        for log in logs
    ]


def _overlaps(logs: Iterable[ConnectorLog]) -> dict[int, str]:
    """For each log that covers days an earlier one covers, that its rows may count twice; by its key."""
    seen: dict[str, set[str]] = {}
    found: dict[int, str] = {}
    for log in sorted(logs, key=lambda log: log.pk):
        common = {server: len(seen.get(server, set()).intersection(days)) for server, days in log.servers.items()}
        days = max(common.values(), default=0)
        if days:
            words = ngettext(
                "{days} day of {servers} is in an earlier upload too: if the rows are the same, they count twice. "
                "Then remove one of both.",
                "{days} days of {servers} are in an earlier upload too: if the rows are the same, they count twice. "
                "Then remove one of both.",
                days,
            )
            servers = ", ".join(sorted(server.upper() or "?" for server, count in common.items() if count)[:5])
            found[log.pk] = words.format(days=days, servers=servers)
        for server, covered in log.servers.items():
            seen.setdefault(server, set()).update(covered)
    return found
