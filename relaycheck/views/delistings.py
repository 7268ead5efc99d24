"""Delistings, and what a line from a log means."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from relaycheck.engine.replies import explain as explanation_of
from relaycheck.relay_delistings import DelistingRefused, ask_delisting, drop_delisting
from relaycheck.relay_forms import DelistingForm, ExplainForm
from relaycheck.views.relay_page import answer
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, signed_in
from tenants.roles import Action


@require_POST
@signed_in
def ask(request: SignedRequest, public_id: str) -> HttpResponse:
    """Track a request that was made."""
    relay, form = relay_for(request, public_id, Action.LOOK), DelistingForm(request.POST)
    if not form.is_valid():
        return answer(request, relay, delisting_form=form)
    typed = form.cleaned_data
    try:
        ask_delisting(
            relay,
            typed["line"],
            address=typed["address"],
            asked_at=typed["asked_at"],
            by=request.user,
            now=timezone.now(),
        )
    except DelistingRefused as refused:
        form.add_error("line", str(refused))
        return answer(request, relay, delisting_form=form)
    return answer(request, relay)


@require_POST
@signed_in
def drop(request: SignedRequest, public_id: str, delisting_id: str) -> HttpResponse:
    """Wait for it no more."""
    relay = relay_for(request, public_id, Action.LOOK)
    drop_delisting(get_object_or_404(relay.delistings, public_id=delisting_id), by=request.user, now=timezone.now())
    return answer(request, relay)


@require_safe
@signed_in
def explain(request: SignedRequest) -> HttpResponse:
    """What a refusal means, who acts, where, how long."""
    form = ExplainForm(request.GET if "line" in request.GET else None)
    line = form.cleaned_data["line"] if form.is_valid() else ""
    context = {"form": form, "line": line, "explanation": explanation_of(line) if line else None}
    return render(request, "relays/explain.html", context)
