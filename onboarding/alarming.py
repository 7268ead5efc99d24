"""The facts of a guard's transition: everything a person woken by it needs, worded when it happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from onboarding.models import Baseline
from onboarding.shifts import PARTS, STATES, consequence, headline
from publicdns.flow import Flow, Part
from publicdns.movement import Shift
from publicdns.names import unicode_name
from publicdns.printable import printable
from publicdns.providers import dns_provider
from publicdns.undoing import Undo, undo

LONGEST_RECORD = 600  # characters of one record in a mail


def alarm_facts(
    domain: str,
    shifts: Sequence[Shift],
    before: Flow,
    now: Flow,
    rows: Mapping[Part, Baseline],
    at: datetime,
) -> dict[str, Any]:
    """What a mail and the history say, worded now, and the stable codes behind it; JSON."""
    changed = [part for part in Part if rows.get(part) and rows[part].records != rows[part].now_records]
    since = min((rows[part].now_since for part in changed), default=at)
    lead = shifts[0] if shifts else None
    return {
        "name": domain,
        "unicode_name": unicode_name(domain),
        "headline": headline(lead, domain) if lead else f"the mail flow of {domain} is again as it was",
        "codes": [shift.code for shift in shifts],
        "grave": any(shift.grave for shift in shifts),
        "state": str(STATES[lead.state.value if lead else ""][0]),
        "since": f"{since.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "points": [
            f"{_capital(headline(s, domain))}. {consequence(s, domain)}" for s in shifts if s.alarm or s is lead
        ],
        "parts": [_part(part, rows[part]) for part in changed],
        "who": probably(changed, before, now),
        "caches": [caches(part, rows[part]) for part in changed if part is not Part.NS],
        "undo": [_undo(one) for one in undo(before, now, domain)],
    }


def probably(changed: Sequence[Part], before: Flow, now: Flow) -> str:
    """Who or what did it, as far as DNS gives it away."""
    if not changed:
        return ""
    if Part.NS in changed:
        old, new = (_operators(flow) for flow in (before, now))
        return (
            f"The name servers changed too, from {old} to {new}: most likely the domain was moved to another DNS "
            "provider, and the records were not carried over as they were."
        )
    who = _operators(now)
    if len(changed) == 1:
        return f"Only {PARTS[changed[0]]} changed: somebody edited this one record at {who}."
    names = ", ".join(str(PARTS[part]) for part in changed)
    return (
        f"{names} changed together at {who}: typical for the admin center's wizard, which adds all records at once "
        "when services are ticked."
    )


def caches(part: Part, row: Baseline) -> str:
    """How long others go on with what they remember, before and after an undo."""
    old, new = row.ttl or 0, row.now_ttl
    until = row.now_since + timedelta(seconds=old)
    moment = f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    said = f"{PARTS[part]}: caches that asked before the change keep the old answer until {moment} (old TTL {old} s)"
    if new is None:
        return f"{said}."
    return f"{said}; once you put it back, others keep the new one for up to {new} s more (new TTL)."


def _operators(flow: Flow) -> str:
    shown = flow.of(Part.NS)
    hosts = shown.records if shown else ()
    names = dict.fromkeys((p.name if (p := dns_provider(host)) else host.partition(".")[2]) for host in hosts)
    return printable(", ".join(names), 200) or "an unknown provider"


def _part(part: Part, row: Baseline) -> dict[str, Any]:
    return {
        "part": str(PARTS[part]),
        "before": [printable(record, LONGEST_RECORD) for record in row.records],
        "after": [printable(record, LONGEST_RECORD) for record in row.now_records],
        "ttl_before": row.ttl,
        "ttl_after": row.now_ttl,
    }


def _undo(one: Undo) -> dict[str, Any]:
    return {
        "where": f"{one.rdtype} of {one.name}" + (", at the registrar" if one.at_registrar else ""),
        "lines": [] if one.at_registrar else list(one.lines),
        "restore": [printable(value, LONGEST_RECORD) for value in one.restore],
        "remove": [printable(value, LONGEST_RECORD) for value in one.remove],
        "registrar": one.at_registrar,
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
