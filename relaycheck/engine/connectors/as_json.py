"""The results as plain dictionaries: the documented, versioned ``--json`` of the commands (docs/connectors.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from publicdns.answers import Finding
from relaycheck.engine.connectors.audit import Audit, Judged
from relaycheck.engine.connectors.auditing import fix, sentence, source
from relaycheck.engine.connectors.comparing import Comparison
from relaycheck.engine.connectors.dropping import Advice
from relaycheck.engine.connectors.effective import Standing
from relaycheck.engine.connectors.matching import Candidate, Reached
from relaycheck.engine.connectors.model import Connector, Understood
from relaycheck.engine.connectors.protocol_log import LogReport, Usage

VERSION = 1
Json = dict[str, Any]


def audit_json(audit: Audit) -> Json:
    """``connectors audit --json``."""
    return {
        "format": "onward.connectors.audit",
        "version": VERSION,
        "verdict": audit.verdict.value,
        "files": [_file(found) for found in audit.export.files],
        "connectors": [_judged(judged) for judged in audit.connectors],
        "findings": [_finding(found) for found in audit.findings],
        "one_liner": {
            "shown": list(audit.one_liner.shown),
            "missed": list(audit.one_liner.missed),
            "mistaken": list(audit.one_liner.mistaken),
        },
    }


def _file(found: Understood) -> Json:
    problems = [{"code": one.code, "at": str(one.source), "detail": one.detail} for one in found.problems]
    return {
        "file": found.file,
        "shape": found.shape,
        "encoding": found.encoding,
        "connectors": found.connectors,
        "permissions": found.permissions,
        "problems": problems,
    }


def _judged(judged: Judged) -> Json:
    return connector_json(judged.connector) | {
        "verdict": judged.verdict.value,
        "scope": judged.scope.value,
        "permissions_uploaded": judged.coverage.value,
        "standings": [_standing(standing) for standing in judged.standings],
        "findings": [_finding(found) for found in judged.findings],
    }


def connector_json(connector: Connector) -> Json:
    """A connector's settings; null where the export did not say."""
    return {
        "identity": connector.identity,
        "enabled": connector.enabled,
        "role": connector.role,
        "bindings": None if connector.bindings is None else [str(binding) for binding in connector.bindings],
        "ranges": None if connector.ranges is None else [str(part) for part in connector.ranges],
        "permission_groups": None if connector.groups is None else sorted(connector.groups),
        "auth_mechanism": None if connector.auth is None else sorted(connector.auth),
        "require_tls": connector.require_tls,
        "limits": dict(connector.limits),
        "incomplete": {name: cut.value for name, cut in connector.cuts},
        "source": str(connector.source),
    }


def _standing(standing: Standing) -> Json:
    return {
        "principal": standing.principal.name,
        "party": standing.principal.party.value,
        "relays": standing.relays,
        "granted": standing.granted,
        "submit": standing.submit,
        "basis": standing.basis.value,
        "blocks": [block.value for block in standing.blocks],
        "evidence": [str(found) for found in standing.evidence[:20]],
    }


def _finding(found: Finding) -> Json:
    return {
        "code": found.code,
        "verdict": found.verdict.value,
        "severity": found.severity,
        "sentence": sentence(found),
        "fix": fix(found),
        "source": source(found),
        "facts": found.facts,
    }


def which_json(reached: tuple[Reached, ...], judged: Iterable[Judged], client: str, port: int) -> Json:
    """``connectors which --json``."""
    verdicts = {item.connector.key: item.verdict.value for item in judged}
    servers = [
        {
            "server": one.server,
            "answers": one.answering.identity if one.answering else None,
            "relays": verdicts[one.answering.key] if one.answering else None,
            "certain": one.certain,
            "candidates": [_candidate(candidate) for candidate in one.candidates],
        }
        for one in reached
    ]
    return {"format": "onward.connectors.which", "version": VERSION, "client": client, "port": port, "servers": servers}


def _candidate(candidate: Candidate) -> Json:
    via = str(candidate.via) if candidate.via else None
    return {"connector": candidate.connector.identity, "why": candidate.why.value, "via": via}


def compare_json(comparison: Comparison) -> Json:
    """``connectors compare --json``."""
    differences = [
        {
            "kind": one.kind,
            "server": one.server,
            "who": one.who,
            "port": one.port,
            "ranges": [str(part) for part in one.ranges],
            "connectors": list(one.connectors),
            "detail": one.detail,
        }
        for one in comparison.differences
    ]
    return {
        "format": "onward.connectors.compare",
        "version": VERSION,
        "same": comparison.same,
        "certain": comparison.certain,
        "servers": list(comparison.servers),
        "differences": differences,
    }


def log_json(report: LogReport, advice: tuple[Advice, ...]) -> Json:
    """``connectors log --json``."""
    return {
        "format": "onward.connectors.log",
        "version": VERSION,
        "rows": report.rows,
        "unreadable": report.unreadable,
        "forgotten_sessions": report.forgotten,
        "first": report.first.isoformat() if report.first else None,
        "last": report.last.isoformat() if report.last else None,
        "usages": [_usage(usage) for usage in report.usages],
        "advice": [_advice(one) for one in advice],
    }


def _usage(usage: Usage) -> Json:
    return {
        "connector": usage.connector,
        "address": usage.address,
        "sessions": usage.sessions,
        "relay_sessions": usage.relay_sessions,
        "recipients_outside": usage.outside,
        "recipients_inside": usage.inside,
        "recipients_undecided": usage.undecided,
        "recipients_refused": usage.refused,
        "relayed_outside": usage.relayed,
        "first_seen": usage.first_seen.isoformat() if usage.first_seen else None,
        "last_seen": usage.last_seen.isoformat() if usage.last_seen else None,
        "domains": list(usage.domains),
    }


def _advice(one: Advice) -> Json:
    return {
        "connector": one.connector,
        "fate": one.fate.value,
        "safe_to_drop": one.safe_to_drop,
        "reason": one.reason,
        "last_seen": one.last_seen.isoformat() if one.last_seen else None,
        "covered_days": one.covered_days,
        "wanted_days": one.wanted_days,
        "sources": [usage.address for usage in one.usages],
    }
