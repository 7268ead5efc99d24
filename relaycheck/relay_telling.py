"""The history of a relay, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from notices.models import SubjectKind, Transition
from relaycheck.engine.probe_report import Relaying
from relaycheck.models import ProbeKind, Relay
from relaycheck.relay_presenting import RELAYING, Text

MOST = 40


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of entry is worded and drawn."""

    words: Text
    icon: str
    tone: str


KINDS = {
    "relay-added": Kind(lazy("Added"), "plus", "dim"),
    "relay-declared": Kind(lazy("Declared anew"), "pencil", "dim"),
    "relay-removed": Kind(lazy("Removed"), "bin", "dim"),
    "relay-restored": Kind(lazy("Taken back into the list"), "undo", "dim"),
    "relay-upload": Kind(lazy("Configuration uploaded"), "look", "dim"),
    "relay-probed": Kind(lazy("{probe}: {said}"), "look", "dim"),
    "relay-log": Kind(lazy("Log read: {file}, {messages} messages"), "look", "dim"),
    "relay-alarm": Kind(lazy("Alarm: {titles}"), "alert", "bad"),
    "relay-silent": Kind(lazy("Alarm: {titles}"), "alert", "bad"),
    "relay-well": Kind(lazy("Over: {titles}"), "check", "good"),
    "relay-flapping": Kind(lazy("Alarms come and go ({count} times within a day)"), "alert", "warn"),
    "relay-logging": Kind(lazy("Logging has been on for {days} days"), "clock", "warn"),
    "delisting-asked": Kind(lazy("Delisting of {address} asked for"), "clock", "wait"),
    "delisting-dropped": Kind(lazy("Delisting of {address} not waited for any more"), "cross", "dim"),
    "delisted": Kind(lazy("{address} is off the list"), "check", "good"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    key: str
    at: datetime
    who: str
    words: str
    icon: str
    tone: str


def history(relay: Relay, *, everything: bool = False) -> tuple[list[Entry], bool]:
    """The newest entries, or all of them; and whether there are older ones."""
    limit = None if everything else MOST + 1
    rows = Transition.objects.filter(subject_kind=SubjectKind.RELAY, subject_id=relay.public_id)
    entries = [_entry(one) for one in rows.select_related("actor")[:limit]]
    return (entries, False) if everything else (entries[:MOST], len(entries) > MOST)


def _entry(one: Transition) -> Entry:
    kind = KINDS.get(one.kind, Kind(one.kind, "info", "dim"))
    words = str(kind.words).format_map(_Facts(one.facts))
    return Entry(f"t{one.pk}", one.at, str(one.actor or _("Onward")), words, kind.icon, kind.tone)


class _Facts(dict[str, Any]):
    """The facts of a transition as they stand in a sentence; what is missing is left empty."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        if facts.get("probe") in ProbeKind.values:
            self["probe"] = ProbeKind(facts["probe"]).label
        if facts.get("relaying") in set(Relaying):
            self["said"] = facts["ended"] or RELAYING[Relaying(facts["relaying"])][0]
        if "titles" in facts:
            self["titles"] = " ".join(facts["titles"])

    def __missing__(self, key: str) -> str:
        return ""
