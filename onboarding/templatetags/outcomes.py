"""How the outcomes of a batch's rows are called and drawn."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as lazy

from onboarding.models import BatchState
from tenants.templatetags.shown import icon

register = template.Library()

LABELS: dict[str, str | Promise] = {
    "new": lazy("New"),
    "repaired": lazy("New, repaired"),
    "there": lazy("Already there"),
    "refused": lazy("Refused"),
    "will": lazy("Will be done"),
    "skipped": lazy("Left alone"),
}
AFTERWARDS = LABELS | {"new": lazy("Imported"), "repaired": lazy("Imported, repaired"), "will": lazy("Worked on")}
STATES: dict[str, tuple[str | Promise, str, str]] = {
    "done": (lazy("Done"), "check", "good"),
    "there": (lazy("Already there"), "info", "dim"),
    "failed": (lazy("Not done"), "alert", "bad"),
    "undone": (lazy("Taken back"), "undo", "dim"),
}


@register.simple_tag
def outcome_label(outcome: str, state: str) -> str:
    """The word for a group of rows of a batch in ``state``."""
    known = AFTERWARDS if state == BatchState.DONE.value else LABELS
    return str(known.get(outcome, outcome))


@register.simple_tag
def outcome_state(result: str) -> SafeString:
    """What became of one row, with its icon."""
    label, picture, tone = STATES.get(result, (result, "info", "dim"))
    return format_html('<span class="state {}">{}{}</span>', tone, icon(picture), label)
