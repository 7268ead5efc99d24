"""Two small habits every page has."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

Next = Callable[[HttpRequest], HttpResponse]


class PrivatePages:
    """Keeps tenants' pages out of caches, and fragments apart from whole pages."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, then mark what comes back."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response


class OwnTimeZone:
    """Shows every moment in the reader's zone."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the signed-in person's zone for this request only."""
        name = getattr(request.user, "time_zone", "")
        try:
            with timezone.override(ZoneInfo(name) if name else None):
                return self.get_response(request)
        except ZoneInfoNotFoundError:  # a zone that this machine's tables no longer have
            return self.get_response(request)
