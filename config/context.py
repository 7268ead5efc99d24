"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from config.banners import banners_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """``version``, ``demo`` and ``banners``; the last are asked for only where a template shows them."""
    user = getattr(request, "user", AnonymousUser())  # an error page may come before anybody is known
    return {
        "version": settings.VERSION,
        "demo": settings.DEMO,
        "banners": SimpleLazyObject(lambda: banners_for(user, timezone.now())),
    }
