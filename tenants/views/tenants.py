"""Tenants: the list everybody has of their own, and what the operator does with them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants.access import SignedRequest, address_of, operator_only, signed_in
from tenants.audit import record
from tenants.forms import TenantForm
from tenants.models import Tenant


def listed(request: SignedRequest) -> dict[str, object]:
    """What the list shows."""
    counts = {
        "people": Count("memberships", distinct=True),
        "domain_count": Count("domains", filter=Q(domains__removed_at__isnull=True), distinct=True),
    }
    return {
        "tenants": Tenant.objects.filter(pk__in=Tenant.objects.for_user(request.user)).annotate(**counts),
        "form": TenantForm(),
    }


@require_safe
@signed_in
def tenant_list(request: SignedRequest) -> HttpResponse:
    """The tenants one may see."""
    return render(request, "tenants/list.html", listed(request))


@require_POST
@operator_only
def add(request: SignedRequest) -> HttpResponse:
    """A new tenant."""
    form = TenantForm(request.POST)
    if not form.is_valid():
        return render(request, "tenants/list.html", listed(request) | {"form": form}, status=422)
    tenant = form.save()
    record(request.user, "tenant-added", tenant.name, at=timezone.now(), tenant=tenant, address=address_of(request))
    messages.success(request, _("{} was added. Now add its domains, or people who look after it.").format(tenant))
    return redirect("tenants")


@require_http_methods(["GET", "HEAD", "POST"])
@operator_only
def edit(request: SignedRequest, public_id: str) -> HttpResponse:
    """Rename a tenant or correct its cloud; its people beside."""
    tenant = get_object_or_404(Tenant.objects.for_user(request.user), public_id=public_id)
    before = {"name": tenant.name, "initial_domain": tenant.initial_domain, "cloud": tenant.cloud}
    form = TenantForm(request.POST or None, instance=tenant)
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=list(before))
        after = form.cleaned_data
        record(
            request.user,
            "tenant-changed",
            tenant.name,
            at=timezone.now(),
            tenant=tenant,
            address=address_of(request),
            before=before,
            after=after,
        )
        messages.success(request, _("Saved."))
        return redirect("tenants")
    members = tenant.memberships.select_related("user").order_by("user__name", "user__email")
    return render(
        request,
        "tenants/edit.html",
        {"tenant": tenant, "form": form, "members": members},
        status=422 if form.errors else 200,
    )
