"""The page behind a one-time link: the first operator's account, and everybody's password."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenants.access import address_of
from tenants.forms import FirstOperatorForm, PasswordForm
from tenants.invitations import LinkSpent, find_open, redeem

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the form while the link is good; spend the link and sign the person in."""
    now = timezone.now()
    try:
        person = find_open(secret, now).user
        form = (
            PasswordForm(request.POST or None, user=person, initial={"name": person.name})
            if person
            else FirstOperatorForm(request.POST or None)
        )
        if request.method == "POST" and form.is_valid():
            return enter(request, secret, form, now)
    except LinkSpent:
        return render(request, "entering/spent.html", status=404)
    return render(
        request, "entering/welcome.html", {"form": form, "person": person}, status=422 if form.errors else 200
    )


def enter(request: HttpRequest, secret: str, form: PasswordForm, now: datetime) -> HttpResponse:
    """Spend the link. Raises LinkSpent when somebody was quicker."""
    typed = form.cleaned_data
    user = redeem(
        secret, typed["password"], now, email=typed.get("email", ""), name=typed["name"], address=address_of(request)
    )
    login(request, user, backend=BACKEND)
    messages.success(request, _("Welcome, {}. You are signed in.").format(user))
    return redirect("domains")


def no_such_page(_request: HttpRequest) -> HttpResponse:
    """Covers a page of a library that this product does not have."""
    raise Http404
