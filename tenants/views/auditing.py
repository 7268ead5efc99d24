"""The audit log: who did what to what, from where, before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenants.access import SignedRequest, signed_in
from tenants.models import AuditEntry, Tenant
from tenants.models.audit import AuditQuerySet, in_words
from tenants.sheets import TYPES, Line, stream
from tenants.words import stripped

PAGE = 100
HEADINGS = ("When (UTC)", "Who", "From", "What", "To what", "Tenant", "Before", "After")


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What the address bar asks for; a date that cannot be read is left out."""

    who: str = ""
    what: str = ""
    subject: str = ""
    tenant: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, request: SignedRequest) -> Self:
        """Read them."""
        return cls(**{name: stripped(request.GET, name, 253) for name in cls.__slots__})

    def query(self) -> str:
        """The address bar's part."""
        return urlencode({key: value for key, value in asdict(self).items() if value})

    def narrow(self, entries: AuditQuerySet) -> AuditQuerySet:
        """The entries that fit."""
        begin, end = _day(self.since), _day(self.until)
        said = Q()
        said &= Q(actor_label__icontains=self.who) if self.who else Q()
        said &= Q(action=self.what) if self.what else Q()
        said &= Q(subject__icontains=self.subject) if self.subject else Q()
        said &= Q(tenant__public_id=self.tenant) if self.tenant else Q()
        said &= Q(at__gte=begin) if begin else Q()
        said &= Q(at__lt=end + timedelta(days=1)) if end else Q()
        return entries.filter(said)


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


@require_safe
@signed_in
def audit(request: SignedRequest) -> HttpResponse:
    """The log, the newest entry first."""
    filters, seen = AuditFilters.of(request), AuditEntry.objects.for_user(request.user)
    found = filters.narrow(seen).select_related("tenant")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "query": filters.query(),
        "page": page,
        "rows": [(entry, _changes(entry)) for entry in page],
        "actions": [
            (code, in_words(code)) for code in seen.order_by("action").values_list("action", flat=True).distinct()
        ],
        "tenants": Tenant.objects.for_user(request.user),
    }
    return render(request, "tenants/audit.html", context)


def _changes(entry: AuditEntry) -> list[tuple[str, str | datetime, str | datetime]]:
    """What was changed: the name of it, before, after."""
    names = sorted({*entry.before, *entry.after})
    pairs = ((name, entry.before.get(name), entry.after.get(name)) for name in names)
    return [(name, _said(before), _said(after)) for name, before, after in pairs if before != after]


def _said(value: Any) -> str | datetime:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, str) and (moment := _moment(value)) is not None:
        return moment
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _moment(text: str) -> datetime | None:
    """What JSON kept as text; a day alone is none, and neither is what has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


@require_safe
@signed_in
def audit_export(request: SignedRequest, form: str) -> HttpResponseBase:
    """The entries that fit, to take along."""
    if form not in TYPES:
        raise Http404
    found = AuditFilters.of(request).narrow(AuditEntry.objects.for_user(request.user)).select_related("tenant")
    response = StreamingHttpResponse(stream(form, HEADINGS, _lines(found)), content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    return response


def _lines(entries: AuditQuerySet) -> Iterator[Line]:
    """Page by page, the newest first."""
    last: int | None = None
    while page := list((entries.filter(pk__lt=last) if last else entries).order_by("-pk")[:1000]):
        last = page[-1].pk
        for entry in page:
            before, after = (json.dumps(value, ensure_ascii=False) for value in (entry.before, entry.after))
            where = entry.tenant.name if entry.tenant else ""
            yield entry.at, entry.actor_label, entry.address, entry.action, entry.subject, where, before, after
