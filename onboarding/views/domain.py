"""One domain's page and what a person does there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from notices.subscribing import follow, mute, standing, unfollow
from onboarding.adding import AddingRefused, EditedMeanwhile, change_token, leave_note, remove_domain, restore_domain
from onboarding.attempts import recognised, tries
from onboarding.evidence import evidence
from onboarding.forms import NoteForm, PasteForm, TokenForm
from onboarding.letters import letter
from onboarding.milestones import checklist
from onboarding.models import Domain
from onboarding.presenting import shown, steps
from onboarding.publishing import ask_for
from onboarding.purpose import purpose_of, shows_purpose
from onboarding.refusals import REFUSED
from onboarding.schedule import look_now, opened
from onboarding.stage import Stage
from onboarding.stages import REFUSALS, SERVICES, last_move, possible
from onboarding.telling import history
from onboarding.wording import findings
from publicdns.expectations.clouds import verification
from publicdns.expectations.hosts import entry, form_of
from publicdns.picture import Picture
from tenants.access import SignedRequest, address_of, signed_in
from tenants.models import Tenant, User
from tenants.roles import Action

STEPS = {stage: f"onboarding/_step_{stage}.html" for stage in Stage}
FOLLOWING: dict[str, Callable[[User, Tenant, str], None]] = {"follow": follow, "mute": mute, "unfollow": unfollow}


def domain_for(request: SignedRequest, public_id: str, action: Action = Action.VIEW) -> Domain:
    """The domain, or 404 when this person may not do ``action`` there."""
    return get_object_or_404(
        Domain.objects.for_user(request.user, action).select_related("tenant", "schedule"), public_id=public_id
    )


def context_of(request: SignedRequest, domain: Domain) -> dict[str, Any]:
    """What the page shows."""
    seen = evidence(domain)
    entries, more = history(domain, everything=request.GET.get("history") == "all")
    return {
        "domain": domain,
        "step_template": STEPS[domain.at_stage],
        "shown": shown(domain),
        "steps": steps(domain),
        "evidence": seen,
        "findings": findings(seen.picture) if seen else (),
        "entries": entries,
        "older": more,
        "moves": {move.name.replace("-", "_"): move for move in possible(domain)},
        "last_move": last_move(domain),
        "refusals": REFUSALS.items(),
        "services": SERVICES.items(),
        "standing": standing(request.user, domain.tenant, domain.public_id),
        "may_edit": request.user.may(Action.EDIT, domain.tenant),
        "may_look": request.user.may(Action.LOOK, domain.tenant),
        "token_open": bool(domain.token) and domain.at_stage is Stage.VALIDATE,
        "token_form": TokenForm(initial={"token": domain.token, "version": domain.version}),
        "note_form": NoteForm(),
        "letter": letter(domain, seen.picture if seen else None),
        "provider_form": (form := form_of(tuple(s.name for s in seen.picture.delegation.servers) if seen else ())),
        "proof_mx": [entry(one, domain.name, form) for one in verification(domain.name, domain.token)[1:]],
        "users_moves": [move for move in possible(domain) if move.name in ("users-later", "users-added")],
        "asked_again": (),
        "attempts": recognised(domain, seen.picture if seen else None),
        "refused": REFUSED.get(domain.refusal),
        "tries": tries(domain) if domain.refusal else None,
        **(purpose_context(domain, seen.picture if seen else None) if shows_purpose(domain) else {}),
    }


def purpose_context(domain: Domain, picture: Picture | None) -> dict[str, Any]:
    """What the page shows of purpose, and of what is done afterwards."""
    return {
        "purpose": purpose_of(domain, picture),
        "paste_form": PasteForm(),
        "checklist": checklist(domain) if domain.at_stage is Stage.ACTIVE else (),
    }


def answer(request: SignedRequest, domain: Domain, **more: Any) -> HttpResponse:
    """After an act: the live part for htmx, the page with a form that needs mending, or back to the page."""
    domain = get_object_or_404(Domain.objects.select_related("tenant", "schedule"), pk=domain.pk)
    code = 422 if more else 200
    if request.htmx:
        return render(
            request, "onboarding/_domain.html", context_of(request, domain) | more | {"oob": True}, status=code
        )
    if more:
        return render(request, "onboarding/domain.html", context_of(request, domain) | more, status=code)
    return redirect("domain", domain.public_id)


@require_safe
@signed_in
def domain(request: SignedRequest, public_id: str) -> HttpResponse:
    """The page; for a live update its live part alone."""
    one = domain_for(request, public_id)
    if request.htmx:
        return render(request, "onboarding/_domain.html", context_of(request, one))
    opened(one, timezone.now())
    if shows_purpose(one):
        ask_for(one, timezone.now(), at_least=timedelta(seconds=settings.RHYTHM_EAGER))
    return render(request, "onboarding/domain.html", context_of(request, one))


@require_POST
@signed_in
def look(request: SignedRequest, public_id: str) -> HttpResponse:
    """Have it looked at by the next sweep, seconds from now."""
    one = domain_for(request, public_id, Action.LOOK)
    if not look_now(one, timezone.now()):
        messages.info(request, _("A look was asked for a moment ago; it is on its way."))
    elif shows_purpose(one):
        ask_for(one, timezone.now())
    return answer(request, one)


@require_POST
@signed_in
def token(request: SignedRequest, public_id: str) -> HttpResponse:
    """Another token."""
    one, form = domain_for(request, public_id, Action.EDIT), TokenForm(request.POST)
    if not form.is_valid():
        return answer(request, one, token_form=form)
    typed = form.cleaned_data
    try:
        repaired = change_token(
            one,
            typed["token"],
            by=request.user,
            now=timezone.now(),
            version=typed["version"],
            address=address_of(request),
        )
    except AddingRefused as refused:
        form.add_error("token", refused.sentence)
        return answer(request, one, token_form=form)
    except EditedMeanwhile:
        return edited_meanwhile(request, one)
    messages.success(request, " ".join([_("Saved. It is looked for from now on."), repaired]))
    return answer(request, one)


def edited_meanwhile(request: SignedRequest, one: Domain) -> HttpResponse:
    """Somebody was quicker: show how it stands now."""
    messages.warning(
        request, _("Somebody changed this domain meanwhile, so nothing was saved. This is how it stands now.")
    )
    return answer(request, one)


@require_POST
@signed_in
def note(request: SignedRequest, public_id: str) -> HttpResponse:
    """Leave a remark."""
    one, form = domain_for(request, public_id, Action.LOOK), NoteForm(request.POST)
    if not form.is_valid():
        return answer(request, one, note_form=form)
    leave_note(one, form.cleaned_data["text"], by=request.user, now=timezone.now())
    return answer(request, one)


@require_POST
@signed_in
def following(request: SignedRequest, public_id: str) -> HttpResponse:
    """Be mailed about it, or not."""
    one = domain_for(request, public_id, Action.FOLLOW)
    if change := FOLLOWING.get(request.POST.get("choice", "")):
        change(request.user, one.tenant, one.public_id)
    return answer(request, one)


@require_POST
@signed_in
def remove(request: SignedRequest, public_id: str) -> HttpResponse:
    """Stop watching; the page stays, with a way back."""
    one = domain_for(request, public_id, Action.EDIT)
    remove_domain(one, by=request.user, now=timezone.now(), address=address_of(request))
    return answer(request, one)


@require_POST
@signed_in
def restore(request: SignedRequest, public_id: str) -> HttpResponse:
    """Undo a removal."""
    one = domain_for(request, public_id, Action.EDIT)
    try:
        restore_domain(one, by=request.user, now=timezone.now(), address=address_of(request))
    except AddingRefused as refused:
        messages.error(request, refused.sentence)
    return answer(request, one)


def home(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """The first page is the list."""
    return redirect("domains")
