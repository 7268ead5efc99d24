"""People: added, given roles and let in by the operator."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenants.access import SignedRequest, address_of, operator_only
from tenants.forms import PersonForm, RoleForm
from tenants.invitations import invite
from tenants.models import Membership, Tenant, User
from tenants.people import LastOperator, add_person, remove_from_tenant, set_operator, set_role
from tenants.roles import Role


def listed(**more: object) -> dict[str, object]:
    """What the list shows."""
    memberships = Prefetch("memberships", Membership.objects.select_related("tenant").order_by("tenant__name"))
    return {"people": User.objects.prefetch_related(memberships), "form": PersonForm(), **more}


def person_page(request: SignedRequest, person: User, code: int = 200, **more: object) -> HttpResponse:
    """One person's page. A link in ``more`` is shown this once: only its digest is kept."""
    memberships = person.memberships.select_related("tenant").order_by("tenant__name")
    context = {"person": person, "memberships": memberships, "form": RoleForm(), **more}
    return render(request, "people/person.html", context, status=code)


def new_link(request: SignedRequest, person: User) -> str:
    """A one-time link, mailed where mail is set up."""
    now = timezone.now()
    path = invite(person, by=request.user, now=now, days=settings.INVITATION_DAYS, address=address_of(request))
    link = settings.PUBLIC_URL.link(path)
    if settings.EMAIL_URL:
        text = render_to_string("people/invitation.txt", {"person": person, "by": request.user, "link": link})
        EmailMessage(_("Your account in Onward"), text, to=[person.email]).send()
    return link


@require_safe
@operator_only
def people(request: SignedRequest) -> HttpResponse:
    """Everybody."""
    return render(request, "people/list.html", listed())


@require_POST
@operator_only
def add(request: SignedRequest) -> HttpResponse:
    """Somebody new, or a further role for somebody who is there."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return render(request, "people/list.html", listed(form=form), status=422)
    typed, now, address = form.cleaned_data, timezone.now(), address_of(request)
    known = User.objects.filter(email__iexact=typed["email"]).exists()
    user = add_person(typed["email"], typed["name"], by=request.user, now=now, address=address)
    if typed["tenant"]:
        set_role(user, typed["tenant"], Role(typed["role"]), by=request.user, now=now, address=address)
    if known:
        messages.info(request, _("{} was there already.").format(user.email))
        return redirect("person", user.public_id)
    return person_page(request, user, link=new_link(request, user), mailed=bool(settings.EMAIL_URL))


@require_safe
@operator_only
def person(request: SignedRequest, public_id: str) -> HttpResponse:
    """One person."""
    return person_page(request, get_object_or_404(User, public_id=public_id))


@require_POST
@operator_only
def link(request: SignedRequest, public_id: str) -> HttpResponse:
    """Another one-time link; earlier ones stop working."""
    user = get_object_or_404(User, public_id=public_id, is_active=True)
    return person_page(request, user, link=new_link(request, user), mailed=bool(settings.EMAIL_URL))


@require_POST
@operator_only
def give_role(request: SignedRequest, public_id: str) -> HttpResponse:
    """What somebody is in one tenant."""
    user = get_object_or_404(User, public_id=public_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return person_page(request, user, 422, form=form)
    tenant, role = form.cleaned_data["tenant"], Role(form.cleaned_data["role"])
    set_role(user, tenant, role, by=request.user, now=timezone.now(), address=address_of(request))
    messages.success(request, _("Saved."))
    return redirect("person", public_id)


@require_POST
@operator_only
def take_role(request: SignedRequest, public_id: str, tenant_id: str) -> HttpResponse:
    """Out of one tenant."""
    user, tenant = get_object_or_404(User, public_id=public_id), get_object_or_404(Tenant, public_id=tenant_id)
    remove_from_tenant(user, tenant, by=request.user, now=timezone.now(), address=address_of(request))
    messages.success(request, _("{} no longer sees {}.").format(user, tenant))
    return redirect("person", public_id)


@require_POST
@operator_only
def change(request: SignedRequest, public_id: str) -> HttpResponse:
    """Operator or not, let in or not."""
    user, now = get_object_or_404(User, public_id=public_id), timezone.now()
    operator, active = "operator" in request.POST, "active" in request.POST
    try:
        set_operator(
            user, is_operator=operator, is_active=active, by=request.user, now=now, address=address_of(request)
        )
    except LastOperator:
        messages.error(request, _("{} is the last operator: make somebody else one first.").format(user))
    else:
        messages.success(request, _("Saved."))
    return redirect("person", public_id)
