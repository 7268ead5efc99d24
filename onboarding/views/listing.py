"""The board: domains found, narrowed, chosen and added."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from notices.doorbell import versions
from onboarding.adding import AddingRefused, Proposal, add_domain, propose, read_token
from onboarding.board import Board, board
from onboarding.bulk import ACTS
from onboarding.filters import ORDERS, Filters
from onboarding.forms import AddForm
from onboarding.fragments import SHELF, key_of
from onboarding.models import Group, SavedView, Tally
from onboarding.presenting import shown
from tenants.access import SignedRequest, address_of, signed_in
from tenants.models import Tenant, User
from tenants.roles import Action

PAGE = 100
FRESH = 5  # seconds a shared fragment is kept at most
CALM_ABOVE = 200  # rows on the board, from which on open pages ask at most once in five seconds
CALM, QUICK = 5000, 700  # milliseconds between two askings of an open board


class Counted(Paginator):  # type: ignore[type-arg]  # it cannot be subscripted when it runs
    """Pages of rows that have been counted already."""

    def __init__(self, rows: Any, per_page: int, total: int) -> None:
        super().__init__(rows, per_page)
        self.total = total

    @cached_property
    def count(self) -> int:
        """All rows."""
        return self.total


def found(request: SignedRequest, filters: Filters, tenants: list[Tenant]) -> dict[str, Any]:
    """What the list shows."""
    seen: Board = board(request.user, filters, tenants, timezone.now())
    page = Counted(seen.rows, PAGE, seen.total).get_page(request.GET.get("page"))
    owners = {tenant.pk: tenant for tenant in tenants}
    for domain in page:
        domain.tenant = owners[domain.tenant_id]  # known already: a join would tempt the database to sort by tenant
    return {
        "filters": filters,
        "query": filters.query(),
        "board": seen,
        "page": page,
        "rows": [(domain, shown(domain)) for domain in page],
        "tenants": tenants,
        "several": len(tenants) > 1,
        "topic": f"tenant-{filters.tenant}" if filters.tenant else "tenants",
        "calm": CALM if seen.total > CALM_ABOVE else QUICK,
        "request": request,
    }


def choices(request: SignedRequest, filters: Filters, tenants: list[Tenant]) -> dict[str, Any]:
    """What the filters and the form for many domains offer."""
    may = {action for action in Action if Tenant.objects.for_user(request.user, action).exists()}
    groups = Group.objects.for_user(request.user).select_related("tenant")
    people = User.objects.filter(Q(memberships__tenant__in=tenants) | Q(pk=request.user.pk), is_active=True).distinct()
    return {
        "groups": groups.filter(tenant__public_id=filters.tenant) if filters.tenant else groups,
        "people": people,
        "orders": [(value, label) for value, (label, _) in ORDERS.items()],
        "views": SavedView.objects.filter(user=request.user),
        "acts": [act for act in ACTS.values() if act.needs in may],
    }


@require_safe
@signed_in
def domains(request: SignedRequest) -> HttpResponse:
    """The page, or only its list for a live update or while somebody types."""
    filters, tenants = Filters.of(request.GET.dict()), list(Tenant.objects.for_user(request.user))
    if request.htmx:
        return HttpResponse(fragment(request, filters, tenants))
    form = AddForm(request.user, initial={"tenant": filters.tenant})
    context = found(request, filters, tenants) | choices(request, filters, tenants)
    return render(request, "onboarding/domains.html", context | {"form": form})


def fragment(request: SignedRequest, filters: Filters, tenants: list[Tenant]) -> str:
    """The list alone. People who may see the same are given the same; nothing in it is one person's."""
    key = key_of(
        versions([tenant.public_id for tenant in tenants]),
        Tally.objects.aggregate(newest=Max("pk"))["newest"],  # what a person does rings no bell
        int(time.monotonic() // FRESH),
        tuple(tenant.pk for tenant in tenants),
        request.user.pk if filters.assignee == "me" else None,
        request.user.is_operator,
        request.get_full_path(),
        str(timezone.get_current_timezone()),
        get_language(),
    )

    def written() -> str:
        return render_to_string("onboarding/_list.html", found(request, filters, tenants), request)

    return written() if key is None else SHELF.get(key, written)


@require_POST
@signed_in
def add(request: SignedRequest) -> HttpResponse:
    """Put a domain on its way and show its page."""
    form, existing = AddForm(request.user, request.POST), None
    if form.is_valid():
        typed, now = form.cleaned_data, timezone.now()
        try:
            domain = add_domain(
                typed["tenant"], typed["name"], typed["token"], by=request.user, now=now, address=address_of(request)
            )
        except AddingRefused as refused:
            form.add_error(refused.field, refused.sentence)
            existing = refused.existing
        else:
            tell_repairs(request, propose(typed["name"]), typed["token"])
            return redirect("domain", domain.public_id)
    filters, tenants = Filters.of(request.GET.dict()), list(Tenant.objects.for_user(request.user))
    context = found(request, filters, tenants) | choices(request, filters, tenants)
    return render(request, "onboarding/domains.html", context | {"form": form, "existing": existing}, status=422)


def tell_repairs(request: SignedRequest, proposal: Proposal, token: str) -> None:
    """Say what was understood differently from what was typed."""
    words = [*proposal.repairs, read_token(token)[1]]
    if said := " ".join(word for word in words if word):
        messages.info(request, said)


@require_safe
@signed_in
def proposed(request: SignedRequest) -> HttpResponse:
    """What would be added for the name typed so far, while it is typed."""
    text = request.GET.get("name", "")[:1024]
    context: dict[str, object] = {}
    try:
        context["proposal"] = propose(text) if text.strip() else None
    except AddingRefused as refused:
        context["refused"] = refused.sentence
    return render(request, "onboarding/_proposal.html", context)
