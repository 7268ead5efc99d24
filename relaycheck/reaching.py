"""What this installation may reach by SMTP: the operator's settings, less the ports of its own database and broker."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from relaycheck.engine.reach import Reach

PORTS = (25, 587, 2525)


def allowed(more: Iterable[str] = ()) -> Reach:
    """The allow-list of ``RELAY_ALLOWED_NETWORKS`` and ``RELAY_ALLOWED_PORTS``, and ``more`` networks.

    Raises ValueError for a network that is none.
    """
    networks = [*getattr(settings, "RELAY_ALLOWED_NETWORKS", ()), *more]
    ports = {int(port) for port in getattr(settings, "RELAY_ALLOWED_PORTS", PORTS)}
    return Reach.of(networks, ports - own_ports())


def own_ports() -> set[int]:
    """The ports our database and broker listen on: never dialled, on whatever address."""
    database = settings.DATABASES["default"].get("PORT") or 5432
    return {int(database), urlsplit(settings.REDIS_URL).port or 6379}
