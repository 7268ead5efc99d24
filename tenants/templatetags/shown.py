"""How moments, icons and the frame's navigation are shown. Templates say what, these say how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

SPANS = ((60, 1, gettext_lazy("s")), (3600, 60, gettext_lazy("min")), (172800, 3600, gettext_lazy("h")))
DAY = 86400
MESSAGE_ICONS = {"success": "check", "error": "alert", "warning": "alert"}


def span(seconds: int) -> str:
    """A duration as people say it: ``"25 s"``, ``"14 min"``, ``"3 h"``, ``"2 d"``. static/js/times.js says the same."""
    for below, unit, word in SPANS:
        if seconds < below:
            return f"{seconds // unit} {word}"
    return f"{seconds // DAY} {_('d')}"


def ago_words(seconds: int) -> str:
    """Words for a moment ``seconds`` in the past."""
    return _("just now") if seconds < 1 else _("{} ago").format(span(seconds))


def next_words(seconds: int) -> str:
    """Words for a moment that comes; one that has passed is due."""
    return _("any moment") if seconds > -1 else _("in {}").format(span(-seconds))


def left_words(seconds: int) -> str:
    """Words for how long something still lasts."""
    return _("over") if seconds > -1 else _("{} left").format(span(-seconds))


def moment_title(at: datetime) -> str:
    """The exact moment, in the reader's zone and in UTC."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S %Z} = {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _element(at: datetime, text: str, show: str = "") -> SafeString:
    iso = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ticking = format_html(' data-show="{}"', show) if show else ""
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', iso, moment_title(at), ticking, text)


def _seconds_since(at: datetime) -> int:
    return int((timezone.now() - at).total_seconds() // 1)


@register.simple_tag
def ago(at: datetime | None) -> str:
    """``3 min ago``; nothing without a moment."""
    return _element(at, ago_words(_seconds_since(at)), "ago") if at else ""


@register.simple_tag
def upcoming(at: datetime | None) -> str:
    """``in 25 s``; nothing without a moment."""
    return _element(at, next_words(_seconds_since(at)), "next") if at else ""


@register.simple_tag
def left(at: datetime | None) -> str:
    """``14 min left``; nothing without a moment."""
    return _element(at, left_words(_seconds_since(at)), "left") if at else ""


@register.simple_tag
def moment(at: datetime | None) -> str:
    """The date and time in the reader's zone; the year only when it is another one."""
    if not at:
        return ""
    local = timezone.localtime(at)
    pattern = "j M, H:i" if local.year == timezone.localtime().year else "j M Y, H:i"
    return _element(at, formats.date_format(local, pattern))


@register.simple_tag
def fact(value: datetime | str) -> str:
    """A moment in the reader's zone, anything else as it is."""
    return moment(value) if isinstance(value, datetime) else value


@register.simple_tag
def clock(at: datetime | None) -> str:
    """The time of day alone when it is today, else as :func:`moment`."""
    if not at or timezone.localtime(at).date() != timezone.localdate():
        return moment(at)
    return _element(at, formats.time_format(timezone.localtime(at), "H:i"))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words, or a message level's; screen readers pass over it."""
    name = MESSAGE_ICONS.get(name, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name)


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation."""

    label: str
    address: str
    current: bool


PLACES = (
    ("domains", gettext_lazy("Domains")),
    ("cutovers", gettext_lazy("Cut-overs")),
    ("relays", gettext_lazy("Relays")),
    ("audits", gettext_lazy("Connectors")),
    ("ledger", gettext_lazy("Mail")),
    ("tenants", gettext_lazy("Tenants")),
    ("log", gettext_lazy("Log")),
)
OPERATOR_PLACES = (("people", gettext_lazy("People")), ("health", gettext_lazy("Operator")))
ROOTS = {"health": "/operator/"}


@register.inclusion_tag("_partials/nav.html", takes_context=True)
def nav(context: template.Context) -> dict[str, list[NavItem]]:
    """Where the signed-in person can go."""
    request: HttpRequest = context["request"]
    places = PLACES + (OPERATOR_PLACES if getattr(request.user, "is_operator", False) else ())
    return {"items": [_item(name, str(label), request.path) for name, label in places]}


def _item(name: str, label: str, path: str) -> NavItem:
    address = reverse(name)
    return NavItem(label, address, path.startswith(ROOTS.get(name, address)))
