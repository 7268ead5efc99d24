"""The results as lines of plain text. Everything foreign is made visible and bounded here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors.audit import Audit, Judged
from relaycheck.engine.connectors.auditing import fix, sentence, source
from relaycheck.engine.connectors.comparing import Comparison, Difference
from relaycheck.engine.connectors.dropping import Advice, Fate
from relaycheck.engine.connectors.matching import Candidate, Reached, Why
from relaycheck.engine.connectors.model import Problem
from relaycheck.engine.connectors.protocol_log import LogReport
from relaycheck.engine.connectors.showing import visible

_SUMMARY = {
    Verdict.PRESENT: "Relaying outside beyond Exchange's own defaults: {relaying} of {all} connectors.",
    Verdict.MISSING: "Relaying outside beyond Exchange's own defaults: none of {all} connectors.",
    Verdict.UNKNOWN: "Not everything could be judged. Unknown: {unknown} of {all} connectors.",
}
_PROBLEMS = {
    "type-name": "{detail} holds a type name instead of values (Export-Csv without -join): run the export command",
    "truncated": "{detail} was cut by the console: run the export command",
    "protocol-log": "this is a protocol log: read it with `connectors log`",
    "empty": "the file is empty",
    "not-an-export": "neither connectors nor permissions are in it",
    "nothing-found": "no connector and no permission in it",
    "too-large": "larger than 64 MB",
    "not-json": "not valid JSON: {detail}",
    "xml-refused": "document types and entities are refused",
    "xml-broken": "the XML ends or breaks: {detail}",
    "permissions-not-read": "Get-ADPermission failed there: {detail}",
    "unreadable-row": "unreadable row: {detail}",
    "too-many-cells": "more cells than the header has names",
}
_WHY = {
    Why.ONLY: "the only one whose ranges hold the address ({via})",
    Why.MOST_SPECIFIC: "the most specific range ({via})",
    Why.TIED: "as specific as another one ({via}): which of them answers is not defined",
    Why.LESS_SPECIFIC: "holds it too, in the wider range {via}",
    Why.DISABLED: "disabled",
    Why.OTHER_PORT: "listens on other ports",
    Why.OTHER_ADDRESS: "listens on another local address",
    Why.NOT_IN_RANGE: "its ranges do not hold the address",
    Why.RANGES_UNKNOWN: "its ranges are not in the export: it may answer",
}
_KINDS = {
    "missing": "MISSING on {server}: {who} relayed from {ranges} to port {port} ({connectors}), and no longer does",
    "narrower": "NARROWER on {server}: {who} no longer relays from {ranges} to port {port} ({connectors})",
    "wider": "WIDER on {server}: {who} now relays from {ranges} to port {port} ({connectors}), and did not before",
    "limit": "differs on {server}: {connectors}: {detail}",
    "unknown": "UNKNOWN on {server}: {connectors} cannot be judged {detail}",
}
_RELAYS = {
    Verdict.PRESENT: "relays",
    Verdict.MISSING: "does not relay",
    Verdict.UNKNOWN: "may or may not relay",
}
_FATES = {
    Fate.IN_USE: "in use: mail went outside",
    Fate.INSIDE_ONLY: "used for inside mail only: the relay right is not needed",
    Fate.UNDECIDED: "used; name the accepted domains (--domain) to learn whether mail went outside",
    Fate.UNUSED: "safe to drop: nobody for {days} days",
    Fate.NOT_LOGGED: "nobody seen, but that is no proof: {reason}",
}
_REASONS = {
    "no-logs": "there is no log of its server",
    "gaps": "the logs cover {covered} of {days} days",
    "logging-off": "protocol logging is off on it",
}


def audit_lines(audit: Audit) -> Iterator[str]:
    """An audit: what was understood, the summary, findings by connector, and the one-liner beside it."""
    for found in audit.export.files:
        counts = f"connectors: {found.connectors}, permissions: {found.permissions}"
        yield visible(f"{found.file}: {found.shape}, {found.encoding}: {counts}")
        for problem in found.problems:
            yield visible(f"  {problem.source}: {problem_words(problem)}")
    verdicts = [judged.verdict for judged in audit.connectors]
    yield ""
    yield _SUMMARY[audit.verdict].format(
        all=len(verdicts), relaying=verdicts.count(Verdict.PRESENT), unknown=verdicts.count(Verdict.UNKNOWN)
    )
    for judged in audit.connectors:
        yield from _connector_lines(judged)
    for found_alone in audit.findings:
        yield from _finding_lines(found_alone)
    yield ""
    yield from _one_liner_lines(audit)


def problem_words(problem: Problem) -> str:
    """What was the matter with an upload. The detail is foreign: escape the result for where it is shown."""
    return _PROBLEMS.get(problem.code, problem.code).format(detail=problem.detail)


def _connector_lines(judged: Judged) -> Iterator[str]:
    if judged.findings:
        yield ""
        yield visible(f"{judged.connector.identity} ({_RELAYS[judged.verdict]}; reach: {judged.scope.value})")
    for found in judged.findings:
        yield from _finding_lines(found)


def _finding_lines(found: Finding) -> Iterator[str]:
    yield visible(f"  {found.severity.upper():7} {found.code}  {sentence(found)}", 600)
    evidence = found.facts.get("evidence")
    if isinstance(evidence, list) and evidence:
        yield visible(f"          read at: {', '.join(dict.fromkeys(evidence))}")
    yield visible(f"          {fix(found)}", 600)
    yield f"          {source(found)}"


def _one_liner_lines(audit: Audit) -> Iterator[str]:
    shown, missed, mistaken = audit.one_liner.shown, audit.one_liner.missed, audit.one_liner.mistaken
    yield visible(f"Connectors the how-to's one-liner would have listed: {', '.join(shown) or 'none'}", 1000)
    if missed:
        yield visible(f"  It misses: {', '.join(missed)}", 1000)
    if mistaken:
        yield visible(f"  It lists without reason: {', '.join(mistaken)}", 1000)


def which_lines(reached: Iterable[Reached], judged: Iterable[Judged], client: str, port: int) -> Iterator[str]:
    """Who answers one client, server by server, and whether that relays."""
    verdicts = {item.connector.key: item.verdict for item in judged}
    for one in reached:
        answer = f"{one.answering.identity} answers" if one.answering else "no connector answers"
        doubt = "" if one.certain else " (not certain: ranges are missing or shortened in the export)"
        yield visible(f"{one.server or 'the server'}: {answer} {client} on port {port}{doubt}")
        for candidate in one.candidates:
            relays = f"; it {_RELAYS[verdicts[candidate.connector.key]]}" if candidate.answers else ""
            yield visible(f"  {candidate.connector.identity}: {why_words(candidate)}{relays}")


def why_words(candidate: Candidate) -> str:
    """Why a connector answers, or does not."""
    return _WHY[candidate.why].format(via=candidate.via)


def compare_lines(comparison: Comparison) -> Iterator[str]:
    """What differs, or that nothing does."""
    for one in comparison.differences:
        yield visible(difference_words(one), 600)
    if comparison.same and comparison.certain:
        yield "Same relays: every machine that relayed still does, and no other."


def difference_words(one: Difference) -> str:
    """One way in which a new server differs."""
    ranges = [str(part) for part in one.ranges[:10]] + (
        [f"and {len(one.ranges) - 10} more"] if len(one.ranges) > 10 else []
    )
    who = "everybody without logging on" if one.who == "without-logon" else one.who
    return _KINDS[one.kind].format(
        server=one.server or "the new server",
        who=who,
        port=one.port,
        ranges=", ".join(ranges),
        connectors=", ".join(one.connectors) or "?",
        detail=one.detail,
    )


def usage_lines(report: LogReport) -> Iterator[str]:
    """Clients by connector, the busiest first."""
    begin, end = report.first, report.last
    yield f"{report.rows} rows, {begin:%Y-%m-%d} to {end:%Y-%m-%d} UTC" if begin and end else f"{report.rows} rows"
    if report.unreadable:
        yield f"{report.unreadable} lines could not be read"
    if report.forgotten:
        yield f"{report.forgotten} sessions of further clients were counted only: there are too many different ones"
    for usage in report.usages:
        relayed = {True: "relayed outside", False: "inside only", None: "outside or inside: unknown"}[usage.relayed]
        last = f"{usage.last_seen:%Y-%m-%d %H:%M}" if usage.last_seen else "?"
        yield visible(f"  {usage.connector}  {usage.address}: {usage.sessions} sessions, {relayed}, last {last}")


def advice_lines(advice: Iterable[Advice]) -> Iterator[str]:
    """May the relay connectors go?"""
    for one in advice:
        yield visible(f"{one.connector}: {fate_words(one)}")


def fate_words(one: Advice) -> str:
    """What the logs say of one connector."""
    reason = _REASONS.get(one.reason, "").format(covered=one.covered_days, days=one.wanted_days)
    return _FATES[one.fate].format(days=one.wanted_days, reason=reason)
