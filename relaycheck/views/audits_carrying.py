"""What is done with an audit: simulate, carry over, compare."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from relaycheck.audit_forms import ScriptForm, WhichForm
from relaycheck.audit_presenting import Row, look_of, rows
from relaycheck.audit_sources import add_sources, carried
from relaycheck.audits import export_of, judgement_of
from relaycheck.engine.connectors.audit import Audit as Judgement
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.carrying import Target, closing_script, recreate_script
from relaycheck.engine.connectors.comparing import compare as compare_exports
from relaycheck.engine.connectors.matching import which
from relaycheck.engine.connectors.wording import difference_words, why_words
from relaycheck.models import Audit, Progress, Relay
from relaycheck.relays import RelayChangedMeanwhile, RelayRefused
from relaycheck.views.audits import audit_for, frame, word_in
from tenants.access import SignedRequest, address_of, signed_in
from tenants.roles import Action

BOM = "\ufeff"  # Windows PowerShell takes a script without it for ANSI


@require_safe
@signed_in
def connectors(request: SignedRequest, public_id: str) -> HttpResponse:
    """All connectors, and which of them answers a client."""
    one = audit_for(request, public_id)
    judged = judgement_of(one)
    form = WhichForm(request.GET or None)
    context = frame(request, one, "connectors") | {"rows": rows(judged), "form": form}
    if request.GET and form.is_valid():
        context |= answered(judged, form.cleaned_data)
    template = "relaycheck/_audit_which.html" if request.htmx else "relaycheck/audit_connectors.html"
    return render(request, template, context, status=422 if request.GET and form.errors else 200)


def answered(judged: Judgement, typed: dict[str, Any]) -> dict[str, Any]:
    """What each server does with one client."""
    reached = which(judged.export.connectors, typed["ip"], typed["port"], typed["local"])
    looks = {item.connector.key: look_of(item) for item in judged.connectors}
    servers = [
        {
            "name": server.server,
            "answers": server.answering.identity if server.answering else "",
            "look": looks[server.answering.key] if server.answering else None,
            "certain": server.certain,
            "candidates": [(one.connector.identity, why_words(one), one.answers) for one in server.candidates],
        }
        for server in reached
    ]
    return {"servers": servers, "client": typed["ip"], "port": typed["port"], "asked": True}


@require_safe
@signed_in
def scripts(request: SignedRequest, public_id: str) -> HttpResponse:
    """PowerShell for all relay connectors or the chosen ones, to copy or to take away."""
    one = audit_for(request, public_id)
    judged = judgement_of(one)
    form = ScriptForm(request.GET) if request.GET.get("kind") else ScriptForm()
    picked = chosen(request.GET.getlist("only"), judged)
    context = frame(request, one, "scripts") | picking(request, one, judged, picked) | {"form": form}
    if form.is_bound and form.is_valid():
        script = script_for(picked, form.cleaned_data)
        if request.GET.get("download"):
            return downloaded(script, form.cleaned_data["kind"])
        context |= {"script": script, "address": f"{request.path}?{request.GET.urlencode()}&download=1"}
    return render(request, "relaycheck/audit_scripts.html", context, status=422 if form.errors else 200)


def chosen(only: list[str], judged: Judgement) -> tuple[Judged, ...]:
    """The relay connectors whose numbers are in ``only``; all of them when it is empty."""
    numbers = {int(text) for text in only if text.isdecimal() and len(text) < 7}
    relaying = [(number, item) for number, item in enumerate(judged.connectors) if item.relaying]
    return tuple(item for number, item in relaying if not only or number in numbers)


def picking(request: SignedRequest, one: Audit, judged: Judgement, picked: tuple[Judged, ...]) -> dict[str, Any]:
    """The relay connectors to choose from, and what the chosen ones are for a relay of ours."""
    keys = {item.connector.key for item in picked}
    boxes: list[tuple[Row, bool]] = [
        (row, judged.connectors[row.number].connector.key in keys) for row in rows(judged) if row.relays
    ]
    return {
        "boxes": boxes,
        "only": [row.number for row, ticked in boxes if ticked],
        "carried": carried(picked),
        "relays": Relay.objects.for_user(request.user, Action.EDIT).present().filter(tenant=one.tenant),
    }


def script_for(picked: tuple[Judged, ...], typed: dict[str, Any]) -> str:
    """The script that was asked for."""
    if typed["kind"] == "close":
        return closing_script(picked)
    return recreate_script(picked, Target(typed["server"], frontend=not typed["old"]))


def downloaded(script: str, kind: str) -> HttpResponse:
    """As a file that Windows PowerShell reads right."""
    text = BOM + script.replace("\n", "\r\n")
    name = "close-relays.ps1" if kind == "close" else "receive-connectors.ps1"
    return HttpResponse(
        text.encode("utf-8", "replace"),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


@require_POST
@signed_in
def relay(request: SignedRequest, public_id: str) -> HttpResponse:
    """Make the ranges of the chosen connectors allowed sources of a relay."""
    one = audit_for(request, public_id, Action.EDIT)
    target = get_object_or_404(
        Relay.objects.for_user(request.user, Action.EDIT).present().filter(tenant=one.tenant),
        public_id=word_in(request.POST, "relay"),
    )
    sources = carried(chosen(request.POST.getlist("only"), judgement_of(one))).sources
    now, address = timezone.now(), address_of(request)
    try:
        added = add_sources(target, sources, one, by=request.user, now=now, address=address)
    except RelayRefused as refused:
        messages.error(request, refused.sentence)
    except RelayChangedMeanwhile:
        messages.warning(request, _("Somebody changed that relay meanwhile, so nothing was added. Try again."))
    else:
        tell_added(request, added, target)
        return redirect(target.get_absolute_url())
    return redirect("audit-scripts", public_id)


def tell_added(request: SignedRequest, added: int, target: Relay) -> None:
    """Say what happened to the relay."""
    if not added:
        messages.info(request, _("{} allows all of them already.").format(target.fqdn))
        return
    words = ngettext("{count} source was added to {relay}.", "{count} sources were added to {relay}.", added)
    messages.success(request, words.format(count=added, relay=target.fqdn))


@require_safe
@signed_in
def compare(request: SignedRequest, public_id: str) -> HttpResponse:
    """Another audit as the old servers, this one as the new: same relays?"""
    one = audit_for(request, public_id)
    others = Audit.objects.for_user(request.user).filter(tenant=one.tenant, state=Progress.READ).exclude(pk=one.pk)
    context = frame(request, one, "compare") | {"others": others.defer("kept")}
    if picked := word_in(request.GET, "old"):
        old = get_object_or_404(others, public_id=picked)
        compared = compare_exports(export_of(old), export_of(one))
        context |= {
            "old": old,
            "compared": compared,
            "differences": [(difference.kind, difference_words(difference)) for difference in compared.differences],
        }
    return render(request, "relaycheck/audit_compare.html", context)
