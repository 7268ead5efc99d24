"""An audit for the demo: old Exchange servers with a relay that has to move, one opened by mistake, one denied."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from relaycheck.audits import summary_of
from relaycheck.engine.connectors.auditing import audit as judge
from relaycheck.engine.connectors.keeping import pack
from relaycheck.engine.connectors.reading import read
from relaycheck.models import Audit, Progress
from tenants.models import Tenant, User

TITLE, FILE = "Old servers, before the move", "receive-connectors.json"
EVERYTHING = "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff;0.0.0.0-255.255.255.255"
SUBMIT, RELAY = "ms-Exch-SMTP-Submit", "ms-Exch-SMTP-Accept-Any-Recipient"
ANONYMOUS, USERS, SCANNER = "NT AUTHORITY\\ANONYMOUS LOGON", "NT AUTHORITY\\Authenticated Users", "CONTOSO\\svc-scan"
Grants = tuple[tuple[str, str, bool], ...]  # who, which right, denied
OPEN_TO_MAIL: Grants = ((ANONYMOUS, SUBMIT, False),)
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
    """What the export command would have written."""
    logs_on = {"PermissionGroups": "ExchangeUsers, Custom", "AuthMechanism": "Tls, Integrated"}
    usual = {"PermissionGroups": "AnonymousUsers"}
    client = {"PermissionGroups": "ExchangeUsers", "AuthMechanism": "Tls, Integrated", "Bindings": "0.0.0.0:587"}
    found = [
        _connector("EX01", "Default Frontend EX01", EVERYTHING, OPEN_TO_MAIL, **usual),
        _connector("EX01", "Client Frontend EX01", EVERYTHING, USUAL, **client),
        _connector("EX01", "Applications", "10.0.20.21;10.0.20.22", (*OPEN_TO_MAIL, (ANONYMOUS, RELAY, False))),
        _connector("EX01", "Old newsletter", "10.0.20.40", (*OPEN_TO_MAIL, (ANONYMOUS, RELAY, True))),
        _connector("EX02", "Default Frontend EX02", EVERYTHING, (*OPEN_TO_MAIL, (ANONYMOUS, RELAY, False))),
        _connector("EX02", "Scanners", "10.0.30.0/24", (*USUAL, (SCANNER, RELAY, False)), **logs_on),
    ]
    return json.dumps({"onward": "receive-connectors", "version": 1, "connectors": found}).encode()


def seed_audit(tenant: Tenant, by: User, now: datetime) -> None:
    """The audit, as a worker would have left it; nothing when it is there already."""
    if Audit.objects.filter(tenant=tenant, title=TITLE).exists():
        return
    content, began = export(), now - timedelta(days=2)
    found = read([(FILE, content)])
    Audit.objects.create(
        tenant=tenant,
        title=TITLE,
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
