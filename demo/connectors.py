"""Audits for the demo: old Exchange servers with a relay that has to move, one opened by mistake, one denied; who uses
them; and the new server, on which somebody forgot one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from relaycheck.audits import summary_of
from relaycheck.engine.connectors.auditing import audit as judge
from relaycheck.engine.connectors.keeping import pack
from relaycheck.engine.connectors.reading import read
from relaycheck.models import Audit, ConnectorLog, ConnectorUsage, Progress
from tenants.audit import record
from tenants.models import Tenant, User

TITLE, NEW, FILE = "Old servers, before the move", "New server, after the move", "receive-connectors.json"
HOSTED = "contoso.example"
LOGGED = 92  # days
EVERYTHING = "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff;0.0.0.0-255.255.255.255"
SUBMIT, RELAY = "ms-Exch-SMTP-Submit", "ms-Exch-SMTP-Accept-Any-Recipient"
ANONYMOUS, USERS, SCANNER = "NT AUTHORITY\\ANONYMOUS LOGON", "NT AUTHORITY\\Authenticated Users", "CONTOSO\\svc-scan"
Grants = tuple[tuple[str, str, bool], ...]  # who, which right, denied
OPEN_TO_MAIL: Grants = ((ANONYMOUS, SUBMIT, False),)
RELAYING: Grants = (*OPEN_TO_MAIL, (ANONYMOUS, RELAY, False))
USUAL: Grants = ((USERS, SUBMIT, False), (USERS, RELAY, False))


def _connector(server: str, name: str, ranges: str, grants: Grants, **settings: str) -> dict[str, Any]:
    return {
        "Identity": f"{server}\\{name}",
        "Name": name,
        "Server": server,
        "Enabled": "True",
        "PermissionGroups": "AnonymousUsers, Custom",
        "AuthMechanism": "Tls",
        "TransportRole": "FrontendTransport",
        "RequireTLS": "False",
        "Bindings": "[::]:25;0.0.0.0:25",
        "RemoteIPRanges": ranges,
        **settings,
        "permissions": [
            {"User": who, "Deny": str(deny), "IsInherited": "False", "ExtendedRights": right}
            for who, right, deny in grants
        ],
    }


def export() -> bytes:
    """What the export command would have written on the old servers."""
    logs_on = {"PermissionGroups": "ExchangeUsers, Custom", "AuthMechanism": "Tls, Integrated"}
    usual = {"PermissionGroups": "AnonymousUsers"}
    client = {"PermissionGroups": "ExchangeUsers", "AuthMechanism": "Tls, Integrated", "Bindings": "0.0.0.0:587"}
    return _document(
        _connector("EX01", "Default Frontend EX01", EVERYTHING, OPEN_TO_MAIL, **usual),
        _connector("EX01", "Client Frontend EX01", EVERYTHING, USUAL, **client),
        _connector("EX01", "Applications", "10.0.20.21;10.0.20.22", RELAYING),
        _connector("EX01", "Old newsletter", "10.0.20.40", (*OPEN_TO_MAIL, (ANONYMOUS, RELAY, True))),
        _connector("EX02", "Default Frontend EX02", EVERYTHING, RELAYING),
        _connector("EX02", "Scanners", "10.0.30.0/24", (*USUAL, (SCANNER, RELAY, False)), **logs_on),
    )


def new_export() -> bytes:
    """The same of the new server."""
    usual = {"PermissionGroups": "AnonymousUsers"}
    return _document(
        _connector("EX19", "Default Frontend EX19", EVERYTHING, OPEN_TO_MAIL, **usual),
        _connector("EX19", "Applications", "10.0.20.0/24", RELAYING),
    )


def _document(*found: dict[str, Any]) -> bytes:
    return json.dumps({"onward": "receive-connectors", "version": 1, "connectors": found}).encode()


def seed_audit(tenant: Tenant, by: User, now: datetime) -> None:
    """The audits, as a worker would have left them; nothing when they are there already."""
    if Audit.objects.filter(tenant=tenant, title=TITLE).exists():
        return
    old = _audited(tenant, TITLE, export(), by, now - timedelta(days=2))
    _audited(tenant, NEW, new_export(), by, now - timedelta(hours=5))
    _log(old, by, now - timedelta(minutes=40))


def _audited(tenant: Tenant, title: str, content: bytes, by: User, began: datetime) -> Audit:
    found = read([(FILE, content)])
    audit = Audit.objects.create(
        tenant=tenant,
        title=title,
        created_at=began,
        created_by=by,
        ended_at=began,
        state=Progress.READ,
        uploads=[{"name": FILE, "octets": len(content)}],
        octets=len(content),
        done=len(content),
        kept=pack(found),
        summary=summary_of(judge(found)),
    )
    record(by, "audit-begun", title, at=began, tenant=tenant, after={"audit": audit.public_id, "files": [FILE]})
    return audit


def _log(audit: Audit, by: User, read_at: datetime) -> None:
    """Three months of protocol logs: two applications send, nobody scans any more."""
    days = [read_at - timedelta(days=day) for day in range(LOGGED)]
    name, octets = "receive-EX01.log", 48_211_904
    log = ConnectorLog.objects.create(
        audit=audit,
        created_at=read_at,
        created_by=by,
        ended_at=read_at,
        state=Progress.READ,
        uploads=[{"name": name, "octets": octets}],
        octets=octets,
        done=octets,
        domains=[HOSTED],
        rows=412_980,
        first=days[-1],
        last=read_at,
        servers={server: sorted(f"{day:%Y-%m-%d}" for day in days) for server in ("ex01", "ex02")},
    )
    ConnectorUsage.objects.bulk_create(
        _usage(log, *row)
        for row in (
            ("EX01\\Applications", "10.0.20.21", 18_212, 17_940, 271, read_at, ["fabrikam.example", "adatum.example"]),
            ("EX01\\Applications", "10.0.20.22", 611, 0, 611, days[3], []),
            ("EX01\\Default Frontend EX01", "10.0.40.7", 2_043, 0, 2_043, read_at, []),
            ("EX02\\Default Frontend EX02", "10.0.50.13", 94, 94, 0, days[12], ["litware.example"]),
        )
    )
    after = {"audit": audit.public_id, "files": [name]}
    record(by, "logs-added", audit.title, at=read_at, tenant=audit.tenant, after=after)


def _usage(
    log: ConnectorLog,
    connector: str,
    address: str,
    sessions: int,
    outside: int,
    inside: int,
    last: datetime,
    domains: list[str],
) -> ConnectorUsage:
    return ConnectorUsage(
        log=log,
        connector=connector,
        connector_key=connector.casefold(),
        address=address,
        sessions=sessions,
        relay_sessions=outside,
        outside=outside,
        inside=inside,
        undecided=0,
        refused=0,
        first_seen=log.first,
        last_seen=last,
        domains=domains,
    )
