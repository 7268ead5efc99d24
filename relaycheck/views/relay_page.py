"""One relay's page: state, findings, probes, devices, deliveries, delistings, the queue, history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from notices.models import SubjectKind
from notices.subscribing import follow, mute, standing, unfollow
from relaycheck.engine.queue_report import lasting
from relaycheck.engine.replies import explain
from relaycheck.models import ProbeKind, Relay
from relaycheck.relay_forms import DelistingForm, LogForm, PasteForm, ProbeForm, ThresholdsForm, UploadForm
from relaycheck.relay_known import known_of
from relaycheck.relay_presenting import all_findings, shown, shown_probe
from relaycheck.relay_queue import thresholds_of
from relaycheck.relay_telling import history
from relaycheck.relay_traffic import chart, devices, newest_reading
from relaycheck.ringing import ring_relay
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, signed_in
from tenants.models import Tenant, User
from tenants.roles import Action

FOLLOWING: dict[str, Callable[[User, Tenant, str], None]] = {
    "follow": lambda user, tenant, subject: follow(user, tenant, subject, SubjectKind.RELAY),
    "mute": lambda user, tenant, subject: mute(user, tenant, subject, SubjectKind.RELAY),
    "unfollow": unfollow,
}
MOST_PROBES, MOST_ANSWERS = 6, 10


def context_of(request: SignedRequest, relay: Relay) -> dict[str, Any]:
    """What the page shows."""
    now, known = timezone.now(), known_of(relay)
    findings = all_findings(known)
    entries, older = history(relay, everything=request.GET.get("history") == "all")
    may_edit = request.user.may(Action.EDIT, relay.tenant) and not relay.removed_at
    return {
        "relay": relay,
        "policy": known.policy,
        "shown": shown(known, findings),
        "findings": findings,
        "entries": entries,
        "older": older,
        "standing": standing(request.user, relay.tenant, relay.public_id),
        "may_edit": may_edit,
        "may_undo": request.user.may(Action.EDIT, relay.tenant),
        "may_look": request.user.may(Action.LOOK, relay.tenant) and not relay.removed_at,
        **_proofs(relay),
        **_traffic(relay),
        **_queue(relay, now),
        "delistings": relay.delistings.all()[:20],
        "delisting_form": DelistingForm(),
    }


def _proofs(relay: Relay) -> dict[str, Any]:
    probes = [shown_probe(one) for one in relay.probes.select_related("asked_by")[:MOST_PROBES]]
    uploads = list(relay.uploads.select_related("by")[:5])
    return {
        "probes": probes,
        "busy": relay.probes.open().exists() or relay.readings.filter(ended_at=None).exists(),
        "kinds": ProbeKind,
        "may_ring": bool(settings.RELAY_ALLOWED_NETWORKS),
        "probe_form": ProbeForm(auto_id="probe_%s"),
        "paste_form": PasteForm(auto_id="paste_%s"),
        "uploads": uploads,
        "upload_form": UploadForm(auto_id="upload_%s"),
    }


def _traffic(relay: Relay) -> dict[str, Any]:
    reading = newest_reading(relay)
    report = reading.report if reading else {}
    answers = [(row, explain(row["example"])) for row in report.get("answers", [])[:MOST_ANSWERS]]
    return {
        "reading": reading,
        "readings": relay.readings.select_related("by")[:5],
        "devices": devices(relay, reading)[:200],
        "answers": answers,
        "domains": list(report.get("domains", {}).items())[:10],
        "uncovered": report.get("uncovered", {}) if relay.kind == "iis" and relay.profile == "direct-send" else {},
        "seen_addresses": report.get("seen_addresses", {}),
        "log_form": LogForm(auto_id="log_%s"),
    }


def _queue(relay: Relay, now: Any) -> dict[str, Any]:
    thresholds = thresholds_of(relay)
    values = {
        name: getattr(relay, name) for name in ("oldest_seconds", "queued", "badmail", "silent_seconds", "version")
    }
    count = relay.counts.first()
    return {
        "count": count,
        "oldest": lasting(count.queued_oldest or 0) if count else "",
        "chart": chart(relay, now - timedelta(days=1), now, thresholds),
        "alarms": relay.alarms,
        "thresholds_form": ThresholdsForm(initial=values, auto_id="limit_%s"),
    }


def answer(request: SignedRequest, relay: Relay, **more: Any) -> HttpResponse:
    """After an act: back to the page, or the page with a form that needs mending."""
    if not more:
        ring_relay(relay)
        return redirect("relay", relay.public_id)
    relay.refresh_from_db()
    return render(request, "relays/relay.html", context_of(request, relay) | more, status=422)


@require_safe
@signed_in
def relay(request: SignedRequest, public_id: str) -> HttpResponse:
    """The page; for a live update its live part alone."""
    one = relay_for(request, public_id)
    template = "relays/_relay.html" if request.htmx else "relays/relay.html"
    return render(request, template, context_of(request, one))


@require_POST
@signed_in
def following(request: SignedRequest, public_id: str) -> HttpResponse:
    """Be mailed about it, or not."""
    one = relay_for(request, public_id, Action.FOLLOW)
    if change := FOLLOWING.get(request.POST.get("choice", "")):
        change(request.user, one.tenant, one.public_id)
    return answer(request, one)
