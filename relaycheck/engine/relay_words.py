"""What the relay half says as lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from publicdns.answers import Finding
from relaycheck.engine.log_report import LogReport
from relaycheck.engine.policy import Source
from relaycheck.engine.probe_report import ProbeReport, Relaying, ended_words
from relaycheck.engine.relay_rules import in_words
from relaycheck.engine.replies import Explanation

MARKS = {"error": "!!", "warning": " !", "notice": "  "}
MOST_ROWS = 20
RELAYING = {
    Relaying.OPEN: "OPEN: external recipients were accepted from a source that is not on the list.",
    Relaying.MAY_BE_OPEN: "May be open: external recipients were accepted. Right for a listed device only.",
    Relaying.FOR_THIS_SOURCE: "Relays for this source, as it should. That says nothing about other sources.",
    Relaying.CLOSED: "Refused for this source. That says nothing about other sources.",
    Relaying.INCONCLUSIVE: "Inconclusive: neither accepted nor refused for good.",
    Relaying.NOT_TRIED: "Not known: no recipient could be tried.",
}


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Each finding with its evidence, its fix and its source."""
    for finding in findings:
        said = in_words(finding)
        yield f"{MARKS[said.severity]} {said.code} ({said.of}, {said.severity}, {said.verdict}) {said.title}"
        yield f"     do: {said.fix}"
        yield f"     see: {said.source}"


def probe_lines(report: ProbeReport) -> Iterator[str]:
    """The sentence first, then what was answered, then the findings."""
    yield RELAYING[report.relaying]
    if report.greeting:
        size = "not announced" if report.size is None else f"{report.size} bytes"
        yield f"{report.greeting}  [{report.endpoint.value}; TLS {report.tls.value}; size limit {size}]"
    for name, value in report.tls_facts:
        yield f"  {name}: {value}"
    if report.seen_address:
        yield f"The server sees us as {report.seen_address}."
    for tried in report.attempts:
        name = tried.name or tried.towards.value
        yield f"  {name}: <{tried.sender}> to {tried.recipient or '-'}: {tried.standing.value}  {tried.reply}"
    if report.ended:
        yield f"The conversation ended early ({report.ended.partition(' ')[0]}): {ended_words(report.ended)}."
    yield from finding_lines(report.findings)


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Meaning, who acts, where, how long."""
    row = explanation.row
    code = " ".join(part for part in (explanation.code, explanation.enhanced) if part)
    yield f"{code}: {row.meaning} ({row.kind.value}, {'for now' if explanation.temporary else 'for good'})"
    yield f"Who acts: {row.actor.value}. {row.action}"
    if row.where:
        yield f"Where: {row.where}"
    if row.hours:
        yield f"How long: {row.hours[0]} to {row.hours[1]} hours."
    if explanation.address:
        yield f"The address it names: {explanation.address}"
    yield f"See: {row.source}"


def source_lines(report: LogReport, sources: Sequence[Source]) -> Iterator[str]:
    """Who still uses the relay, held against the list of who may."""
    unlisted = [sender.address for sender in report.unlisted(sources)]
    yield "Not on the list: " + (", ".join(unlisted[:MOST_ROWS]) or "nobody")
    yield "On the list and never sent: " + (", ".join(report.silent(sources)) or "none")


def log_lines(report: LogReport) -> Iterator[str]:
    """Senders, destinations, refusals, and what else the logs give away."""
    yield f"{report.lines} lines ({', '.join(report.formats)}), {report.unread} of them not understood."
    senders = sorted(report.senders.values(), key=lambda sender: (-sender.messages, sender.address))
    yield f"{len(senders)} addresses talked to the relay; {report.delivered} messages were delivered."
    for sender in senders[:MOST_ROWS]:
        said = f"{sender.messages} messages, {sender.recipients} recipients, {sender.refused} refused"
        yield f"  {sender.address}  {said}, {sender.octets} bytes, last {sender.last or 'unknown'}  {sender.greeting}"
    yield "Recipients by ending: " + (_counted(report.endings.most_common(MOST_ROWS)) or "none")
    yield "Recipients by domain: " + (_counted(report.domains.most_common(MOST_ROWS)) or "none")
    if report.seen_addresses:
        yield "Microsoft 365 sees the relay as " + _counted(report.seen_addresses.most_common(5))
    if report.rewritten:
        yield f"{report.rewritten} commands were rewritten by a firewall (SMTP inspection)."
    for answer in sorted(report.answers.values(), key=lambda answer: -answer.count)[:MOST_ROWS]:
        yield f"Refused {answer.count} times, last {answer.last or 'unknown'}: {answer.example}"
        if answer.explanation:
            yield from (f"    {line}" for line in explanation_lines(answer.explanation))
    if report.beyond:
        yield f"{report.beyond} more did not fit into the counters."


def _counted(rows: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in rows)
