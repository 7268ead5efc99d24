"""The three steps: what a person records, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from onboarding.adding import EditedMeanwhile
from onboarding.forms import MoveForm
from onboarding.stages import MOVES, AsksTwice, MoveRefused, move, undo
from onboarding.views.domain import answer, domain_for, edited_meanwhile
from tenants.access import SignedRequest, address_of, signed_in
from tenants.roles import Action


@require_POST
@signed_in
def record(request: SignedRequest, public_id: str, name: str) -> HttpResponse:
    """Record one move."""
    one, form = domain_for(request, public_id, Action.EDIT), MoveForm(request.POST)
    if name not in MOVES or not form.is_valid():
        raise Http404
    version = form.cleaned_data["version"]
    try:
        move(
            one, name, by=request.user, now=timezone.now(), version=version, address=address_of(request), **form.facts()
        )
    except AsksTwice:
        return answer(request, one, asked_again=form.cleaned_data["services"])
    except MoveRefused as refused:
        messages.error(request, str(refused))
    except EditedMeanwhile:
        return edited_meanwhile(request, one)
    return answer(request, one)


@require_POST
@signed_in
def take_back(request: SignedRequest, public_id: str) -> HttpResponse:
    """Undo the newest move."""
    one, form = domain_for(request, public_id, Action.EDIT), MoveForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        done = undo(
            one, by=request.user, now=timezone.now(), version=form.cleaned_data["version"], address=address_of(request)
        )
    except MoveRefused as refused:
        messages.error(request, str(refused))
    except EditedMeanwhile:
        return edited_meanwhile(request, one)
    else:
        messages.success(request, _("Taken back: {}.").format(MOVES[done.facts["undid"]].label))
    return answer(request, one)
