"""Whether the product lives (/healthz), whether it does its work (/readyz), and the operator's page on why not."""

from __future__ import annotations

import platform
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config import backup
from config.pulse import last_delivery, last_sweep, late_after
from notices.models import Notice, NoticeState
from onboarding.models import Domain, Schedule, SweeperSlot
from tenants.access import SignedRequest, operator_only

BROKER_SECONDS = 1.0  # how long a page waits for the broker
PACKAGES = ("Django", "celery", "kombu", "redis", "dnspython", "uvicorn", "django-allauth", "django-htmx")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the work hangs on."""

    name: str
    good: bool
    sentence: str
    age_seconds: int | None = None


@require_safe
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """200 as long as this process answers; asks nothing else."""
    return JsonResponse({"alive": True})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 when the work is being done, else 503; JSON that names each part. No addresses, no secrets."""
    parts = all_parts(timezone.now())
    good = all(part.good for part in parts)
    shown = {
        part.name: {"good": part.good, "sentence": part.sentence, "age_seconds": part.age_seconds} for part in parts
    }
    return JsonResponse({"ready": good, "parts": shown}, status=200 if good else 503)


def all_parts(now: datetime) -> tuple[Part, ...]:
    """Database, broker, sweeps and notices at ``now``. Without a database the last two are not asked."""
    stored = database_part()
    rest = (
        (pulse_part("sweeps", last_sweep(now), now), pulse_part("notices", last_delivery(), now)) if stored.good else ()
    )
    return (stored, broker_part(settings.REDIS_URL), *rest)


def database_part() -> Part:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Part("database", False, f"The database does not answer ({type(error).__name__}).")
    return Part("database", True, "The database answers.")


def broker_part(url: str) -> Part:
    """Whether the broker at ``url`` answers within a second. Its absence costs time, nothing else."""
    try:
        with redis.Redis.from_url(url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        why = type(error).__name__
        return Part("broker", False, f"The broker does not answer ({why}). Pages work; sweeps and mail are late.")
    return Part("broker", True, "The broker answers.")


def pulse_part(name: str, last: datetime | None, now: datetime) -> Part:
    """Whether something that should happen every few seconds last happened recently enough."""
    if last is None:
        return Part(name, False, "Has not run yet.")
    age = int((now - last).total_seconds())
    good = now - last <= late_after()
    return Part(name, good, f"Last ran {age} s ago." if good else f"Stands still: last ran {age} s ago.", age)


@require_safe
@operator_only
def page(request: SignedRequest) -> HttpResponse:
    """The operator's page: parts, figures, versions, copies of the database."""
    now = timezone.now()
    context = {
        "parts": all_parts(now),
        "slots": SweeperSlot.objects.all(),
        "queue": queue_figures(now),
        "versions": versions(),
        "database": database_versions(),
        "copied": backup.possible(),
        "copies": backup.copies(),
        "folder": backup.folder(),
        "night": backup.last_night(),
        "resolvers": settings.DNS_RESOLVERS,
    }
    return render(request, "operator/health.html", context)


def queue_figures(now: datetime) -> dict[str, int]:
    """How much there is to do at ``now``."""
    return {
        "domains": Domain.objects.present().count(),
        "due": Schedule.objects.due(now).count(),
        "leased": Schedule.objects.filter(lease_until__gte=now).count(),
        "waiting": Notice.objects.filter(state=NoticeState.WAITING).count(),
        "uncertain": Notice.objects.filter(state=NoticeState.UNCERTAIN).count(),
        "gave_up": Notice.objects.filter(state=NoticeState.GAVE_UP).count(),
    }


def versions() -> tuple[tuple[str, str], ...]:
    """What is running, by name and version."""
    ours = (("Onward", settings.VERSION), ("Python", platform.python_version()))
    return ours + tuple((name, version(name)) for name in PACKAGES)


def database_versions() -> tuple[str, str]:
    """The database's name with its version, and an advice or an empty string."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}", sqlite_advice(sqlite3.sqlite_version_info)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        row = cursor.fetchone()
    return f"PostgreSQL {row[0] if row else '(unknown)'}", ""


def sqlite_advice(found: tuple[int, int, int]) -> str:
    """A word about the WAL-reset bug (https://sqlite.org/wal.html#walresetbug) for versions that have it, else empty.

    It was there from 3.7.0 and is mended in 3.51.3, and in 3.44.6 and 3.50.7 on their branches.
    """
    mended = found >= (3, 51, 3) or (3, 50, 7) <= found < (3, 51) or (3, 44, 6) <= found < (3, 45)
    if mended or found < (3, 7, 0):
        return ""
    return (
        "This SQLite has a rare bug that can damage a database when a checkpoint and a write meet "
        "(mended in 3.51.3, 3.50.7, 3.44.6). The nightly copy and integrity look are your net. "
        "Updating the system's SQLite, or DATABASE_URL with PostgreSQL, removes the risk."
    )
