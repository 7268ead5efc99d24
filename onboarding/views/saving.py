"""Filters under a name, each person's own."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from onboarding.filters import Filters
from onboarding.models import SavedView
from tenants.access import SignedRequest, signed_in
from tenants.words import stripped

MOST = 50


@require_POST
@signed_in
def save(request: SignedRequest) -> HttpResponse:
    """Keep the filters under a name; the same name again takes the place of the old."""
    name = stripped(request.POST, "name", 60)
    query = Filters.of(dict(parse_qsl(request.POST.get("query", "")[:2000]))).query()[:500]
    if not name:
        messages.error(request, _("Give the view a name."))
    elif SavedView.objects.filter(user=request.user).exclude(name=name).count() >= MOST:
        messages.error(request, _("You have fifty views. Forget one first."))
    else:
        SavedView.objects.update_or_create(user=request.user, name=name, defaults={"query": query})
    return redirect(f"/domains/?{query}")


@require_POST
@signed_in
def remove(request: SignedRequest, public_id: str) -> HttpResponse:
    """Forget one."""
    get_object_or_404(SavedView, user=request.user, public_id=public_id).delete()
    return redirect("domains")
