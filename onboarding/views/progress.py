"""How many domains were in which stage, day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, timedelta

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from onboarding.charts import Day, stacked
from onboarding.counting import cells_of
from onboarding.models import Snapshot
from onboarding.stage import LABELS, ORDER
from tenants.access import SignedRequest, signed_in
from tenants.models import Tenant

FROM_BELOW = tuple(reversed(ORDER))  # what is done lies at the bottom, so what is left burns down from above
LONGEST = 366  # days


@require_safe
@signed_in
def progress(request: SignedRequest) -> HttpResponse:
    """The burndown of all tenants one may see, or of one."""
    every = list(Tenant.objects.for_user(request.user))
    asked = request.GET.get("tenant", "")
    tenants = [tenant for tenant in every if not asked or tenant.public_id == asked]
    days = days_of([tenant.pk for tenant in tenants], timezone.now().astimezone(UTC).date())
    labels = [(stage.value, LABELS[stage]) for stage in FROM_BELOW]
    context = {
        "chart": stacked(days, labels),
        "days": [(day.day, day.counts[::-1], day.total) for day in reversed(days)],
        "stages": [LABELS[stage] for stage in ORDER],
        "tenants": every,
        "asked": asked,
    }
    return render(request, "onboarding/progress.html", context)


def days_of(tenants: list[int], today: date) -> list[Day]:
    """The days that were counted, and today as it stands."""
    since = today - timedelta(days=LONGEST)
    counted = Snapshot.objects.filter(tenant__in=tenants, day__gte=since, day__lt=today)
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for row in counted.values("day", "stage").annotate(n=Sum("n")).order_by("day"):
        found[row["day"]][row["stage"]] = row["n"]
    for cell in cells_of(tenants):
        found[today][cell.stage] = found[today].get(cell.stage, 0) + cell.n
    return [Day(day, tuple(by.get(stage.value, 0) for stage in FROM_BELOW)) for day, by in sorted(found.items())]
