"""The guard's card, wherever a domain is shown."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from onboarding.guarding import guard_shown
from onboarding.models import CutOverDomain, Domain
from tenants.roles import Action

register = template.Library()


@register.inclusion_tag("onboarding/guard/_card.html", takes_context=True)
def guard_card(context: template.Context, domain: Domain) -> dict[str, Any]:
    """Whether mail is where it was, and what undoes what is not."""
    user = context["request"].user
    entry = CutOverDomain.objects.filter(domain=domain, open=True).select_related("cutover").first()
    return {
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
        "domain": domain,
        "guard": guard_shown(domain),
        "cutover": entry.cutover if entry else None,
        "overdue": entry is not None and entry.cutover.is_overdue(timezone.now()),
        "may_edit": user.may(Action.EDIT, domain.tenant) and not domain.removed_at,
    }
