"""Lists and histories to take along."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from onboarding.board import board
from onboarding.exporting import HEADINGS, domain_lines
from onboarding.filters import Filters
from onboarding.telling import history
from onboarding.views.domain import domain_for
from tenants.access import SignedRequest, signed_in
from tenants.models import Tenant
from tenants.sheets import TYPES, stream


@require_safe
@signed_in
def export(request: SignedRequest, form: str) -> HttpResponseBase:
    """All domains that fit the filters."""
    if form not in TYPES:
        raise Http404
    tenants = list(Tenant.objects.for_user(request.user))
    found = board(request.user, Filters.of(request.GET.dict()), tenants, timezone.now())
    return attachment(form, f"domains.{form}", stream(form, HEADINGS, domain_lines(found.domains)))


@require_safe
@signed_in
def export_history(request: SignedRequest, public_id: str, form: str) -> HttpResponseBase:
    """Everything that ever happened to one domain."""
    if form not in TYPES:
        raise Http404
    domain = domain_for(request, public_id)
    entries, _more = history(domain, everything=True)
    lines = ((entry.at, entry.who, entry.words, "yes" if entry.undone else "") for entry in entries)
    headings = ("When (UTC)", "Who", "What", "Taken back")
    return attachment(form, f"{domain.name}.{form}", stream(form, headings, lines))


def attachment(form: str, name: str, content: object) -> StreamingHttpResponse:
    """A file to save. Names of domains are letters, digits, hyphens and dots, so they need no quoting."""
    response = StreamingHttpResponse(content, content_type=TYPES[form])  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
