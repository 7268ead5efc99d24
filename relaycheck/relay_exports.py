"""Everything on a relay's page as rows, for CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from relaycheck.models import Relay
from relaycheck.relay_known import known_of
from relaycheck.relay_presenting import Text, all_findings, shown, shown_probe
from relaycheck.relay_telling import history
from relaycheck.relay_traffic import devices, newest_reading
from tenants.sheets import cell

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One thing to export."""

    name: str
    label: Text
    columns: tuple[str, ...]
    rows: Callable[[Relay], Iterator[Row]]


def _state(relay: Relay) -> Iterator[Row]:
    known = known_of(relay)
    said = shown(known, all_findings(known))
    hosted = " ".join(one.domain for one in known.policy.hosted) if known.policy else ""
    yield (
        relay.fqdn,
        str(relay.tenant),
        str(said.look.label),
        said.sentence,
        relay.kind,
        relay.profile,
        relay.internal_address,
        relay.port,
        relay.nat_address,
        relay.size_kib,
        hosted,
    )


def _probes(relay: Relay) -> Iterator[Row]:
    for one in relay.probes.all():
        where = "elsewhere" if one.pasted else "here"
        said = shown_probe(one)
        yield (
            _moment(one.asked_at),
            one.kind,
            one.host,
            where,
            one.counts,
            one.state,
            said.sentence,
            one.report.get("seen_address", ""),
        )


def _findings(relay: Relay) -> Iterator[Row]:
    for one in all_findings(known_of(relay)):
        yield (
            one.severity,
            one.code,
            one.of,
            one.origin,
            one.verdict,
            one.title,
            "; ".join(one.evidence),
            one.fix,
            one.source,
        )


def _devices(relay: Relay) -> Iterator[Row]:
    for one in devices(relay, newest_reading(relay)):
        yield one.network, one.label, one.owner, one.listed, one.messages, one.refused, one.octets, one.last


def _deliveries(relay: Relay) -> Iterator[Row]:
    reading = newest_reading(relay)
    for row in reading.report.get("answers", []) if reading else ():
        said = row["explanation"]
        domains = " ".join(f"{domain}:{count}" for domain, count in row["domains"].items())
        yield (
            row["count"],
            row["first"],
            row["last"],
            row["example"],
            said.get("meaning", ""),
            said.get("who_acts", ""),
            domains,
        )


def _delistings(relay: Relay) -> Iterator[Row]:
    for one in relay.delistings.all():
        moments = (one.asked_at, one.due_from, one.due_at, one.tried_at, one.gone_at, one.dropped_at)
        yield one.address, one.line, one.where, *(_moment(at) for at in moments), one.tried


def _queue(relay: Relay) -> Iterator[Row]:
    for one in relay.counts.all():
        yield (
            _moment(one.at),
            one.queued,
            one.queued_oldest,
            one.badmail,
            one.badmail_oldest,
            one.server_state,
            one.service_state,
            one.logging,
        )


def _history(relay: Relay) -> Iterator[Row]:
    for one in history(relay, everything=True)[0]:
        yield _moment(one.at), one.who, one.words


def _moment(at: Any) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


TABLES = {
    table.name: table
    for table in (
        Table(
            "state",
            lazy("State"),
            (
                "relay",
                "tenant",
                "state",
                "sentence",
                "software",
                "profile",
                "internal_address",
                "port",
                "nat_address",
                "size_kib",
                "hosted",
            ),
            _state,
        ),
        Table(
            "probes",
            lazy("Probes"),
            ("asked_at", "kind", "host", "ran", "counts", "state", "sentence", "seen_address"),
            _probes,
        ),
        Table(
            "findings",
            lazy("Findings"),
            ("severity", "code", "step", "origin", "verdict", "title", "evidence", "fix", "source"),
            _findings,
        ),
        Table(
            "devices",
            lazy("Devices"),
            ("network", "purpose", "owner", "listed", "messages", "refused", "octets", "last"),
            _devices,
        ),
        Table(
            "deliveries",
            lazy("Deliveries"),
            ("count", "first", "last", "example", "meaning", "who_acts", "domains"),
            _deliveries,
        ),
        Table(
            "delistings",
            lazy("Delistings"),
            (
                "address",
                "line",
                "where",
                "asked_at",
                "due_from",
                "due_at",
                "tried_at",
                "gone_at",
                "dropped_at",
                "tried",
            ),
            _delistings,
        ),
        Table(
            "queue",
            lazy("Queue"),
            (
                "at",
                "queued",
                "queued_oldest",
                "badmail",
                "badmail_oldest",
                "server_state",
                "service_state",
                "logging",
            ),
            _queue,
        ),
        Table("history", lazy("History"), ("at", "who", "words"), _history),
    )
}


def as_csv(table: Table, relay: Relay) -> str:
    """The rows with a heading; no cell computes (tenants.sheets)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([cell(_plain(value)) for value in row] for row in table.rows(relay))
    return out.getvalue()


def as_rows(table: Table, relay: Relay) -> dict[str, Any]:
    """The rows as JSON, version ``onward-relay/1``."""
    rows = [dict(zip(table.columns, (_plain(value) for value in row), strict=True)) for row in table.rows(relay)]
    return {"format": "onward-relay/1", "what": table.name, "relay": relay.fqdn, "rows": rows}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
