"""Probes: asked for, stopped, pasted, read in full."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from relaycheck.engine.policy import InvalidPolicy
from relaycheck.engine.transcript import InvalidTranscript
from relaycheck.models import ProbeKind
from relaycheck.relay_delistings import hear_outward
from relaycheck.relay_forms import PasteForm, ProbeForm
from relaycheck.relay_presenting import shown_probe
from relaycheck.relay_probes import ProbeRefused, ask_probe, stop_probe, take_pasted
from relaycheck.views.relay_page import answer
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, signed_in
from tenants.roles import Action


@require_POST
@signed_in
def ask(request: SignedRequest, public_id: str) -> HttpResponse:
    """Put a probe into the row; a worker takes it within seconds."""
    relay, form = relay_for(request, public_id, Action.LOOK), ProbeForm(request.POST)
    kind = request.POST.get("kind", "")
    if kind not in ProbeKind.values or not form.is_valid():
        raise Http404
    try:
        ask_probe(relay, ProbeKind(kind), listed=form.cleaned_data["listed"], by=request.user, now=timezone.now())
    except ProbeRefused as refused:
        messages.error(request, str(refused))
    return answer(request, relay)


@require_POST
@signed_in
def stop(request: SignedRequest, public_id: str, probe_id: str) -> HttpResponse:
    """End it early."""
    relay = relay_for(request, public_id, Action.LOOK)
    stop_probe(get_object_or_404(relay.probes, public_id=probe_id), timezone.now())
    return answer(request, relay)


@require_safe
@signed_in
def probe(request: SignedRequest, public_id: str, probe_id: str) -> HttpResponse:
    """The whole conversation and what was found in it."""
    relay = relay_for(request, public_id)
    one = get_object_or_404(relay.probes.select_related("asked_by"), public_id=probe_id)
    return render(request, "relays/probe.html", {"relay": relay, "one": one, "shown": shown_probe(one)})


@require_POST
@signed_in
def paste(request: SignedRequest, public_id: str) -> HttpResponse:
    """Judge a transcript that was made where we cannot reach."""
    relay, form = relay_for(request, public_id, Action.LOOK), PasteForm(request.POST, auto_id="paste_%s")
    if not form.is_valid():
        return answer(request, relay, paste_form=form)
    typed, now = form.cleaned_data, timezone.now()
    try:
        one = take_pasted(
            relay, typed["text"], outward=typed["outward"], listed=typed["listed"], by=request.user, now=now
        )
    except (InvalidTranscript, InvalidPolicy, ProbeRefused) as refused:
        form.add_error("text", str(refused))
        return answer(request, relay, paste_form=form)
    hear_outward(one, now)
    return answer(request, relay)
