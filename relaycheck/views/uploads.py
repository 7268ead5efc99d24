"""Configurations: uploaded or pasted, judged, held against the policy and the one before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from relaycheck.engine.iis import InvalidUpload
from relaycheck.relay_forms import UploadForm
from relaycheck.relay_policy import declared
from relaycheck.relay_uploads import LARGEST, against_policy, against_previous, take_upload
from relaycheck.views.relay_page import answer
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, signed_in
from tenants.roles import Action

ROOM = 1 << 20  # octets of a form around a file


def too_large(request: HttpRequest, most: int) -> bool:
    """Whether the request says it is longer than ``most`` octets, or does not say how long it is."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return not length.isdigit() or int(length) > most + ROOM


@csrf_exempt  # the length and the person are looked at before the body is; the inner view protects
@require_POST
@signed_in
def take(request: SignedRequest, public_id: str) -> HttpResponseBase:
    """Read a configuration."""
    relay_for(request, public_id, Action.EDIT)
    if too_large(request, LARGEST):
        return render(request, "relays/too_large.html", {"most": LARGEST >> 20}, status=413)
    return _take(request, public_id)


@csrf_protect
def _take(request: SignedRequest, public_id: str) -> HttpResponse:
    relay = relay_for(request, public_id, Action.EDIT)
    form = UploadForm(request.POST, request.FILES, auto_id="upload_%s")
    if not form.is_valid():
        return answer(request, relay, upload_form=form)
    file = form.cleaned_data["file"]
    raw = file.read() if file else form.cleaned_data["text"].encode()
    if not raw.strip():
        form.add_error("file", _("Choose a file, or paste its text."))
        return answer(request, relay, upload_form=form)
    try:
        upload = take_upload(relay, raw, by=request.user, now=timezone.now())
    except InvalidUpload as refused:
        form.add_error("file" if file else "text", str(refused))
        return answer(request, relay, upload_form=form)
    return redirect("relay-configuration", relay.public_id, upload.public_id)


@require_safe
@signed_in
def configuration(request: SignedRequest, public_id: str, upload_id: str) -> HttpResponse:
    """One configuration beside the policy and beside the one before."""
    relay = relay_for(request, public_id)
    upload = get_object_or_404(relay.uploads.select_related("by", "relay"), public_id=upload_id)
    policy, missing = declared(relay)
    context = {
        "relay": relay,
        "upload": upload,
        "compared": against_policy(upload, policy) if policy else (),
        "missing": missing,
        "before": relay.uploads.filter(at__lt=upload.at).first(),
        "changes": against_previous(upload),
    }
    return render(request, "relays/configuration.html", context)
