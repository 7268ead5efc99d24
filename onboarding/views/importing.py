"""The import: a file or a list, its preview, and the refused rows to mend."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onboarding.forms import ImportForm
from onboarding.importing import confirming
from onboarding.importing.judging import REFUSED
from onboarding.models import Batch, BatchState
from onboarding.views.many import batch_for
from onboarding.working import IMPORT
from tenants.access import SignedRequest, address_of, signed_in
from tenants.sheets import TYPES, stream

SMALL = 60_000  # bytes: up to here the request judges itself, beyond the worker


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def upload(request: SignedRequest) -> HttpResponse:
    """The form; once it is sent, a preview. Nothing is written yet."""
    form = ImportForm(request.user, request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        code = 422 if request.method == "POST" else 200
        return render(request, "onboarding/import.html", {"form": form}, status=code)
    now = timezone.now()
    batch = Batch.objects.create(
        user=request.user,
        kind=IMPORT,
        state=BatchState.READING.value,
        created_at=now,
        address=address_of(request),
        tenant=form.cleaned_data["tenant"],
        source=form.source,
        upload=form.content,
        options={"zone": str(timezone.get_current_timezone())},
    )
    if len(form.content) <= SMALL:
        confirming.judge(batch, now)
    return redirect("batch", batch.public_id)


@require_safe
@signed_in
def refused(request: SignedRequest, public_id: str) -> HttpResponseBase:
    """The refused rows as they were sent, each with its reason, to be mended and sent again."""
    batch = batch_for(request, public_id)
    heading = batch.options.get("heading") or [_("Domain")]
    pages = batch.pages.filter(outcome=REFUSED).order_by("number").values_list("rows", flat=True)
    wide = len(heading)
    lines = ([*row["cells"][:wide], *[""] * (wide - len(row["cells"])), row["words"]] for rows in pages for row in rows)
    response = StreamingHttpResponse(stream("csv", [*heading, "Why it was refused"], lines), content_type=TYPES["csv"])
    response["Content-Disposition"] = 'attachment; filename="refused.csv"'
    return response
