"""The ledger, what one follows, and what the operator does about mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from notices.delivery import send_test
from notices.models import Notice, NoticeState, Sending, Subscription, Transition
from notices.presenting import LOOKS, STUCK, look_of, text_of
from notices.sending import discard_waiting, resume, send_again
from notices.smtp import Handed
from notices.subscribing import follow, unfollow
from publicdns.names import unicode_name
from tenants.access import SignedRequest, address_of, operator_only, signed_in
from tenants.models import Tenant

PAGE = 50


@require_safe
@signed_in
def ledger(request: SignedRequest) -> HttpResponse:
    """What was mailed to oneself; for an operator, to everybody."""
    notices = Notice.objects.for_user(request.user)
    counts = dict(notices.order_by().values_list("state").annotate(Count("pk")))
    chosen = request.GET.get("state", "")
    if chosen in counts:
        notices = notices.filter(state=chosen)
    shown = Paginator(notices.select_related("transition").defer("mime"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": [(notice, look_of(notice)) for notice in shown],
        "chosen": chosen,
        "total": sum(counts.values()),
        "filters": [(state.value, look.label, counts[state]) for state, look in LOOKS.items() if state in counts],
        "query": f"state={chosen}" if chosen in counts else "",
    }
    return render(request, "notices/_ledger.html" if request.htmx else "notices/ledger.html", context)


@require_safe
@signed_in
def notice(request: SignedRequest, public_id: str) -> HttpResponse:
    """One mail: its text, and how far it came."""
    one = get_object_or_404(
        Notice.objects.for_user(request.user).select_related("tenant", "folded_into"), public_id=public_id
    )
    again = request.user.is_operator and one.state in STUCK
    return render(
        request, "notices/notice.html", {"notice": one, "look": look_of(one), "text": text_of(one), "again": again}
    )


@require_POST
@operator_only
def again(request: SignedRequest, public_id: str) -> HttpResponse:
    """Put a stuck mail back in the queue."""
    one = get_object_or_404(Notice.objects.for_user(request.user), public_id=public_id)
    if send_again(one, by=request.user, now=timezone.now(), address=address_of(request)):
        messages.success(request, _("It waits to be sent again: the same mail, byte for byte."))
    else:
        messages.info(request, _("It is on its way already."))
    return redirect("notice", public_id)


@require_safe
@signed_in
def following(request: SignedRequest) -> HttpResponse:
    """Which tenants and domains one is mailed about."""
    own = Subscription.objects.filter(user=request.user).select_related("tenant")
    whole = set(own.filter(subject_id="").values_list("tenant_id", flat=True))
    tenants = Tenant.objects.for_user(request.user)
    named = Transition.objects.filter(subject_id=OuterRef("subject_id")).values("subject_name")[:1]
    single = own.exclude(subject_id="").filter(tenant__in=tenants).annotate(subject_name=Subquery(named))
    context = {
        "tenants": [(tenant, tenant.pk in whole) for tenant in tenants],
        "single": [
            (one, unicode_name(one.subject_name or "")) for one in single.order_by("tenant__name", "subject_name")
        ],
    }
    return render(request, "notices/following.html", context)


@require_POST
@signed_in
def follow_tenant(request: SignedRequest, public_id: str) -> HttpResponse:
    """Follow a whole tenant, or stop."""
    tenant = get_object_or_404(Tenant.objects.for_user(request.user), public_id=public_id)
    if "stop" in request.POST:
        unfollow(request.user, tenant)
    else:
        follow(request.user, tenant)
    return redirect("following")


@require_safe
@operator_only
def operator_mail(request: SignedRequest) -> HttpResponse:
    """Whether mail goes out, and what to do when it does not."""
    return operator_page(request)


def operator_page(request: SignedRequest, **more: object) -> HttpResponse:
    """The operator's page about mail."""
    context = {
        "sending": Sending.current(),
        "mail_set": bool(settings.EMAIL_URL),
        "mail_from": settings.MAIL_FROM,
        "waiting": Notice.objects.filter(state=NoticeState.WAITING).count(),
        **more,
    }
    return render(request, "operator/mail.html", context)


@require_POST
@operator_only
def try_mail(request: SignedRequest) -> HttpResponse:
    """A mail to oneself, now, and what the server answered."""
    attempt = send_test(request.user, timezone.now())
    return operator_page(request, attempt=attempt, accepted=attempt.handed is Handed.ACCEPTED)


@require_POST
@operator_only
def resume_sending(request: SignedRequest) -> HttpResponse:
    """After a restore: let mail out again, with or without what has waited."""
    dropped = resume(
        by=request.user, now=timezone.now(), discard="discard" in request.POST, address=address_of(request)
    )
    messages.success(request, _("Mail goes out again. {} waiting notices were discarded.").format(dropped))
    return redirect("operator-mail")


@require_POST
@operator_only
def discard(request: SignedRequest) -> HttpResponse:
    """Drop what waits."""
    dropped = discard_waiting(by=request.user, now=timezone.now(), address=address_of(request))
    text = ngettext(
        "{} notice was discarded; it stays in the ledger.",
        "{} notices were discarded; they stay in the ledger.",
        dropped,
    )
    messages.success(request, text.format(dropped))
    return redirect("operator-mail")
