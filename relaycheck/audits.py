"""Audits of receive connectors: begin one, give it protocol logs, take it away, and open what was kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from onboarding.models import Domain
from publicdns.answers import Verdict
from relaycheck.engine.connectors.addresses import Scope
from relaycheck.engine.connectors.audit import Audit as Judgement
from relaycheck.engine.connectors.auditing import audit as judge
from relaycheck.engine.connectors.keeping import unpack
from relaycheck.engine.connectors.model import Export
from relaycheck.models import Audit, ConnectorLog, Progress
from relaycheck.receiving import (
    MOST_WAITING,
    UploadRefused,
    digests_in,
    place_of,
    receive_exports,
    receive_logs,
)
from relaycheck.ringing import ring_audit
from relaycheck.seclusion import forget
from tenants.audit import record
from tenants.models import AuditEntry, Tenant, User

SEVERITIES = ("error", "warning", "notice")
ANON = "anon"


def begin_audit(
    tenant: Tenant,
    files: Iterable[UploadedFile[Any]],
    *,
    pasted: str = "",
    title: str = "",
    by: User,
    now: datetime,
    address: str | None = None,
) -> Audit:
    """Take the files; a worker reads them, seconds from now. Raises UploadRefused."""
    _refuse_crowd(tenant)
    received = receive_exports(files, pasted)
    with transaction.atomic():
        audit = Audit.objects.create(
            tenant=tenant,
            title=title.strip() or _named_after(received.uploads),
            created_at=now,
            created_by=by,
            folder=received.folder,
            uploads=list(received.uploads),
            octets=received.octets,
        )
        _told(audit, "audit-begun", by, now, address, files=[one["name"] for one in received.uploads])
        ring_audit(audit)
    return audit


def add_exports(
    audit: Audit,
    files: Iterable[UploadedFile[Any]],
    *,
    pasted: str = "",
    by: User,
    now: datetime,
    address: str | None = None,
) -> tuple[dict[str, Any], ...]:
    """Take more files for ``audit``; a worker joins them with the others. Returns what came. Raises UploadRefused."""
    _refuse_crowd(audit.tenant)
    before = audit.uploads if audit.kept else []
    received = receive_exports(files, pasted, digests_in(before))
    with transaction.atomic():
        rested = Audit.objects.filter(pk=audit.pk, state__in=[Progress.READ, Progress.FAILED])
        taken = rested.update(
            state=Progress.WAITING,
            failure="",
            folder=received.folder,
            uploads=[*before, *({**one, "folder": received.folder} for one in received.uploads)],
            arrived_at=now,
            octets=received.octets,
            done=0,
            attempts=0,
        )
        if taken:
            _told(audit, "files-added", by, now, address, files=[one["name"] for one in received.uploads])
            ring_audit(audit)
    if not taken:
        forget(place_of(received.folder))
        raise UploadRefused(_("This audit is still being read. Add the files when that is done."))
    return received.uploads


def add_logs(
    audit: Audit,
    files: Iterable[UploadedFile[Any]],
    domains: Iterable[str],
    *,
    by: User,
    now: datetime,
    address: str | None = None,
) -> ConnectorLog:
    """Take protocol logs for ``audit``; what is in none of ``domains`` is outside. Raises UploadRefused."""
    _refuse_crowd(audit.tenant)
    inside = [name.strip().lower() for name in domains if name.strip()]
    known = digests_in(one for log in audit.logs.exclude(state=Progress.FAILED) for one in log.uploads)
    received = receive_logs(files, inside, known)
    with transaction.atomic():
        log = ConnectorLog.objects.create(
            audit=audit,
            created_at=now,
            created_by=by,
            folder=received.folder,
            uploads=list(received.uploads),
            octets=received.octets,
            domains=inside,
        )
        _told(audit, "logs-added", by, now, address, files=[one["name"] for one in received.uploads])
        ring_audit(audit)
    return log


def _refuse_crowd(tenant: Tenant) -> None:
    waiting = Audit.objects.filter(tenant=tenant).unread().count()
    waiting += ConnectorLog.objects.filter(audit__tenant=tenant).unread().count()
    if waiting >= MOST_WAITING:
        raise UploadRefused(_("{} uploads of this tenant are still being read. Wait for one of them.").format(waiting))


def _named_after(uploads: tuple[dict[str, Any], ...]) -> str:
    first = str(uploads[0]["name"])
    return first if len(uploads) == 1 else _("{first} and {more} more").format(first=first, more=len(uploads) - 1)


def remove_audit(audit: Audit, *, by: User, now: datetime, address: str | None = None) -> None:
    """Take it away with everything that was kept of it and its logs."""
    folders = [audit.folder, *audit.logs.values_list("folder", flat=True)]
    with transaction.atomic():
        _told(audit, "audit-removed", by, now, address)
        ring_audit(audit)
        audit.delete()
    for folder in filter(None, folders):
        forget(place_of(folder))


def remove_log(log: ConnectorLog, *, by: User, now: datetime, address: str | None = None) -> None:
    """Take one upload of logs away."""
    folder = log.folder
    with transaction.atomic():
        _told(log.audit, "logs-removed", by, now, address, files=[one["name"] for one in log.uploads])
        log.delete()
        ring_audit(log.audit)
    if folder:
        forget(place_of(folder))


def _told(audit: Audit, action: str, by: User, now: datetime, address: str | None, **facts: Any) -> None:
    after = {"audit": audit.public_id, **facts}
    record(by, action, audit.title, at=now, tenant=audit.tenant, address=address, after=after)


def history(audit: Audit) -> list[AuditEntry]:
    """What was done with it, the newest first."""
    entries = AuditEntry.objects.filter(tenant=audit.tenant, after__audit=audit.public_id)
    return list(entries.select_related("actor")[:50])


def accepted_domains(tenant: Tenant) -> list[str]:
    """The tenant's domains, offered as accepted ones: mail to any other leaves the organisation."""
    return list(Domain.objects.filter(tenant=tenant).present().order_by("name").values_list("name", flat=True))


def export_of(audit: Audit) -> Export:
    """What was kept; empty before it is read."""
    return unpack(audit.kept) if audit.kept else Export()


def judgement_of(audit: Audit, account: str = ANON) -> Judgement:
    """Judged by the rules of today: an audit that was kept tells more once the rules know more."""
    return judge(export_of(audit), account)


def summary_of(judged: Judgement) -> dict[str, Any]:
    """What a list says of it."""
    verdicts = [item.verdict for item in judged.connectors]
    found = [one for item in judged.connectors for one in item.findings] + list(judged.findings)
    return {
        "verdict": judged.verdict.value,
        "connectors": len(verdicts),
        "relaying": verdicts.count(Verdict.PRESENT),
        "unknown": verdicts.count(Verdict.UNKNOWN),
        "open": sum(bool(item.relaying) and item.scope is Scope.EVERYTHING for item in judged.connectors),
        "servers": sorted({item.connector.server for item in judged.connectors if item.connector.server})[:50],
        "problems": sum(len(file.problems) for file in judged.export.files),
        **{severity: sum(one.severity == severity for one in found) for severity in SEVERITIES},
    }
