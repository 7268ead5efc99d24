"""Everything about one domain's SPF: asked once, judged, merged, and as the JSON that is promised (``docs/spf.md``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from publicdns.answers import Answer, Finding, Lookup, Verdict
from publicdns.asking import gather
from publicdns.spf.addresses import Network
from publicdns.spf.cache import SharedAnswers
from publicdns.spf.judging import judged
from publicdns.spf.merge import Merged, merge
from publicdns.spf.record import parse_term
from publicdns.spf.result import Limits, Result
from publicdns.spf.rules import Case, fix_of, sentence_of
from publicdns.spf.senders import MICROSOFT, Sender, sender_of_include, sender_of_network
from publicdns.spf.terms import Mechanism, SpfRecord
from publicdns.spf.walk import Node, Walker

VERSION = 1  # of the JSON
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Service:
    """Somebody who may send for the domain; ``provider`` is empty where nobody is known by that name."""

    provider: str
    terms: tuple[str, ...]
    lookups: int
    source: str = ""
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen at one domain. ``tree`` and ``merged`` are None where there was nothing to follow."""

    domain: str
    answer: Answer
    records: tuple[SpfRecord, ...]
    findings: tuple[Finding, ...]
    tree: Node | None = None
    merged: Merged | None = None
    result: Result | None = None  # where an address was asked about

    @property
    def verdict(self) -> Verdict:
        """The worst that was found: errors before unknown before present; warnings and notices are no error."""
        found = {finding.verdict for finding in self.findings if finding.severity == "error"}
        if found:
            return Verdict.MISSING if found == {Verdict.MISSING} else Verdict.WRONG
        unknown = any(finding.verdict is Verdict.UNKNOWN for finding in self.findings)
        return Verdict.UNKNOWN if unknown else Verdict.PRESENT


async def examine(
    domain: str,
    lookup: Lookup,
    *,
    now: float,
    cloud: str = "worldwide",
    additions: Sequence[Mechanism] = (),
    limits: Limits = _DEFAULT_LIMITS,
    cache: SharedAnswers | None = None,
) -> Report:
    """Ask, follow, count, judge and merge. ``domain`` is canonical; ``cloud`` is a key of MICROSOFT.

    ``additions`` are merged beside Microsoft's include.
    """
    cache = cache or SharedAnswers()
    answer, type99 = await gather(lookup(domain, "TXT"), lookup(domain, "SPF"))
    records = () if answer.failed else cache.records(answer)
    case = Case(domain, answer, records, MICROSOFT[cloud], _other_clouds(cloud), type99=type99)
    if answer.failed:
        return Report(domain, answer, (), judged(case))
    walker = Walker(lookup, now, limits, cache)
    tree = await walker.tree(case.record, domain) if case.record is not None else None
    merged = await merge(domain, records, (*additions, microsoft_term(cloud)), walker)
    return Report(domain, answer, records, judged(replace(case, tree=tree, merged=merged)), tree, merged)


def microsoft_term(cloud: str) -> Mechanism:
    """The mechanism Microsoft asks for in ``cloud``."""
    term = parse_term(f"include:{MICROSOFT[cloud]}")
    assert isinstance(term, Mechanism)
    return term


def _other_clouds(cloud: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in MICROSOFT.values() if name != MICROSOFT[cloud]))


def services(tree: Node) -> tuple[Service, ...]:
    """Who may send, term by term of the record itself; what one provider holds by several terms is one row."""
    rows: dict[str, Service] = {}
    for text, network in tree.networks:
        _add(rows, sender_of_network(network), text, 0)
    for node in tree.children:
        _add(rows, _owner(node), node.term, node.lookups)
    return tuple(rows.values())


def _owner(node: Node) -> Sender | None:
    owner = sender_of_include(node.name)
    if owner is None and node.addresses:
        owner = sender_of_network(Network.parse(node.addresses[0]))
    return owner


def _add(rows: dict[str, Service], sender: Sender | None, term: str, lookups: int) -> None:
    provider = sender.provider if sender is not None else ""
    key = provider or term
    held = rows.get(key) or Service(
        provider, (), 0, sender.source if sender else "", sender.verified if sender else True
    )
    rows[key] = replace(held, terms=(*held.terms, term), lookups=held.lookups + lookups)


def as_json(report: Report) -> dict[str, Any]:
    """The report as ``--json`` prints it; values are as published, nothing is escaped but by JSON itself."""
    tree, merged, result = report.tree, report.merged, report.result
    return {
        "version": VERSION,
        "domain": report.domain,
        "verdict": report.verdict,
        "outcome": report.answer.outcome,
        "reason": report.answer.reason,
        "records": [record.text for record in report.records],
        "lookups": tree.lookups if tree else None,
        "void_lookups": tree.voids if tree else None,
        "tree": _node(tree) if tree else None,
        "services": [_service(each) for each in services(tree)] if tree else [],
        "findings": [_finding(finding) for finding in report.findings],
        "merge": _merged(merged) if merged else None,
        "result": {**result_json(result), "path": list(result.path)} if result else None,
    }


def result_json(result: Result) -> dict[str, Any]:
    """One evaluation as a JSON object: the line that ``--batch`` writes."""
    return {
        "result": result.code,
        "explanation": result.explanation,
        "reason": result.reason,
        "lookups": result.lookups,
        "void_lookups": result.void_lookups,
    }


def _node(node: Node) -> dict[str, Any]:
    owner = _owner(node)
    return {
        "term": node.term,
        "name": node.name,
        "provider": owner.provider if owner else None,
        "lookups": node.lookups,
        "void_lookups": node.voids,
        "trouble": node.trouble or None,
        "detail": node.detail or None,
        "record": node.record.text if node.record else None,
        "networks": [{"term": text, "provider": _provider(network)} for text, network in node.networks],
        "addresses": list(node.addresses),
        "children": [_node(child) for child in node.children],
    }


def _provider(network: Network) -> str | None:
    sender = sender_of_network(network)
    return sender.provider if sender else None


def _service(service: Service) -> dict[str, Any]:
    return {
        "provider": service.provider or None,
        "terms": list(service.terms),
        "lookups": service.lookups,
        "source": service.source or None,
        "verified": service.verified,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "sentence": sentence_of(finding),
        "fix": fix_of(finding),
        "facts": finding.facts,
    }


def _merged(merged: Merged) -> dict[str, Any]:
    refusal = merged.refusal
    return {
        "record": merged.text or None,
        "strings": list(merged.strings),
        "added": list(merged.added),
        "lookups_before": merged.before,
        "lookups_after": merged.after,
        "notes": [{"what": note.what, "term": note.term, "why": note.why} for note in merged.notes],
        "refusal": {"code": refusal.code, "sentence": refusal.sentence, "alternatives": list(refusal.alternatives)}
        if refusal
        else None,
    }
