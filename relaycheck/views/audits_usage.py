"""Who uses the connectors: protocol logs of an audit; and everything as files to take away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relaycheck.audit_forms import LogForm
from relaycheck.audit_log_presenting import FATES, shown_logs
from relaycheck.audit_presenting import told
from relaycheck.audit_usage import DAYS, advice_for, read_logs_of, usages_of
from relaycheck.audits import accepted_domains, add_logs, judgement_of, remove_log
from relaycheck.engine.connectors.as_json import audit_json
from relaycheck.engine.connectors.wording import fate_words
from relaycheck.models import Audit
from relaycheck.receiving import UploadRefused
from relaycheck.views.audits import audit_for, frame, gone_to, tell_repeated, word_in
from tenants.access import SignedRequest, address_of, signed_in
from tenants.roles import Action
from tenants.sheets import TYPES, stream

PAGE = 100
JOIN_LOGS = (
    "Get-ChildItem -Path (Join-Path (Get-FrontendTransportService -Identity $env:COMPUTERNAME).ReceiveProtocolLogPath "
    "'*.log') | Where-Object { $_.LastWriteTime -gt (Get-Date).AddDays(-91) } | Get-Content | "
    'Set-Content -Path "receive-$env:COMPUTERNAME.log" -Encoding UTF8'
)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def logs(request: SignedRequest, public_id: str) -> HttpResponse:
    """Who came, whether mail went outside, and which connectors may go; upload more logs."""
    if request.method == "POST":
        return uploaded(request, audit_for(request, public_id, Action.EDIT))
    one = audit_for(request, public_id)
    form = LogForm(initial={"domains": "\n".join(accepted_domains(one.tenant))})
    template = "relaycheck/_audit_logs.html" if request.htmx else "relaycheck/audit_logs.html"
    return render(request, template, seen(request, one) | {"form": form})


def uploaded(request: SignedRequest, one: Audit) -> HttpResponse:
    """Take the logs; a worker reads them."""
    form, now = LogForm(request.POST), timezone.now()
    try:
        if form.is_valid():
            files = request.FILES.getlist("files")
            domains = form.cleaned_data["domains"]
            log = add_logs(one, files, domains, by=request.user, now=now, address=address_of(request))
            tell_repeated(request, log.uploads)
            return gone_to(request, f"{one.get_absolute_url()}logs/")
    except UploadRefused as refused:
        form.add_error(None, str(refused))
    template = "relaycheck/_audit_logs_upload.html" if request.htmx else "relaycheck/audit_logs.html"
    return render(request, template, seen(request, one) | {"form": form}, status=422)


def seen(request: SignedRequest, one: Audit) -> dict[str, Any]:
    """What the logs say, as far as they have been read."""
    connector = word_in(request.GET, "connector", 300)
    usages = usages_of(one).filter(connector_key=connector.casefold()) if connector else usages_of(one)
    advice = advice_for(one, judgement_of(one), timezone.now())
    uploads = list(one.logs.select_related("created_by"))
    return frame(request, one, "logs") | {
        "uploads": shown_logs(uploads),
        "pending": any(log.pending for log in uploads),
        "read": bool(read_logs_of(one)),
        "advice": [(entry, FATES[entry.fate], fate_words(entry)) for entry in advice],
        "days": DAYS,
        "page": Paginator(usages, PAGE).get_page(request.GET.get("page")),
        "connector": connector,
        "query": urlencode({"connector": connector}) if connector else "",
        "join_logs": JOIN_LOGS,
    }


@require_POST
@signed_in
def log_remove(request: SignedRequest, public_id: str, log_id: str) -> HttpResponse:
    """Take one upload of logs away."""
    one = audit_for(request, public_id, Action.EDIT)
    log = get_object_or_404(one.logs, public_id=log_id)
    remove_log(log, by=request.user, now=timezone.now(), address=address_of(request))
    messages.success(request, _("These logs count no more."))
    return redirect("audit-logs", public_id)


@require_safe
@signed_in
def export(request: SignedRequest, public_id: str, name: str) -> HttpResponseBase:
    """``findings.csv``, ``audit.json`` or ``clients.csv``."""
    one = audit_for(request, public_id)
    if name not in EXPORTS:
        raise Http404
    return EXPORTS[name](one)


def findings_csv(one: Audit) -> HttpResponseBase:
    """One line for each finding."""
    head = ("severity", "code", "connector", "sentence", "what to do", "read at", "source")
    lines = (
        (
            found.severity,
            found.code,
            found.connector,
            found.sentence,
            found.fix,
            "; ".join(found.evidence),
            found.source,
        )
        for found in told(judgement_of(one))
    )
    return csv_of("findings.csv", head, lines)


def clients_csv(one: Audit) -> HttpResponseBase:
    """One line for each client of each connector."""
    names = ("connector", "address", "sessions", "relay_sessions", "outside", "inside", "undecided", "refused")
    lines = (
        (
            *(getattr(usage, name) for name in names),
            *moments(usage.first_seen, usage.last_seen),
            "; ".join(usage.domains),
        )
        for usage in usages_of(one).iterator(2000)
    )
    return csv_of("clients.csv", (*names, "first_seen", "last_seen", "domains"), lines)


def moments(*found: Any) -> list[str]:
    """In UTC, as everybody can sort them."""
    return [moment.isoformat() if moment else "" for moment in found]


def audit_as_json(one: Audit) -> HttpResponseBase:
    """The documented JSON of the command (docs/connectors.md)."""
    text = json.dumps(audit_json(judgement_of(one)), indent=2)
    return HttpResponse(text, content_type="application/json", headers=attached("audit.json"))


EXPORTS = {"findings.csv": findings_csv, "audit.json": audit_as_json, "clients.csv": clients_csv}


def attached(name: str) -> dict[str, str]:
    """So that no browser shows it."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}


def csv_of(name: str, head: tuple[str, ...], lines: Iterator[tuple[Any, ...]]) -> HttpResponseBase:
    """A table that no spreadsheet takes for formulas, streamed."""
    return StreamingHttpResponse(stream("csv", head, lines), content_type=TYPES["csv"], headers=attached(name))
