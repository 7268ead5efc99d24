"""The list of relays; declaring one, changing it, removing it and taking that back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from relaycheck.models import Relay
from relaycheck.relay_forms import NEW, ExplainForm, RelayForm, initial_of
from relaycheck.relay_known import known_of_all
from relaycheck.relay_presenting import all_findings, shown
from relaycheck.relays import (
    RelayChangedMeanwhile,
    RelayRefused,
    add_relay,
    change_relay,
    remove_relay,
    restore_relay,
)
from tenants.access import SignedRequest, address_of, signed_in
from tenants.models import Tenant
from tenants.roles import Action

PAGE = 50


def relay_for(request: SignedRequest, public_id: str, action: Action = Action.VIEW) -> Relay:
    """The relay, or 404 when this person may not do ``action`` there."""
    mine = Relay.objects.for_user(request.user, action).select_related("tenant")
    return get_object_or_404(mine, public_id=public_id)


@require_safe
@signed_in
def relays(request: SignedRequest) -> HttpResponse:
    """Every relay with one sentence; only the list for a live update."""
    mine = Relay.objects.for_user(request.user).present().select_related("tenant").order_by("fqdn", "pk")
    page = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(known.relay, shown(known, all_findings(known))) for known in known_of_all(list(page))],
        "may_add": Tenant.objects.for_user(request.user, Action.EDIT).exists(),
        "explain_form": ExplainForm(),
    }
    return render(request, "relays/_relays.html" if request.htmx else "relays/relays.html", context)


@signed_in
def add(request: SignedRequest) -> HttpResponse:
    """Declare a relay; with several tenants, choose one first."""
    tenants = list(Tenant.objects.for_user(request.user, Action.EDIT))
    if not tenants:
        raise Http404
    chosen = request.POST.get("tenant") or request.GET.get("tenant") or (len(tenants) == 1 and tenants[0].public_id)
    tenant = next((one for one in tenants if one.public_id == chosen), None)
    if tenant is None:
        return render(request, "relays/choose.html", {"tenants": tenants})
    form = RelayForm(tenant, request.POST) if request.method == "POST" else RelayForm(tenant, initial=NEW)
    if request.method == "POST" and form.is_valid():
        try:
            relay = add_relay(tenant, form.declared(), by=request.user, now=timezone.now(), address=address_of(request))
        except RelayRefused as refused:
            form.add_error(refused.field, refused.sentence)
        else:
            return redirect("relay", relay.public_id)
    context = {"form": form, "tenant": tenant}
    return render(request, "relays/edit.html", context, status=422 if form.errors else 200)


@signed_in
def edit(request: SignedRequest, public_id: str) -> HttpResponse:
    """Change what is declared."""
    relay = relay_for(request, public_id, Action.EDIT)
    if request.method != "POST":
        form = RelayForm(relay.tenant, initial=initial_of(relay))
        return render(request, "relays/edit.html", {"form": form, "relay": relay, "tenant": relay.tenant})
    form = RelayForm(relay.tenant, request.POST)
    if form.is_valid():
        try:
            change_relay(
                relay,
                form.declared(),
                by=request.user,
                now=timezone.now(),
                version=form.cleaned_data["version"] or 0,
                address=address_of(request),
            )
        except RelayRefused as refused:
            form.add_error(refused.field, refused.sentence)
        except RelayChangedMeanwhile:
            messages.warning(request, _("Somebody changed this relay meanwhile, so nothing was saved."))
            return redirect("relay", relay.public_id)
        else:
            messages.success(request, _("Saved."))
            return redirect("relay", relay.public_id)
    context = {"form": form, "relay": relay, "tenant": relay.tenant}
    return render(request, "relays/edit.html", context, status=422)


@require_POST
@signed_in
def remove(request: SignedRequest, public_id: str) -> HttpResponse:
    """Look after it no more."""
    relay = relay_for(request, public_id, Action.EDIT)
    remove_relay(relay, by=request.user, now=timezone.now(), address=address_of(request))
    return redirect("relay", relay.public_id)


@require_POST
@signed_in
def restore(request: SignedRequest, public_id: str) -> HttpResponse:
    """Undo a removal."""
    relay = relay_for(request, public_id, Action.EDIT)
    try:
        restore_relay(relay, by=request.user, now=timezone.now(), address=address_of(request))
    except RelayRefused as refused:
        messages.error(request, refused.sentence)
    return redirect("relay", relay.public_id)
