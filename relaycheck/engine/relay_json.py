"""What the relay half says as JSON: documented in docs/relay.md, one version number for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from publicdns.answers import Finding
from relaycheck.engine.log_report import LogReport, Sender
from relaycheck.engine.policy import Source
from relaycheck.engine.probe_report import ProbeReport
from relaycheck.engine.relay_rules import in_words
from relaycheck.engine.replies import Explanation
from relaycheck.engine.transcript import Transcript

FORMAT = "onward-relay/1"
MOST_ROWS = 1000


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings with their facts and their sentences."""
    return [{**asdict(in_words(finding)), "facts": finding.facts} for finding in findings]


def probe_json(report: ProbeReport, transcript: Transcript) -> dict[str, Any]:
    """A probe: the report and the conversation it was read from."""
    return {
        "format": FORMAT,
        "what": "probe",
        "target": report.target,
        "address": report.address,
        "local": report.local,
        "resolved": list(report.resolved),
        "greeting": report.greeting,
        "endpoint": report.endpoint.value,
        "keywords": list(report.keywords),
        "size": report.size,
        "tls": report.tls.value,
        "tls_facts": dict(report.tls_facts),
        "seen_address": report.seen_address,
        "relaying": report.relaying.value,
        "ended": report.ended,
        "attempts": [
            {
                "name": tried.name,
                "sender": tried.sender,
                "recipient": tried.recipient,
                "towards": tried.towards.value,
                "standing": tried.standing.value,
                "reply": tried.reply,
            }
            for tried in report.attempts
        ],
        "findings": findings_json(report.findings),
        "transcript": str(transcript).splitlines(),
    }


def judged_json(kind: str, findings: Iterable[Finding]) -> dict[str, Any]:
    """A judged configuration. ``kind`` is ``iis`` or ``postfix``."""
    return {"format": FORMAT, "what": "configuration", "kind": kind, "findings": findings_json(findings)}


def explanation_json(explanation: Explanation | None) -> dict[str, Any]:
    """An explained line; ``known`` is false where the line holds no refusal."""
    if explanation is None:
        return {"format": FORMAT, "what": "explanation", "known": False}
    row = explanation.row
    return {
        "format": FORMAT,
        "what": "explanation",
        "known": True,
        "code": explanation.code,
        "enhanced": explanation.enhanced,
        "temporary": explanation.temporary,
        "class": row.kind.value,
        "meaning": row.meaning,
        "who_acts": row.actor.value,
        "action": row.action,
        "where": row.where,
        "hours": list(row.hours) if row.hours else None,
        "delisting": explanation.delisting,
        "address": explanation.address,
        "source": row.source,
    }


def log_json(report: LogReport, sources: Sequence[Source] = ()) -> dict[str, Any]:
    """What logs say; with ``sources`` also who is none of them and which of them never send.

    Long lists are cut after a thousand rows; ``beyond`` counts what was not even kept.
    """
    senders = sorted(report.senders.values(), key=lambda sender: (-sender.messages, sender.address))
    return {
        "format": FORMAT,
        "what": "log",
        "formats": list(report.formats),
        "lines": report.lines,
        "unread": report.unread,
        "beyond": report.beyond,
        "delivered": report.delivered,
        "rewritten": report.rewritten,
        "seen_addresses": dict(report.seen_addresses),
        "senders": [_sender(sender) for sender in senders[:MOST_ROWS]],
        "unlisted": [sender.address for sender in report.unlisted(sources)[:MOST_ROWS]] if sources else None,
        "silent": list(report.silent(sources)) if sources else None,
        "domains": dict(report.domains.most_common(MOST_ROWS)),
        "endings": dict(report.endings.most_common(MOST_ROWS)),
        "answers": [
            {
                "example": answer.example,
                "count": answer.count,
                "first": answer.first,
                "last": answer.last,
                "domains": dict(answer.domains),
                "explanation": explanation_json(answer.explanation),
            }
            for answer in sorted(report.answers.values(), key=lambda answer: -answer.count)[:MOST_ROWS]
        ],
    }


def _sender(sender: Sender) -> dict[str, Any]:
    return {
        "address": sender.address,
        "greeting": sender.greeting,
        "sessions": sender.sessions,
        "messages": sender.messages,
        "recipients": sender.recipients,
        "refused": sender.refused,
        "octets": sender.octets,
        "first": sender.first,
        "last": sender.last,
        "domains": dict(sender.domains.most_common(20)),
        "refusals": {str(code): count for code, count in sorted(sender.refusals.items())},
    }
