"""What the web server runs."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
inner = get_asgi_application()

from django.conf import settings  # noqa: E402 - the settings are known from here on

from config.bounding import Bounded  # noqa: E402

LARGE = max(1024, settings.RELAY_LOG_MEGABYTES) * 1024 * 1024 + 1024 * 1024  # bytes: logs, and the form around them
application = Bounded(inner, ("/audits/", "/relays/"), LARGE, settings.SESSION_COOKIE_NAME)
