"""The wall: one row for each domain of a cut-over, to be read from across a room."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onboarding.views.cutover import context_of, cutover_for
from tenants.access import SignedRequest, signed_in


@require_safe
@signed_in
def wall(request: SignedRequest, public_id: str) -> HttpResponse:
    """The page; for a live update its rows alone."""
    context = context_of(request, cutover_for(request, public_id))
    return render(request, f"onboarding/wall/{'_wall' if request.htmx else 'wall'}.html", context)
