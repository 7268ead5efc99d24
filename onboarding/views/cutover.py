"""Cut-over plans: the list, a new one, its page, its run sheet and its calendar entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onboarding import cutover as planning
from onboarding.adding import EditedMeanwhile
from onboarding.cutover import PlanRefused
from onboarding.cutover_form import PlanForm, WindowForm, chosen
from onboarding.ics import Event, calendar
from onboarding.models import CutOver
from onboarding.runsheet import local, lower_by, rows_of, tally
from tenants.access import SignedRequest, address_of, signed_in
from tenants.roles import Action

MOST = 200  # plans listed


def cutover_for(request: SignedRequest, public_id: str, action: Action = Action.VIEW) -> CutOver:
    """The plan, or 404 when this person may not do ``action`` there."""
    return get_object_or_404(
        CutOver.objects.for_user(request.user, action).select_related("tenant"), public_id=public_id
    )


def context_of(request: SignedRequest, cutover: CutOver) -> dict[str, Any]:
    """What the page, the wall and the run sheet show."""
    now = timezone.now()
    rows = rows_of(cutover, now)
    return {
        "cutover": cutover,
        "rows": rows,
        "tally": tally(rows),
        "starts": local(cutover.starts_at, cutover.zone),
        "ends": local(cutover.ends_at, cutover.zone),
        "lower_by": (latest := lower_by(rows)),
        "late": latest is not None and latest < now,
        "in_window": cutover.starts_at <= now <= cutover.ends_at,
        "overdue": cutover.is_overdue(now),
        "may_edit": request.user.may(Action.EDIT, cutover.tenant) and cutover.closed_at is None,
        "until": max((row.until for row in rows if row.until and row.look.code != "done"), default=None),
    }


@require_safe
@signed_in
def cutovers(request: SignedRequest) -> HttpResponse:
    """Every plan this person may see, open ones first, and the form for a new one."""
    return _listed(request, PlanForm(request.user, initial={"tenant": request.GET.get("tenant", "")}))


def _listed(request: SignedRequest, form: PlanForm, status: int = 200) -> HttpResponse:
    plans = CutOver.objects.for_user(request.user).select_related("tenant").prefetch_related("entries")
    context = {
        "plans": plans.filter(closed_at__isnull=True)[:MOST],
        "now": timezone.now(),
        "closed": plans.filter(closed_at__isnull=False).order_by("-closed_at")[:MOST],
        "form": form,
    }
    return render(request, "onboarding/cutover/list.html", context, status=status)


@require_POST
@signed_in
def add(request: SignedRequest) -> HttpResponse:
    """Plan one."""
    form = PlanForm(request.user, request.POST)
    if not form.is_valid():
        return _listed(request, form, 422)
    typed = form.cleaned_data
    try:
        made = planning.plan(
            typed["tenant"], typed["name"], chosen(typed["tenant"], typed["domains"]), form.window(),
            by=request.user, now=timezone.now(), address=address_of(request),
        )  # fmt: skip
    except PlanRefused as refused:
        form.add_error(refused.field, str(refused))
        return _listed(request, form, 422)
    return redirect(made)


@require_safe
@signed_in
def cutover(request: SignedRequest, public_id: str) -> HttpResponse:
    """One plan; for a live update its live part alone."""
    one = cutover_for(request, public_id)
    if request.htmx:
        return render(request, "onboarding/cutover/_plan.html", context_of(request, one))
    more = {"form": WindowForm.of(one)}
    return render(request, "onboarding/cutover/plan.html", context_of(request, one) | more)


@require_POST
@signed_in
def window(request: SignedRequest, public_id: str) -> HttpResponse:
    """Another time."""
    one, form = cutover_for(request, public_id, Action.EDIT), WindowForm(request.POST)
    if form.is_valid():
        try:
            planning.move_window(
                one,
                form.window(),
                by=request.user,
                now=timezone.now(),
                version=form.cleaned_data["version"],
                address=address_of(request),
            )
            messages.success(request, _("The window was moved."))
            return redirect(one)
        except PlanRefused as refused:
            form.add_error(refused.field, str(refused))
        except EditedMeanwhile:
            return _edited_meanwhile(request, one)
    return render(request, "onboarding/cutover/plan.html", context_of(request, one) | {"form": form}, status=422)


@require_POST
@signed_in
def mailboxes(request: SignedRequest, public_id: str) -> HttpResponse:
    """Mailboxes of one or all of its domains exist, or not after all."""
    one = cutover_for(request, public_id, Action.EDIT)
    planning.confirm_mailboxes(
        one, request.POST.getlist("domain"), by=request.user, now=timezone.now(), done=request.POST.get("done") == "1"
    )
    return redirect(one)


@require_POST
@signed_in
def close(request: SignedRequest, public_id: str) -> HttpResponse:
    """The plan is over, or called off."""
    one = cutover_for(request, public_id, Action.EDIT)
    try:
        version = int(request.POST.get("version", ""))
    except ValueError:
        raise Http404 from None
    try:
        planning.close(one, by=request.user, now=timezone.now(), version=version, address=address_of(request))
    except EditedMeanwhile:
        return _edited_meanwhile(request, one)
    messages.success(request, _("Closed. Where mail has moved, its mail flow is the new baseline."))
    return redirect(one)


@require_safe
@signed_in
def sheet(request: SignedRequest, public_id: str) -> HttpResponse:
    """The run sheet, to print."""
    return render(request, "onboarding/cutover/sheet.html", context_of(request, cutover_for(request, public_id)))


@require_safe
@signed_in
def ics(request: SignedRequest, public_id: str) -> HttpResponse:
    """The window, and the last moment to lower TTLs, for a calendar."""
    one = cutover_for(request, public_id)
    now, link = timezone.now(), settings.PUBLIC_URL.link(one.get_absolute_url())
    rows = rows_of(one, now)
    names = "\n".join(row.domain.name for row in rows)
    host = settings.PUBLIC_URL.host
    events = [Event(f"{one.public_id}@{host}", one.starts_at, one.ends_at, one.name, names, link, one.version)]
    if (latest := lower_by(rows)) is not None:
        events.append(
            Event(
                f"{one.public_id}-ttl@{host}",
                latest - timedelta(minutes=30),
                latest,
                _("Lower the TTLs: {}").format(one.name),
                names,
                link,
                one.version,
            )
        )
    answer = HttpResponse(calendar(events, now), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="cutover-{one.public_id}.ics"'
    return answer


def _edited_meanwhile(request: SignedRequest, one: CutOver) -> HttpResponse:
    messages.warning(
        request, _("Somebody changed this plan meanwhile, so nothing was saved. This is how it stands now.")
    )
    return redirect(one)
