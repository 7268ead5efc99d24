"""The list of domains: found by name, filtered by tenant and stage, added in one line."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onboarding.adding import AddingRefused, Proposal, add_domain, propose, read_token
from onboarding.forms import AddForm
from onboarding.models import Domain
from onboarding.models.domain import DomainQuerySet
from onboarding.presenting import shown
from onboarding.stage import LABELS, Stage
from tenants.access import SignedRequest, address_of, signed_in
from tenants.models import Tenant

PAGE = 100
LONGEST_QUERY = 253


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address bar asks for; what it does not know it leaves out."""

    text: str
    stage: str
    tenant: str

    @classmethod
    def of(cls, request: SignedRequest) -> Filters:
        """Read them."""
        stage = request.GET.get("stage", "")
        return cls(
            request.GET.get("q", "").strip()[:LONGEST_QUERY].replace("\0", ""),
            stage if stage in set(Stage) else "",
            request.GET.get("tenant", "")[:12],
        )

    def query(self, **changed: str) -> str:
        """The address bar's part for these filters, or for changed ones."""
        pairs = {"q": self.text, "stage": self.stage, "tenant": self.tenant} | changed
        return urlencode({key: value for key, value in pairs.items() if value})

    def narrow(self, domains: DomainQuerySet) -> DomainQuerySet:
        """All filters but the stage, whose counts are shown beside each other."""
        if self.tenant:
            domains = domains.filter(tenant__public_id=self.tenant)
        return domains.filter(matching(self.text)) if self.text else domains


def matching(text: str) -> Q:
    """By a part of the name or token; a name in its own script by what DNS calls it."""
    found = Q(name__icontains=text) | Q(token__icontains=text)
    try:
        return found | Q(name=propose(text).name)
    except AddingRefused:
        return found


def listed(request: SignedRequest, filters: Filters) -> dict[str, object]:
    """What the list shows."""
    narrowed = filters.narrow(Domain.objects.for_user(request.user).present())
    counts = dict(narrowed.values_list("stage").annotate(Count("pk")))
    chosen = narrowed.filter(stage=filters.stage) if filters.stage else narrowed
    page = Paginator(chosen.select_related("tenant").order_by("name", "tenant__name"), PAGE).get_page(
        request.GET.get("page")
    )
    tabs = [
        (LABELS[stage], filters.query(stage=stage.value), counts.get(stage, 0), stage == filters.stage)
        for stage in Stage
    ]
    tenants = list(Tenant.objects.for_user(request.user))
    return {
        "filters": filters,
        "query": filters.query(),
        "tabs": [(_("All"), filters.query(stage=""), sum(counts.values()), not filters.stage), *tabs],
        "page": page,
        "rows": [(domain, shown(domain)) for domain in page],
        "tenants": tenants,
        "several": len(tenants) > 1,
        "topic": f"tenant-{filters.tenant}" if filters.tenant else "tenants",
        "everything": not (filters.text or filters.stage or filters.tenant),
    }


@require_safe
@signed_in
def domains(request: SignedRequest) -> HttpResponse:
    """The page, or only its list for a live update or while somebody types."""
    filters = Filters.of(request)
    if request.htmx:
        return render(request, "onboarding/_list.html", listed(request, filters))
    form = AddForm(request.user, initial={"tenant": filters.tenant})
    return render(request, "onboarding/domains.html", listed(request, filters) | {"form": form})


@require_POST
@signed_in
def add(request: SignedRequest) -> HttpResponse:
    """Put a domain on its way and show its page."""
    form, existing = AddForm(request.user, request.POST), None
    if form.is_valid():
        typed, now = form.cleaned_data, timezone.now()
        try:
            domain = add_domain(
                typed["tenant"], typed["name"], typed["token"], by=request.user, now=now, address=address_of(request)
            )
        except AddingRefused as refused:
            form.add_error(refused.field, refused.sentence)
            existing = refused.existing
        else:
            tell_repairs(request, propose(typed["name"]), typed["token"])
            return redirect("domain", domain.public_id)
    return render(
        request,
        "onboarding/domains.html",
        listed(request, Filters.of(request)) | {"form": form, "existing": existing},
        status=422,
    )


def tell_repairs(request: SignedRequest, proposal: Proposal, token: str) -> None:
    """Say what was understood differently from what was typed."""
    words = [*proposal.repairs, read_token(token)[1]]
    if said := " ".join(word for word in words if word):
        messages.info(request, said)


@require_safe
@signed_in
def proposed(request: SignedRequest) -> HttpResponse:
    """What would be added for the name typed so far, while it is typed."""
    text = request.GET.get("name", "")[:1024]
    context: dict[str, object] = {}
    try:
        context["proposal"] = propose(text) if text.strip() else None
    except AddingRefused as refused:
        context["refused"] = refused.sentence
    return render(request, "onboarding/_proposal.html", context)
