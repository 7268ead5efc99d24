"""The guard as a domain's page shows it: is mail where it was, what differs, and what undoes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from onboarding.alarming import alarm_facts
from onboarding.guard import flows
from onboarding.models import Baseline, Domain, Guard, HeldChange
from onboarding.presenting import Look
from onboarding.shifts import PARTS, STATES, headline
from publicdns.flow import Flow, Part
from publicdns.movement import Shift, movement
from publicdns.printable import printable
from publicdns.receiving import is_at_microsoft, is_behind_gateway

LONGEST = 600  # characters of one record shown


@dataclass(frozen=True, slots=True)
class PartShown:
    """One row of the table."""

    label: str
    before: tuple[str, ...]
    now: tuple[str, ...]
    ttl_before: int | None
    ttl_now: int | None
    differs: bool
    now_since: datetime
    since: datetime
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class GuardShown:
    """Everything the card says."""

    look: Look
    sentence: str
    since: datetime | None
    parts: tuple[PartShown, ...] = ()
    facts: dict[str, Any] | None = None  # what an alarm mail says too; None while nothing differs
    alarmed: bool = False
    differs: bool = False  # there is something that a new baseline would take in


OFF = Look("off", lazy("Not on yet"), "ring", "dim")
DOUBT = Look("doubt", lazy("In doubt"), "half", "warn")


def guard_shown(domain: Domain) -> GuardShown:
    """The card of ``domain``. Two queries, and one more while something is in doubt."""
    rows = {Part(row.part): row for row in Baseline.objects.filter(domain=domain).select_related("by")}
    guard = Guard.objects.filter(domain=domain).first()
    if guard is None or not rows:
        sentence = _("The guard is not on yet: it begins with the first proven answer of the name servers.")
        return GuardShown(OFF, sentence, None)
    before, now = flows(rows)
    shifts = movement(before, now, domain.name)
    label, icon, tone = STATES[shifts[0].state.value if shifts else ""]
    parts = tuple(_part(part, rows[part]) for part in Part if part in rows)
    facts = None
    if any(row.records != row.now_records for row in rows.values()):
        facts = alarm_facts(domain.name, shifts, before, now, rows, guard.changed_at or guard.since)
    look, sentence = Look("guard", label, icon, tone), _sentence(domain, shifts, before)
    if not shifts and (doubted := [str(PARTS[part]) for part in Part if part in rows and rows[part].pending]):
        held = HeldChange.objects.filter(domain=domain).exists()
        look, sentence = DOUBT, str(_HELD if held else _DOUBTED).format(", ".join(doubted))
    return GuardShown(
        look,
        sentence,
        guard.since,
        parts,
        facts,
        any(shift.alarm for shift in shifts),
        any(row.differs for row in rows.values()),
    )


_DOUBTED = lazy("{}: the last look saw something else. Looks that follow soon decide whether that is so.")
_HELD = lazy("{}: something else is seen, but of so many domains at once that it waits: it may be our own fault.")


def _sentence(domain: Domain, shifts: tuple[Shift, ...], before: Flow) -> str:
    if shifts and shifts[0].code != "mx-gateway":
        said = headline(shifts[0], domain.unicode_name)
        return said[:1].upper() + said[1:] + "."
    if is_at_microsoft(before.of(Part.MX)):
        return _("Mail was at Microsoft 365 when the guard began: there is nothing to keep from moving there.")
    if is_behind_gateway(before.of(Part.MX)):
        return _("A mail filter receives, as before. Where it delivers, DNS does not tell: ask its owner.")
    missing = [str(PARTS[part]) for part in Part if before.of(part) is None]
    if missing:
        return _("As it was, as far as it is known; not known yet: {}.").format(", ".join(missing))
    return _("Nobody's mail has moved: MX, SPF, autodiscover and name servers are as they were.")


def _part(part: Part, row: Baseline) -> PartShown:
    return PartShown(
        str(PARTS[part]),
        tuple(printable(record, LONGEST) for record in row.records),
        tuple(printable(record, LONGEST) for record in row.now_records),
        row.ttl,
        row.now_ttl,
        row.records != row.now_records,
        row.now_since,
        row.since,
        str(row.by) if row.by else "",
        row.reason,
    )
