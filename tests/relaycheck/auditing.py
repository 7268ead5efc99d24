"""Audits for tests: uploaded as a person does it, read as the worker does it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from relaycheck.audits import begin_audit, summary_of
from relaycheck.engine.connectors.auditing import audit as judge
from relaycheck.engine.connectors.keeping import pack
from relaycheck.engine.connectors.reading import read
from relaycheck.models import Audit, ConnectorLog, Progress
from relaycheck.reading_uploads import read_uploads
from tenants.models import Tenant, User
from tests import make
from tests.relaycheck.connectors.organisations import (
    EVERYTHING,
    RELAY,
    Conn,
    Organisation,
    account,
    anonymous,
    app_relay,
    default_connectors,
)
from tests.relaycheck.connectors.shapes import our_json

OPEN = app_relay(name="Opened by mistake", server="EX02", ranges=EVERYTHING)
SCANNERS = app_relay(
    name="Scanners",
    ranges=("10.0.30.0/24",),
    groups=("ExchangeUsers",),
    auth=("Integrated",),
    own=account("CONTOSO\\svc-scan", RELAY),
)
DENIED = app_relay(name="Denied", ranges=("10.0.9.9",), own=anonymous(RELAY, deny=True))
CONNECTORS: tuple[Conn, ...] = (*default_connectors(), app_relay(), OPEN, SCANNERS, DENIED)


def files(*connectors: Conn) -> list[SimpleUploadedFile]:
    """Our export of ``connectors``, as a browser sends it."""
    shaped = our_json(Organisation("one", connectors or CONNECTORS))
    return [SimpleUploadedFile(name, content) for name, content in shaped]


def read_audit(
    tenant: Tenant | None = None, connectors: Iterable[Conn] = CONNECTORS, *, by: User | None = None, title: str = ""
) -> Audit:
    """An audit that has been read."""
    audit = begin_audit(
        tenant or make.tenant(), files(*connectors), title=title, by=by or make.user(), now=timezone.now()
    )
    read_uploads(timezone.now)
    audit.refresh_from_db()
    return audit


@cache
def _known() -> tuple[dict[str, Any], dict[str, Any]]:
    export = read(our_json(Organisation("one", CONNECTORS)))
    return pack(export), summary_of(judge(export))


def kept_audit(tenant: Tenant, title: str = "Audit") -> Audit:
    """An audit with one upload of logs, as if a worker had read them."""
    kept, summary = _known()
    now = timezone.now()
    audit = Audit.objects.create(
        tenant=tenant, title=title, created_at=now, kept=kept, summary=summary, state=Progress.READ, ended_at=now
    )
    ConnectorLog.objects.create(
        audit=audit, created_at=now, state=Progress.READ, uploads=[{"name": title, "octets": 1}]
    )
    return audit
