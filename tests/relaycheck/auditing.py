"""Audits for tests: uploaded as a person does it, read as the worker does it."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from relaycheck.audits import begin_audit
from relaycheck.models import Audit
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
