"""Acts on many domains: what they will do, their progress, a result for each, and taking them back."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onboarding.batches import AT_ONCE, PAGE, start, start_undo, work_on
from onboarding.board import board
from onboarding.bulk import ACTS, Act, preview
from onboarding.exporting import HEADINGS, domain_lines
from onboarding.filters import Filters
from onboarding.forms import ManyForm
from onboarding.models import Batch, BatchState, Domain
from onboarding.models.domain import DomainQuerySet
from onboarding.views.exporting import attachment
from onboarding.working import runner_of
from tenants.access import SignedRequest, address_of, signed_in
from tenants.models import Tenant
from tenants.sheets import TYPES, stream

MOST_TICKED = 1000
EXPORT = "export"
ENOUGH = 5  # seconds that a request works itself; the rest is the worker's
OUTCOMES = ("new", "repaired", "there", "refused", "will", "skipped")


def batch_for(request: SignedRequest, public_id: str) -> Batch:
    """The batch, or 404 when it is somebody else's."""
    return get_object_or_404(Batch.objects.for_user(request.user), public_id=public_id)


def chosen(request: SignedRequest) -> DomainQuerySet:
    """The domains that were ticked, or all that fit the filters."""
    seen = Domain.objects.for_user(request.user).present()
    if request.POST.get("which") != "all":
        return seen.filter(public_id__in=request.POST.getlist("chosen")[:MOST_TICKED])
    filters = Filters.of(dict(parse_qsl(request.POST.get("query", ""))))
    tenants = list(Tenant.objects.for_user(request.user))
    return board(request.user, filters, tenants, timezone.now()).domains


@require_POST
@signed_in
def propose_batch(request: SignedRequest) -> HttpResponseBase:
    """Show what an act would do to the chosen domains; an export changes nothing and begins at once."""
    form, act = ManyForm(request.user, request.POST), ACTS.get(request.POST.get("act", ""))
    domains, kind = chosen(request), request.POST.get("as", "")
    if request.POST.get("act") == EXPORT and kind in TYPES:
        return attachment(kind, f"domains.{kind}", stream(kind, HEADINGS, domain_lines(domains)))
    if act is None or not domains.exists():
        messages.error(request, _("Tick some domains first, or choose all that fit."))
        return redirect("domains")
    if not form.is_valid() or (refused := form.lacks(act.field)):
        messages.error(request, refused if form.is_valid() else _("The dates cannot be read."))
        return redirect("domains")
    batch = new_batch(request, act, form)
    preview(batch, domains)
    return redirect("batch", batch.public_id)


def new_batch(request: SignedRequest, act: Act, form: ManyForm) -> Batch:
    """An unconfirmed batch for ``act``."""
    return Batch.objects.create(
        user=request.user,
        kind=act.name,
        state=BatchState.READY.value,
        created_at=timezone.now(),
        address=address_of(request),
        options=form.options(act.field),
    )


def pages_of(batch: Batch, outcome: str, number: str | None) -> tuple[list[dict[str, Any]], Page[int]]:
    """One stored page of ``outcome``."""
    total = batch.counts.get(outcome, 0)
    page = Paginator(range(-(-total // PAGE)), 1).get_page(number)
    stored = batch.pages.filter(outcome=outcome, number=page.number - 1).first()
    return (stored.rows if stored else []), page


def context_of(request: SignedRequest, batch: Batch) -> dict[str, Any]:
    """What the page of a batch shows."""
    tabs = [outcome for outcome in OUTCOMES if batch.counts.get(outcome)]
    asked = request.GET.get("outcome", "")
    outcome = asked if asked in tabs else (tabs[0] if tabs else "")
    rows, page = pages_of(batch, outcome, request.GET.get("page"))
    act = ACTS.get(batch.kind)
    return {
        "batch": batch,
        "act": act,
        "tabs": [(one, batch.counts[one], one == outcome) for one in tabs],
        "outcome": outcome,
        "rows": rows,
        "page": page,
        "query": f"outcome={outcome}",
        "working": batch.state in (BatchState.READING.value, BatchState.RUNNING.value),
        "undoable": bool(act and act.undo) and batch.state == BatchState.DONE.value and batch.undone_at is None,
    }


@require_safe
@signed_in
def batch(request: SignedRequest, public_id: str) -> HttpResponse:
    """Its preview, progress or results."""
    template = "onboarding/_batch.html" if request.htmx else "onboarding/batch.html"
    return render(request, template, context_of(request, batch_for(request, public_id)))


@require_POST
@signed_in
def confirm(request: SignedRequest, public_id: str) -> HttpResponse:
    """Do what the preview says: a little at once, much by the worker."""
    one = batch_for(request, public_id)
    if not start(one):
        messages.info(request, _("This was confirmed already."))
    else:
        begin(one)
    return redirect("batch", public_id)


@require_POST
@signed_in
def undo(request: SignedRequest, public_id: str) -> HttpResponse:
    """Take it back, row by row, where nobody has changed it since."""
    one = batch_for(request, public_id)
    act = ACTS.get(one.kind)
    if act is None or act.undo is None:
        raise Http404
    if start_undo(one, timezone.now()):
        one.refresh_from_db()
        begin(one)
    return redirect("batch", public_id)


def begin(one: Batch) -> None:
    """Work on a small batch in this request, for some seconds at most."""
    if one.total <= AT_ONCE:
        ends = time.monotonic() + ENOUGH
        work_on(one, runner_of(one), timezone.now(), lambda: time.monotonic() > ends)
