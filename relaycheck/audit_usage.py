"""Who uses which connector, according to all protocol logs of an audit; and may it go?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet, Sum

from relaycheck.engine.connectors.audit import Audit as Judgement
from relaycheck.engine.connectors.dropping import Advice, advise
from relaycheck.engine.connectors.protocol_log import LogReport, Usage
from relaycheck.models import Audit, ConnectorLog, ConnectorUsage, Progress

DAYS = 90
SUMMED = ("sessions", "relay_sessions", "outside", "inside", "undecided", "refused")


def read_logs_of(audit: Audit) -> list[ConnectorLog]:
    """Those that have been read and are protocol logs."""
    return list(audit.logs.filter(state=Progress.READ, rows__gt=0))


def usages_of(audit: Audit) -> QuerySet[ConnectorUsage]:
    """The clients, by connector, the busiest first."""
    return ConnectorUsage.objects.filter(log__audit=audit, log__state=Progress.READ).order_by(
        "connector_key", "-sessions", "address", "pk"
    )


def advice_for(audit: Audit, judged: Judgement, now: datetime, days: int = DAYS) -> tuple[Advice, ...]:
    """What the logs say of each connector that relays; nothing without logs. Sums come from the database."""
    logs = read_logs_of(audit)
    if not logs:
        return ()
    covered: dict[str, set[str]] = {}
    for log in logs:
        for server, seen in log.servers.items():
            covered.setdefault(server, set()).update(seen)
    begin = now - timedelta(days=days)
    usages = usages_of(audit)
    recent, earlier = usages.filter(last_seen__gte=begin), usages.filter(last_seen__lt=begin)
    report = LogReport(
        usages=(*_summed(recent), *_summed(earlier)),
        servers={server: tuple(sorted(seen)) for server, seen in covered.items()},
    )
    return advise(judged, report, now, days)


def _summed(usages: QuerySet[ConnectorUsage]) -> list[Usage]:
    """One usage for each connector, standing for all of its clients."""
    sums = {name: Sum(name) for name in SUMMED}
    found = usages.order_by().values("connector_key").annotate(**sums, last=Max("last_seen"))
    return [_usage(dict(one)) for one in found]


def _usage(one: dict[str, Any]) -> Usage:
    counts: dict[str, Any] = {name: one[name] or 0 for name in SUMMED}
    return Usage(connector=one["connector_key"], address="", first_seen=None, last_seen=one["last"], **counts)
