"""What a relay's page shows, as CSV or JSON."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from relaycheck.relay_exports import TABLES, as_csv, as_rows
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, signed_in


@require_safe
@signed_in
def export(request: SignedRequest, public_id: str, name: str, form: str) -> HttpResponse:
    """One table."""
    relay, table = relay_for(request, public_id), TABLES.get(name)
    if table is None or form not in ("csv", "json"):
        raise Http404
    if form == "json":
        return JsonResponse(as_rows(table, relay), json_dumps_params={"indent": 2})
    response = HttpResponse(as_csv(table, relay), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{relay.fqdn}-{table.name}.csv"'
    return response
