"""The history of a relay, the newest first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as lazy

from notices.models import SubjectKind
from notices.telling import Entry, Kind, entry, limit, newest, transitions
from relaycheck.engine.probe_report import Relaying
from relaycheck.models import ProbeKind, Relay
from relaycheck.relay_presenting import outcome

KINDS = {
    "relay-added": Kind(lazy("Added"), "plus", "dim"),
    "relay-declared": Kind(lazy("Declared anew"), "pencil", "dim"),
    "relay-removed": Kind(lazy("Removed"), "bin", "dim"),
    "relay-restored": Kind(lazy("Taken back into the list"), "undo", "dim"),
    "relay-upload": Kind(lazy("Configuration uploaded"), "look", "dim"),
    "relay-probed": Kind(lazy("{probe}: {said}"), "look", "dim"),
    "relay-log": Kind(lazy("Log read: {file}, {messages} messages"), "look", "dim"),
    "relay-log-refused": Kind(lazy("Log not read: {file}. {why}"), "cross", "bad"),
    "relay-alarm": Kind(lazy("Alarm: {titles}"), "alert", "bad"),
    "relay-silent": Kind(lazy("Alarm: {titles}"), "alert", "bad"),
    "relay-well": Kind(lazy("Over: {titles}"), "check", "good"),
    "relay-flapping": Kind(lazy("Alarms come and go ({count} times within a day)"), "alert", "warn"),
    "relay-logging": Kind(lazy("Logging has been on for {days} days"), "clock", "warn"),
    "delisting-asked": Kind(lazy("Delisting of {address} asked for"), "clock", "wait"),
    "delisting-dropped": Kind(lazy("Delisting of {address} not waited for any more"), "cross", "dim"),
    "delisted": Kind(lazy("{address} is off the list"), "check", "good"),
}


def history(relay: Relay, *, everything: bool = False) -> tuple[list[Entry], bool]:
    """The newest entries, or all of them; and whether there are older ones."""
    rows = transitions(SubjectKind.RELAY, relay.public_id)[: limit(everything)]
    return newest([entry(one, KINDS, _worded(one.facts)) for one in rows], everything=everything)


def _worded(facts: dict[str, Any]) -> dict[str, Any]:
    words = dict(facts)
    if facts.get("probe") in ProbeKind.values:
        words["probe"] = ProbeKind(facts["probe"]).label
    if facts.get("relaying") in set(Relaying):
        words["said"] = outcome(facts.get("probe", ""), facts)
    if "titles" in facts:
        words["titles"] = " ".join(facts["titles"])
    return words
