"""The history of a domain: its transitions and notes in one row of entries, the newest first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from notices.models import SubjectKind
from notices.telling import Entry, Kind, entry, limit, newest, transitions
from onboarding.models import Domain
from onboarding.presenting import services_words
from onboarding.stages import MOVES, REFUSALS

KINDS = {
    "added": Kind(lazy("Added"), "plus", "dim"),
    "token-entered": Kind(lazy("Token entered: {token}"), "key", "dim"),
    "token-seen": Kind(lazy("The TXT record can be seen in public DNS"), "check", "good"),
    "token-changed": Kind(lazy("Another value is published: {shown}"), "alert", "bad"),
    "token-gone": Kind(lazy("The TXT record has gone"), "alert", "warn"),
    "flapping": Kind(lazy("The TXT record comes and goes ({count} times within a day)"), "alert", "warn"),
    "accept": Kind(lazy("Accepted by Microsoft"), "check", "good"),
    "refuse": Kind(lazy("Refused by Microsoft: {reason}"), "cross", "bad"),
    "users-not-now": Kind(lazy("Users: not now"), "person", "dim"),
    "users-added": Kind(lazy("Users were added"), "person", "dim"),
    "users-later": Kind(lazy("Users: later, by hand"), "person", "dim"),
    "users-since": Kind(lazy("Users have been added since"), "person", "dim"),
    "expected": Kind(lazy("Expected records read: {records}"), "key", "dim"),
    "record-muted": Kind(lazy("{record} is not judged: {reason}"), "bell-off", "dim"),
    "record-unmuted": Kind(lazy("{record} is judged again"), "bell", "dim"),
    "reached": Kind(lazy("Done: {item}"), "check", "good"),
    "unreached": Kind(lazy("Not done after all: {item}"), "undo", "dim"),
    "skip-purpose": Kind(lazy("Purpose skipped: active with nothing ticked"), "check-all", "good"),
    "choose-services": Kind(lazy("Active for {services}"), "check-all", "good"),
    "undone": Kind(lazy("Taken back: {undid}"), "undo", "dim"),
    "guard-alarm": Kind(lazy("Mail flow: {headline}"), "alert", "bad"),
    "guard-clear": Kind(lazy("All clear: {headline}"), "check", "good"),
    "guard-noted": Kind(lazy("Noted: {headline}"), "note", "dim"),
    "guard-progress": Kind(lazy("As planned: {headline}"), "half", "good"),
    "guard-flapping": Kind(lazy("The mail flow changes to and fro ({count} times within a day)"), "alert", "warn"),
    "rebaselined": Kind(lazy("New baseline of its mail flow: {reason}"), "check", "dim"),
    "cutover-planned": Kind(lazy("Cut-over planned for {starts}: {plan}"), "clock", "dim"),
    "cutover-closed": Kind(lazy("Cut-over closed: {plan}"), "check-all", "dim"),
    "removed": Kind(lazy("Removed"), "bin", "dim"),
    "restored": Kind(lazy("Taken back into the list"), "undo", "dim"),
}


def history(domain: Domain, *, everything: bool = False) -> tuple[list[Entry], bool]:
    """The newest entries, or all of them; and whether there are older ones."""
    told = transitions(SubjectKind.DOMAIN, domain.public_id)[: limit(everything)]
    notes = domain.notes.select_related("author")[: limit(everything)]
    entries = [entry(one, KINDS, _worded(one.facts)) for one in told]
    entries += [Entry(f"n{n.pk}", n.created_at, str(n.author or "?"), n.text, "note", "dim", note=True) for n in notes]
    entries.sort(key=lambda one: one.at, reverse=True)
    return newest(entries, everything=everything)


def _worded(facts: dict[str, Any]) -> dict[str, Any]:
    undid = MOVES.get(facts.get("undid", ""))
    return facts | {
        "records": ", ".join(facts.get("records", [])),
        "reason": REFUSALS.get(facts.get("reason", ""), facts.get("reason", "")),
        "services": services_words(facts.get("services", [])),
        "undid": undid.label if undid else facts.get("undid", ""),
        "token": facts.get("token") or _("none"),
    }
