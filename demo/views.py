"""What only the demo has: doors without a password, a mailbox, and the banner that says what is going on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import wraps
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from demo.seed import again, wake
from demo.world import PEOPLE
from tenants.access import View
from tenants.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MOST_MAILS = 100
LONGEST = 10_000  # characters of one mail shown


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that arrived in the demo's mailbox."""

    number: str
    to: str
    subject: str
    at: datetime
    text: str


def on_loopback(view: View[...]) -> View[...]:
    """The demo signs in whoever asks, so it answers this machine only."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not (settings.DEMO and ip_address(request.META["REMOTE_ADDR"]).is_loopback):
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def story() -> dict[str, Any]:
    """What has just happened in the small world and what comes next, as its process says it."""
    try:
        told = json.loads((settings.VAR_DIR / "world.json").read_text(encoding="utf-8"))["story"]
    except (OSError, ValueError, KeyError):
        return {}
    return {part: _moment(told.get(part)) for part in ("last", "next")}


def _moment(step: dict[str, Any] | None) -> dict[str, Any] | None:
    """A step with a real moment, where the story has begun."""
    at = step.get("at") if step else None
    return {**step, "at": datetime.fromtimestamp(at, UTC) if at else None} if step else None


@require_safe
@on_loopback
def banner(request: HttpRequest) -> HttpResponse:
    """The banner as it is now. The first one that is asked for starts the story."""
    start = settings.VAR_DIR / "start"
    if not start.exists():
        start.touch()
        wake(timezone.now())
    return render(request, "demo/banner.html")


@require_POST
@on_loopback
def play_again(request: HttpRequest) -> HttpResponse:
    """Back to the beginning."""
    (settings.VAR_DIR / "again").touch()  # first, so that no look finds the old zones
    again(timezone.now())
    messages.success(request, _("The story begins again."))
    return redirect("domains")


@require_POST
@on_loopback
def enter(request: HttpRequest, role: str) -> HttpResponse:
    """Sign in as one of the four people."""
    person = next((person for person in PEOPLE if person.role == role), None)
    user = get_object_or_404(User, email=person.email if person else "")
    login(request, user, backend=BACKEND)
    return redirect("domains")


@require_safe
@on_loopback
def mailbox(request: HttpRequest) -> HttpResponse:
    """The mails that were really sent, over SMTP, to the demo's own mail server."""
    template = "demo/_mailbox.html" if getattr(request, "htmx", False) else "demo/mailbox.html"
    return render(request, template, {"mails": arrived(), "most": MOST_MAILS})


def arrived() -> list[Mail]:
    """The newest mails first."""
    folder = settings.VAR_DIR / "mail"
    files = sorted(folder.glob("*.eml"), key=lambda path: int(path.stem) if path.stem.isdigit() else 0, reverse=True)
    return [_read(path.stem, path.read_bytes(), path.stat().st_mtime) for path in files[:MOST_MAILS]]


def _read(number: str, content: bytes, at: float) -> Mail:
    message = message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    text = body.get_content() if body else ""
    return Mail(number, str(message["To"]), str(message["Subject"]), datetime.fromtimestamp(at, UTC), text[:LONGEST])


def doors() -> list[tuple[str, str]]:
    """The four people one can sign in as: role and name."""
    return [(person.role, person.name) for person in PEOPLE]
