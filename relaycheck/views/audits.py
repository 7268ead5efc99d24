"""Audits of receive connectors: the list, the upload, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relaycheck.audit_forms import FilesForm, UploadForm
from relaycheck.audit_presenting import ACTS, later_sentence, repeated_sentence, shown, tally, told
from relaycheck.audits import ANON, add_exports, begin_audit, history, judgement_of, remove_audit
from relaycheck.engine.connectors.exporting import ONE_LINER_MISSES, export_command, one_liner
from relaycheck.engine.connectors.wording import problem_words
from relaycheck.models import Audit
from relaycheck.receiving import UploadRefused
from tenants.access import SignedRequest, address_of, signed_in
from tenants.models import Tenant
from tenants.roles import Action

PAGE = 50
LONGEST_ACCOUNT = 80


def audit_for(request: SignedRequest, public_id: str, action: Action = Action.VIEW) -> Audit:
    """The audit, or 404 when this person may not do ``action`` there."""
    return get_object_or_404(
        Audit.objects.for_user(request.user, action).select_related("tenant", "created_by"), public_id=public_id
    )


def word_in(typed: QueryDict, name: str, longest: int = 12) -> str:
    """What the address or a form says, as a database takes it."""
    return typed.get(name, "").replace("\0", "")[:longest]


def frame(request: SignedRequest, audit: Audit, here: str) -> dict[str, Any]:
    """What every page of an audit shows around its own part."""
    return {
        "audit": audit,
        "shown": shown(audit),
        "here": here,
        "may_edit": request.user.may(Action.EDIT, audit.tenant),
    }


@require_safe
@signed_in
def audits(request: SignedRequest) -> HttpResponse:
    """The list, with one sentence each; only the list for a live update."""
    tenant = word_in(request.GET, "tenant")
    found = Audit.objects.for_user(request.user).select_related("tenant").defer("kept")
    if tenant:
        found = found.filter(tenant__public_id=tenant)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    tenants = list(Tenant.objects.for_user(request.user))
    context = {
        "page": page,
        "rows": [(audit, shown(audit)) for audit in page],
        "pending": any(audit.pending for audit in page),
        "tenants": tenants,
        "several": len(tenants) > 1,
        "chosen": tenant,
        "query": urlencode({"tenant": tenant}) if tenant else "",
        "may_upload": Tenant.objects.for_user(request.user, Action.EDIT).exists(),
    }
    return render(request, "relaycheck/_audits.html" if request.htmx else "relaycheck/audits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: SignedRequest) -> HttpResponse:
    """Ask for the export, and take it."""
    if request.method != "POST":
        initial = {"tenant": word_in(request.GET, "tenant")}
        return asked(request, UploadForm(request.user, initial=initial), 200)
    form = UploadForm(request.user, request.POST)
    if not form.is_valid():
        return asked(request, form, 422)
    typed = form.cleaned_data
    try:
        audit = begin_audit(
            typed["tenant"],
            request.FILES.getlist("files"),
            pasted=typed["pasted"],
            title=typed["title"],
            by=request.user,
            now=timezone.now(),
            address=address_of(request),
        )
    except UploadRefused as refused:
        form.add_error(None, str(refused))
        return asked(request, form, 422)
    tell_repeated(request, audit.uploads)
    return gone_to(request, audit.get_absolute_url())


def tell_repeated(request: SignedRequest, uploads: Iterable[dict[str, Any]]) -> None:
    """Say which files came before."""
    if words := repeated_sentence(uploads):
        messages.info(request, words)


def gone_to(request: SignedRequest, address: str) -> HttpResponse:
    """On to another page; a script is told to go there itself."""
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)


def asked(request: SignedRequest, form: UploadForm, code: int) -> HttpResponse:
    """The page that asks for the export, or its form alone when that was refused."""
    account = account_in(request)
    context = {
        "form": form,
        "command": export_command(),
        "one_liner": one_liner(account),
        "misses": ONE_LINER_MISSES,
        "account": account,
    }
    template = "relaycheck/_audit_upload.html" if request.htmx else "relaycheck/audit_add.html"
    return render(request, template, context, status=code)


def account_in(request: SignedRequest) -> str:
    """The account whose name replaces ``anon`` in the how-to's one-liner."""
    typed = request.GET.get("account", "").strip()[:LONGEST_ACCOUNT]
    return typed if typed.isprintable() and typed else ANON


@require_safe
@signed_in
def audit(request: SignedRequest, public_id: str) -> HttpResponse:
    """Its findings; while it is read, how far that is."""
    one = audit_for(request, public_id)
    context = frame(request, one, "findings")
    if one.kept is not None:
        context |= found(request, one) | {"later": later_sentence(one), "more_form": FilesForm()}
    context |= {"acts": [(ACTS.get(entry.action, entry.action), entry) for entry in history(one)]}
    return render(request, "relaycheck/_audit.html" if request.htmx else "relaycheck/audit.html", context)


@require_POST
@signed_in
def files(request: SignedRequest, public_id: str) -> HttpResponse:
    """Take more files for an audit: those of another server, or the permissions that were missing."""
    one = audit_for(request, public_id, Action.EDIT)
    form = FilesForm(request.POST)
    try:
        if form.is_valid():
            sent, pasted = request.FILES.getlist("files"), form.cleaned_data["pasted"]
            now, address = timezone.now(), address_of(request)
            tell_repeated(request, add_exports(one, sent, pasted=pasted, by=request.user, now=now, address=address))
            return gone_to(request, one.get_absolute_url())
    except UploadRefused as refused:
        form.add_error(None, str(refused))
    context = frame(request, one, "findings") | {"more_form": form}
    template = "relaycheck/_audit_more.html" if request.htmx else "relaycheck/audit_more.html"
    return render(request, template, context, status=422)


def found(request: SignedRequest, one: Audit) -> dict[str, Any]:
    """The findings that the address bar asks for, the files, and the one-liner beside what is true."""
    account = account_in(request)
    judged = judgement_of(one, account)
    everything = told(judged)
    severity = request.GET.get("severity", "")
    chosen = [finding for finding in everything if severity in ("", finding.severity)]
    pairs = {"severity": severity, "account": "" if account == ANON else account}
    return {
        "page": Paginator(chosen, PAGE).get_page(request.GET.get("page")),
        "tally": tally(everything),
        "total": len(everything),
        "severity": severity,
        "query": urlencode({name: value for name, value in pairs.items() if value}),
        "files": [(file, [(str(p.source), problem_words(p)) for p in file.problems]) for file in judged.export.files],
        "listed": judged.one_liner,
        "relaying": [item.connector.identity for item in judged.connectors if item.relaying],
        "account": account,
        "one_liner": one_liner(account),
    }


@require_POST
@signed_in
def remove(request: SignedRequest, public_id: str) -> HttpResponse:
    """Take it away for good."""
    one = audit_for(request, public_id, Action.EDIT)
    remove_audit(one, by=request.user, now=timezone.now(), address=address_of(request))
    messages.success(request, _("{} was removed, with everything that was kept of it.").format(one.title))
    return redirect("audits")
