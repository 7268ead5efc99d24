"""A report as lines of plain text for a terminal. Foreign bytes are made printable here."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.printable import printable
from publicdns.spf.merge import Merged
from publicdns.spf.report import Report, services
from publicdns.spf.result import Limits, Result, why_failed
from publicdns.spf.rules import fix_of, sentence_of
from publicdns.spf.senders import sender_of_include, sender_of_network
from publicdns.spf.walk import Node

_VERDICTS = {"present": "good", "unknown": "unknown"}
_SEVERITIES = {"error": "wrong", "warning": "warning", "notice": "note"}
_LIMITS = Limits()
_SHOWN_RANGES = 8
_SHOWN_ROWS = 20


def lines(report: Report) -> Iterator[str]:
    """The whole report, line by line, without line ends."""
    yield printable(report.domain)
    for record in report.records or ():
        yield f"  {printable(record.text, 2000)}"
    if report.answer.failed:
        yield f"  could not be asked ({why_failed(report.answer)})"
    elif not report.records:
        yield "  no SPF record"
    if report.tree is not None:
        yield from _tree(report.tree)
        yield from _services(report.tree)
    yield from _findings(report)
    if report.merged is not None:
        yield from _merge(report.merged)
    if report.result is not None:
        yield from result_lines(report.result)


def result_lines(result: Result) -> Iterator[str]:
    """One evaluation."""
    yield ""
    yield f"Result: {result.code}"
    yield f"  {result.reason}"
    if result.explanation is not None:
        yield f"  explanation: {printable(result.explanation, 1000)}"
    yield f"  {result.lookups} of {_LIMITS.terms} lookups, {result.void_lookups} of {_LIMITS.voids} void"


def _tree(tree: Node) -> Iterator[str]:
    yield ""
    yield f"Lookups: {tree.lookups} of {_LIMITS.terms}, void: {tree.voids} of {_LIMITS.voids}"
    yield from _branch(tree, 1)


def _branch(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    listed = node.networks
    for text, network in listed[:_SHOWN_RANGES]:
        sender = sender_of_network(network)
        yield f"{indent}     {printable(text, 120)}{f'  {sender.provider}' if sender else ''}"
    if len(listed) > _SHOWN_RANGES:
        yield f"{indent}     and {len(listed) - _SHOWN_RANGES} more ranges"
    for child in node.children:
        yield f"{indent}[{child.lookups:2d}] {printable(child.term, 120)}{_remarks(child)}"
        yield from _branch(child, depth + 1)


def _remarks(node: Node) -> str:
    sender = sender_of_include(node.name)
    who = f"  {sender.provider}" if sender else ""
    why = f": {printable(node.detail, 120)}" if node.detail else ""
    return f"{who}  ! {node.trouble}{why}" if node.trouble else who


def _services(tree: Node) -> Iterator[str]:
    yield ""
    yield "Who sends for this domain"
    for each in services(tree):
        unsure = "" if each.verified else " (unverified)"
        yield f"  {each.provider or 'not known by name'}{unsure}: {printable(' '.join(each.terms), 300)}"


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield ""
        yield "Findings"
    for finding in report.findings:
        mark = _VERDICTS.get(finding.verdict) or _SEVERITIES[finding.severity]
        yield f"  {mark}: {sentence_of(finding)} [{finding.code}]"
        fix = fix_of(finding)
        if fix:
            yield f"    {fix}"


def _merge(merged: Merged) -> Iterator[str]:
    yield ""
    if merged.refusal is not None:
        yield f"No record to paste: {merged.refusal.sentence}"
        yield from _first([f"  - {offer}" for offer in merged.refusal.alternatives])
        return
    if not merged.added and not any(note.what == "dropped" for note in merged.notes):
        yield f"Nothing needs to be added ({merged.after} lookups)."
    else:
        yield f"The record to paste ({merged.before} lookups before, {merged.after} after)"
        yield from (
            f'  "{printable(text, 300)}"' if len(merged.strings) > 1 else f"  {text}" for text in merged.strings
        )
    yield from _first([f"  {note.what} {printable(note.term, 120)}: {note.why}" for note in merged.notes])


def _first(rows: list[str]) -> Iterator[str]:
    """As many as anybody reads."""
    yield from rows[:_SHOWN_ROWS]
    if len(rows) > _SHOWN_ROWS:
        yield f"  and {len(rows) - _SHOWN_ROWS} more"
