"""The expected records of a domain: pasting, muting, taking them along; and what is done after the activation."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from onboarding import milestones
from onboarding.expecting import NoSuchRecordError, mute, paste, wanted_records
from onboarding.forms import MilestoneForm, MuteForm, PasteForm
from onboarding.lacking import recount
from onboarding.milestones import NoSuchItemError
from onboarding.views.domain import answer, domain_for
from publicdns.expectations.reading import Parsed, PasteError
from publicdns.expectations.renderings import as_csv
from tenants.access import SignedRequest, address_of, signed_in
from tenants.roles import Action


@require_POST
@signed_in
def pasted(request: SignedRequest, public_id: str) -> HttpResponse:
    """Keep the records that Microsoft printed."""
    one, form = domain_for(request, public_id, Action.EDIT), PasteForm(request.POST)
    if not form.is_valid():
        return answer(request, one, paste_form=form)
    try:
        parsed = paste(one, form.cleaned_data["text"], by=request.user, now=timezone.now(), address=address_of(request))
    except PasteError as refused:
        form.add_error("text", refused.sentence)
        return answer(request, one, paste_form=form)
    _tell(request, parsed)
    return answer(request, one)


def _tell(request: SignedRequest, parsed: Parsed) -> None:
    count = len(parsed.records)
    said = ngettext("One record was read and kept.", "{} records were read and kept.", count).format(count)
    messages.success(request, said)
    if parsed.skipped:
        first = parsed.skipped[0]
        text = _("{count} lines were left out, such as {text}: {why}.")
        messages.warning(request, text.format(count=len(parsed.skipped), text=first.text, why=first.why))


@require_POST
@signed_in
def muted(request: SignedRequest, public_id: str) -> HttpResponse:
    """Leave a record out of the judging, with a reason, or take it in again."""
    one, form = domain_for(request, public_id, Action.EDIT), MuteForm(request.POST)
    if not form.is_valid():
        raise Http404
    typed = form.cleaned_data
    reason = "" if typed["again"] else typed["reason"].strip()
    if not reason and not typed["again"]:
        messages.error(request, _("Say why the record is not to be judged, for whoever looks next."))
        return answer(request, one)
    try:
        mute(one, typed["key"], reason, by=request.user, now=timezone.now(), address=address_of(request))
    except NoSuchRecordError:
        raise Http404 from None
    recount(one)
    return answer(request, one)


@require_safe
@signed_in
def records(request: SignedRequest, public_id: str) -> HttpResponse:
    """The expected records as a CSV file."""
    one = domain_for(request, public_id)
    response = HttpResponse(as_csv(wanted_records(one)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{one.name}-records.csv"'
    return response


@require_POST
@signed_in
def milestone(request: SignedRequest, public_id: str) -> HttpResponse:
    """Record that something is done after the activation, or that it is not."""
    one, form = domain_for(request, public_id, Action.EDIT), MilestoneForm(request.POST)
    if not form.is_valid():
        raise Http404
    typed, now = form.cleaned_data, timezone.now()
    try:
        if typed["undone"]:
            milestones.take_back(one, typed["item"], by=request.user, now=now, address=address_of(request))
        else:
            note = typed["note"]
            milestones.reach(one, typed["item"], note, by=request.user, now=now, address=address_of(request))
    except NoSuchItemError:
        raise Http404 from None
    return answer(request, one)
