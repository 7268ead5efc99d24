"""Which address leads where."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import health, live
from tenants.views import entering

handler400 = "config.refusing.unreadable"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("live/", live.stream, name="live"),
    path("operator/health/", health.page, name="health"),
    path("accounts/email/", entering.no_such_page),  # the operator says who has which address
    path("accounts/", include("allauth.urls")),
    path("", include("onboarding.urls")),
    path("", include("onboarding.guard_urls")),
    path("", include("relaycheck.urls")),
    path("", include("relaycheck.audit_urls")),
    path("", include("notices.urls")),
    path("", include("tenants.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))
