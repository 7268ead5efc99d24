"""Logs: streamed to disk, read by a worker."""

from __future__ import annotations

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from relaycheck.engine.replies import explain
from relaycheck.relay_forms import LogForm
from relaycheck.relay_logs import LogRefused, most_octets, stop_reading, take_logs
from relaycheck.relay_traffic import devices
from relaycheck.views.relay_page import answer
from relaycheck.views.relays import relay_for
from relaycheck.views.uploads import too_large
from tenants.access import SignedRequest, signed_in
from tenants.roles import Action


@csrf_exempt  # a gigabyte is not parsed before its length and its sender are known; the inner view protects
@require_POST
@signed_in
def take(request: SignedRequest, public_id: str) -> HttpResponseBase:
    """Put logs aside for a worker."""
    relay_for(request, public_id, Action.EDIT)
    if too_large(request, most_octets()):
        return render(request, "relays/too_large.html", {"most": most_octets() >> 20}, status=413)
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return _take(request, public_id)


@csrf_protect
def _take(request: SignedRequest, public_id: str) -> HttpResponse:
    relay = relay_for(request, public_id, Action.EDIT)
    form = LogForm(request.POST, request.FILES, auto_id="log_%s")
    if not form.is_valid():
        return answer(request, relay, log_form=form)
    try:
        take_logs(relay, form.cleaned_data["file"], by=request.user, now=timezone.now())
    except LogRefused as refused:
        form.add_error("file", str(refused))
        return answer(request, relay, log_form=form)
    return answer(request, relay)


@require_POST
@signed_in
def stop(request: SignedRequest, public_id: str, reading_id: str) -> HttpResponse:
    """End the reading of a log early."""
    relay = relay_for(request, public_id, Action.EDIT)
    stop_reading(get_object_or_404(relay.readings, public_id=reading_id), timezone.now())
    return answer(request, relay)


@require_safe
@signed_in
def log(request: SignedRequest, public_id: str, reading_id: str) -> HttpResponse:
    """Everything one log says."""
    relay = relay_for(request, public_id)
    reading = get_object_or_404(relay.readings.select_related("by"), public_id=reading_id)
    answers = [(row, explain(row["example"])) for row in reading.report.get("answers", [])[:200]]
    context = {"relay": relay, "reading": reading, "report": reading.report, "answers": answers}
    return render(request, "relays/log.html", context | {"devices": devices(relay, reading)})
