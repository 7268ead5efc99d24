"""A new baseline, and the operator's page of what the brake holds."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from onboarding import brake
from onboarding.cutover import rebaseline
from onboarding.models import Brake, HeldChange
from onboarding.views.domain import domain_for
from tenants.access import SignedRequest, address_of, operator_only, signed_in
from tenants.roles import Action

MOST = 500  # held changes shown


@require_POST
@signed_in
def baseline(request: SignedRequest, public_id: str) -> HttpResponse:
    """Mail flow as it is believed now becomes what is guarded."""
    one = domain_for(request, public_id, Action.EDIT)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Say why it is meant: whoever reads the history next year will ask."))
    elif request.POST.get("version") != str(one.version):
        messages.warning(request, _("Somebody changed this domain meanwhile, so nothing was saved."))
    elif rebaseline(one, reason, by=request.user, now=timezone.now(), address=address_of(request)):
        messages.success(request, _("This is the baseline now."))
    else:
        messages.info(request, _("Nothing differs from the baseline."))
    return redirect("domain", one.public_id)


@require_safe
@operator_only
def held(request: SignedRequest) -> HttpResponse:
    """What waits, and why."""
    waiting = HeldChange.objects.filter(released_at__isnull=True).select_related("domain", "domain__tenant")
    context = {
        "brake": Brake.objects.filter(held_since__isnull=False).first(),
        "waiting": waiting[:MOST],
        "count": waiting.count(),
        "share": round(brake.SHARE * 100),
        "least": brake.LEAST,
    }
    return render(request, "operator/brake.html", context)


@require_POST
@operator_only
def let_go(request: SignedRequest) -> HttpResponse:
    """Release what waits, or discard it."""
    act = brake.discard if request.POST.get("choice") == "discard" else brake.release
    count = act(request.user, timezone.now(), address_of(request))
    words = (
        ngettext("{} change was discarded.", "{} changes were discarded.", count)
        if act is brake.discard
        else ngettext("{} change is looked at once more.", "{} changes are looked at once more.", count)
    )
    messages.success(request, words.format(count))
    return redirect("brake")
