"""One domain, now: found from any page by three letters, and what to write to the customer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from onboarding.evidence import evidence
from onboarding.letters import letter as written
from onboarding.models import Domain
from onboarding.presenting import shown
from onboarding.searching import LONGEST, matching
from onboarding.views.domain import domain_for
from tenants.access import SignedRequest, signed_in
from tenants.models import Tenant, User
from tenants.words import stripped

SHORTEST, MOST = 2, 8


@require_safe
@signed_in
def find(request: SignedRequest) -> HttpResponse:
    """The first domains that what is typed finds; without scripts the board shows them."""
    text = stripped(request.GET, "q", LONGEST)
    if not request.htmx:
        return redirect(f"{reverse('domains')}?{urlencode({'q': text})}")
    if len(text) < SHORTEST:
        return HttpResponse("")
    tenants = list(Tenant.objects.for_user(request.user))
    rows = [(domain, shown(domain)) for domain in _first(request.user, text, tenants)]
    context = {"rows": rows[:MOST], "more": len(rows) > MOST, "text": text, "several": len(tenants) > 1}
    return render(request, "onboarding/_found.html", context)


def _first(user: User, text: str, tenants: list[Tenant]) -> list[Domain]:
    """One more than are shown: first those whose own name or token it is, then those of a tenant called so."""
    seen = Domain.objects.for_user(user).present().select_related("tenant").order_by("name", "pk")
    found = list(matching(seen, text, tenants, named=False)[: MOST + 1])
    others = matching(seen.exclude(pk__in=[domain.pk for domain in found]), text, tenants)
    return found + list(others[: MOST + 1 - len(found)])


@require_safe
@signed_in
def letter(request: SignedRequest, public_id: str) -> HttpResponse:
    """The text to send to the customer, as plain text."""
    domain = domain_for(request, public_id)
    seen = evidence(domain)
    return HttpResponse(written(domain, seen.picture if seen else None), content_type="text/plain; charset=utf-8")
