"""One's own name and time zone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants.access import SignedRequest, signed_in
from tenants.forms import ProfileForm


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: SignedRequest) -> HttpResponse:
    """Show and save."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=["name", "time_zone"])
        messages.success(request, _("Saved."))
        return redirect("profile")
    memberships = request.user.memberships.select_related("tenant").order_by("tenant__name")
    return render(
        request, "people/profile.html", {"form": form, "memberships": memberships}, status=422 if form.errors else 200
    )
