"""The queue watch: its token and limits for people, its endpoint for the script on the relay."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.queue_report import MOST_BYTES, parse_report
from relaycheck.engine.renderings.queue_watch import queue_watch
from relaycheck.relay_forms import ThresholdsForm
from relaycheck.relay_queue import EVERY, TooOften, end_watch, new_token, relay_of, set_thresholds, take_report
from relaycheck.views.relay_page import answer
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, address_of, signed_in
from tenants.roles import Action

GUESSES, GUESSES_FOR = 20, 60  # wrong tokens from one address, in seconds


@require_POST
@signed_in
def token(request: SignedRequest, public_id: str) -> HttpResponse:
    """Make a token and show the script that holds it, this once."""
    relay = relay_for(request, public_id, Action.EDIT)
    secret = new_token(relay, by=request.user, now=timezone.now(), address=address_of(request))
    script = queue_watch(settings.PUBLIC_URL.link(reverse("relay-report")), secret)
    return render(request, "relays/watch.html", {"relay": relay, "rendering": script})


@require_POST
@signed_in
def end(request: SignedRequest, public_id: str) -> HttpResponse:
    """Take the token back."""
    relay = relay_for(request, public_id, Action.EDIT)
    end_watch(relay, by=request.user, now=timezone.now(), address=address_of(request))
    return answer(request, relay)


@require_POST
@signed_in
def limits(request: SignedRequest, public_id: str) -> HttpResponse:
    """Change when the queue is alarming."""
    relay, form = relay_for(request, public_id, Action.EDIT), ThresholdsForm(request.POST, auto_id="limit_%s")
    if not form.is_valid():
        return answer(request, relay, thresholds_form=form)
    version = form.cleaned_data["version"]
    if not set_thresholds(relay, form.thresholds(), by=request.user, now=timezone.now(), version=version):
        messages.warning(request, _("Somebody changed this relay meanwhile, so nothing was saved."))
    return answer(request, relay)


@csrf_exempt  # the script has a token of its own and no cookie
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """One report of a script: 204, or why not. Nothing of the body is read before its token is known."""
    guesses = f"relay-guesses-{address_of(request)}"
    if cache.get(guesses, 0) >= GUESSES:
        return _refusal(429, "Too many wrong tokens.", after=GUESSES_FOR)
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    relay = relay_of(secret) if scheme.lower() == "bearer" else None
    if relay is None:
        cache.set(guesses, cache.get(guesses, 0) + 1, GUESSES_FOR)
        return _refusal(401, "This token is not known.")
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or int(length) > MOST_BYTES:
        return _refusal(413, "The report is larger than 16 KB.")
    try:
        take_report(relay, parse_report(request.read(MOST_BYTES + 1)), timezone.now())
    except InvalidUpload as refused:
        return _refusal(400, str(refused))
    except TooOften:
        return _refusal(429, "One report in ten seconds is enough.", after=int(EVERY.total_seconds()))
    return HttpResponse(status=204)


def _refusal(code: int, sentence: str, after: int = 0) -> HttpResponse:
    headers = {"Retry-After": str(after)} if after else {}
    if code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=code, headers=headers)
