"""How audits are worded and drawn: one sentence each, findings by severity, clients by connector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors.addresses import Scope
from relaycheck.engine.connectors.audit import Audit as Judgement
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.auditing import fix, sentence, source
from relaycheck.models import Audit, Progress
from relaycheck.models.reading import Uploaded
from relaycheck.seclusion import Failure

Text = str | Promise
RANGES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Look:
    """A state's word, tone and picture."""

    label: Text
    tone: str
    icon: str


PENDING = {
    Progress.WAITING: Look(lazy("Waiting"), "wait", "clock"),
    Progress.READING: Look(lazy("Being read"), "wait", "half"),
    Progress.FAILED: Look(lazy("Not read"), "bad", "cross"),
    Progress.READ: Look(lazy("Read"), "good", "check"),
}
VERDICTS = {
    Verdict.PRESENT: Look(lazy("Relays outside"), "warn", "alert"),
    Verdict.MISSING: Look(lazy("No relay"), "good", "check"),
    Verdict.UNKNOWN: Look(lazy("Unknown"), "dim", "question"),
}
OPEN = Look(lazy("Open relay"), "bad", "alert")
SEVERITIES = {
    "error": Look(lazy("Error"), "bad", "alert"),
    "warning": Look(lazy("Warning"), "warn", "alert"),
    "notice": Look(lazy("Notice"), "wait", "info"),
}
SCOPES: dict[Scope, Text] = {
    Scope.EVERYTHING: lazy("everybody"),
    Scope.BROAD: lazy("whole networks"),
    Scope.LIST: lazy("a list of machines"),
    Scope.SINGLE: lazy("one address"),
    Scope.NOTHING: lazy("nobody"),
    Scope.UNKNOWN: lazy("unknown"),
}
FAILURES: dict[str, Text] = {
    Failure.MEMORY: lazy(
        "Reading it took more memory than is given to one upload. Nothing of it was kept. Export fewer servers at once."
    ),
    Failure.TIME: lazy(
        "Reading it took longer than is given to one upload. Nothing of it was kept. Export fewer servers at once."
    ),
    Failure.BROKEN: lazy(
        "The reader broke off over these files. Nothing of them was kept. Run the export command again and upload "
        "what it writes."
    ),
    Failure.GONE: lazy("It was taken away while it was read."),
    Failure.FILES: lazy("The files were no longer there when it was their turn. Upload them again."),
}
ACTS: dict[str, Text] = {
    "audit-begun": lazy("Uploaded"),
    "files-added": lazy("More files uploaded"),
    "logs-added": lazy("Protocol logs uploaded"),
    "logs-removed": lazy("Protocol logs taken away"),
    "script-taken": lazy("Script taken away"),
    "sources-carried": lazy("Ranges carried over to a relay"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An audit as a list and its page show it."""

    look: Look
    sentence: str


def shown(audit: Audit) -> Shown:
    """One sentence."""
    if not audit.summary:
        return Shown(PENDING[Progress(audit.state)], pending_sentence(audit))
    summary = audit.summary
    verdict = Verdict(summary.get("verdict", Verdict.UNKNOWN))
    look = OPEN if summary.get("open") else VERDICTS[verdict]
    return Shown(look, _SENTENCES[verdict](summary))


def repeated_sentence(uploads: Iterable[dict[str, Any]]) -> str:
    """Which files came before and are left out; empty when none did."""
    names = [str(one["name"]) for one in uploads if one.get("repeated")]
    if not names:
        return ""
    words = ngettext(
        "{names} was left out: the same content has been uploaded before, and counts once.",
        "{names} were left out: the same content has been uploaded before, and counts once.",
        len(names),
    )
    return words.format(names=", ".join(names[:5]) + (" …" if len(names) > 5 else ""))


def later_sentence(audit: Audit) -> str:
    """How far files are that were added to an audit, or why they were not read; empty otherwise."""
    if not audit.summary or not (audit.pending or audit.failure):
        return ""
    if audit.pending:
        return _("More files are read: {}").format(pending_sentence(audit))
    why = FAILURES.get(audit.failure, audit.failure)
    return _("The files added last were not read, so all of this is from the earlier ones. {}").format(why)


def pending_sentence(one: Uploaded) -> str:
    """How far an upload has come, or why it came no farther."""
    if one.state == Progress.FAILED:
        return str(FAILURES.get(one.failure, one.failure))
    if one.state == Progress.READING:
        return _("{percent} % have been read.").format(percent=one.percent)
    return _("It is read within seconds.")


def _present(summary: dict[str, Any]) -> str:
    relaying, count = summary["relaying"], summary["connectors"]
    words = ngettext(
        "{relaying} of {count} connector relays outside beyond Exchange's own defaults.",
        "{relaying} of {count} connectors relay outside beyond Exchange's own defaults.",
        count,
    ).format(relaying=relaying, count=count)
    if opened := summary["open"]:
        words += " " + ngettext(
            "{} of them is open to everybody who can connect.",
            "{} of them are open to everybody who can connect.",
            opened,
        ).format(opened)
    return words + _unknown_too(summary)


def _missing(summary: dict[str, Any]) -> str:
    return ngettext(
        "The only connector does not relay outside beyond Exchange's own defaults.",
        "None of {count} connectors relays outside beyond Exchange's own defaults.",
        summary["connectors"],
    ).format(count=summary["connectors"])


def _unknown(summary: dict[str, Any]) -> str:
    if not summary.get("connectors"):
        return _("No receive connector is in these files, so nothing can be said about any.")
    return _("No relay was proven, but {unknown} of {count} connectors cannot be judged by these files.").format(
        unknown=summary["unknown"], count=summary["connectors"]
    )


def _unknown_too(summary: dict[str, Any]) -> str:
    return " " + _("{} cannot be judged.").format(summary["unknown"]) if summary["unknown"] else ""


_SENTENCES = {Verdict.PRESENT: _present, Verdict.MISSING: _missing, Verdict.UNKNOWN: _unknown}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, with where it was read and what to do."""

    code: str
    severity: str
    look: Look
    sentence: str
    fix: str
    source: str
    evidence: tuple[str, ...]
    connector: str
    number: int | None  # of the connector, where it relays: scripts are chosen by it


def told(judged: Judgement) -> list[Told]:
    """All findings, the gravest first."""
    found = [_told(one, item, number) for number, item in enumerate(judged.connectors) for one in item.findings]
    found += [_told(one) for one in judged.findings]
    rank = list(SEVERITIES)
    return sorted(found, key=lambda one: (rank.index(one.severity), one.code))


def _told(found: Finding, item: Judged | None = None, number: int | None = None) -> Told:
    evidence = found.facts.get("evidence")
    read_at = tuple(dict.fromkeys(map(str, evidence))) if isinstance(evidence, list) else ()
    severity = str(found.severity)
    return Told(
        code=found.code,
        severity=severity,
        look=SEVERITIES[severity],
        sentence=sentence(found),
        fix=fix(found),
        source=source(found),
        evidence=read_at,
        connector=item.connector.identity if item else "",
        number=number if item and item.relaying else None,
    )


def tally(found: Iterable[Told]) -> list[tuple[str, Look, int]]:
    """How many of each severity there are, the gravest first."""
    counts = Counter(one.severity for one in found)
    return [(name, look, counts[name]) for name, look in SEVERITIES.items() if counts[name]]


@dataclass(frozen=True, slots=True)
class Row:
    """A connector in a table."""

    identity: str
    number: int
    look: Look
    scope: Text
    ranges: tuple[str, ...]
    more: int
    bindings: str
    who: str
    role: str
    relays: bool


def rows(judged: Judgement) -> list[Row]:
    """The connectors, those that relay first."""
    order = {Verdict.PRESENT: 0, Verdict.UNKNOWN: 1, Verdict.MISSING: 2}
    numbered = sorted(enumerate(judged.connectors), key=lambda pair: order.get(pair[1].verdict, 3))
    return [_row(number, item) for number, item in numbered]


def look_of(item: Judged) -> Look:
    """Whether it relays, and whether for everybody."""
    return OPEN if item.relaying and item.scope is Scope.EVERYTHING else VERDICTS[item.verdict]


def _row(number: int, item: Judged) -> Row:
    connector = item.connector
    ranges = [str(part) for part in connector.ranges or ()]
    return Row(
        identity=connector.identity,
        number=number,
        look=look_of(item),
        scope=SCOPES[item.scope],
        ranges=tuple(ranges[:RANGES_SHOWN]),
        more=max(0, len(ranges) - RANGES_SHOWN),
        bindings=", ".join(str(part) for part in connector.bindings or ()) or "?",
        who=", ".join(dict.fromkeys(standing.principal.name for standing in item.relaying)),
        role=connector.role or "",
        relays=bool(item.relaying),
    )
