"""When what the queue watch posts is alarming, and when its silence is (B7, B10, B13)."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.answers import Finding, Verdict
from relaycheck.engine import sources
from relaycheck.engine.queue_report import QueueReport, Thresholds, lasting
from relaycheck.engine.relay_rules.operation import LOGGING_ON, SERVICE_STOPPED, STATES, STOPPED
from relaycheck.engine.rule import Rule, Severity, book, by_severity

QUEUE_OLD = Rule(
    "RQ1001",
    "B10",
    Severity.ERROR,
    "The oldest mail has waited in the queue for {lasting}; {count} files wait.",
    "Read the relay's log: the answer of the other side says why. Then relay explain.",
    sources.METABASE_AND_SMTP,
)
QUEUE_LONG = Rule(
    "RQ1002",
    "B10",
    Severity.WARNING,
    "{count} files wait in the queue.",
    "Look whether one device storms, or whether nothing leaves at all.",
    sources.METABASE_AND_SMTP,
)
BADMAIL = Rule(
    "RQ1003",
    "B10",
    Severity.WARNING,
    "{count} files are in Badmail: mail that could not even be returned. It grows without limit.",
    "Read a .BDR file for the reason, then empty the folder.",
    sources.METABASE_AND_SMTP,
)
FOLDER_MISSING = Rule(
    "RQ1004",
    "B10",
    Severity.WARNING,
    "The folder {folder} was not found on the relay, so nothing is known about it.",
    "Run the script as SYSTEM, and look where the virtual server keeps its mail.",
    sources.METABASE_AND_SMTP,
)
SILENT = Rule(
    "RQ701",
    "B7",
    Severity.ERROR,
    "The relay has been silent for {lasting}.",
    "Look whether the machine runs and its scheduled task still does.",
    sources.SERVICE_START,
)
RULES = book(QUEUE_OLD, QUEUE_LONG, BADMAIL, FOLDER_MISSING, SILENT)


def judge_report(report: QueueReport, thresholds: Thresholds) -> tuple[Finding, ...]:
    """What is alarming about one report, the worst first."""
    return by_severity((*_service(report), *_folders(report, thresholds)))


def _service(report: QueueReport) -> Iterator[Finding]:
    if report.service_state and report.service_state.lower() != "running":
        yield SERVICE_STOPPED.found(state=report.service_state.lower())
    state = STATES.get(report.server_state, "")
    if state and state not in {"started", "starting", "continuing"}:
        yield STOPPED.found(state=state)
    if report.logging:
        yield LOGGING_ON.found(format="any format")


def _folders(report: QueueReport, thresholds: Thresholds) -> Iterator[Finding]:
    for name, folder in (("Queue", report.queue), ("Badmail", report.badmail)):
        if not folder.found:
            yield FOLDER_MISSING.found(Verdict.UNKNOWN, folder=name)
    if report.queue.count and report.queue.oldest_seconds >= thresholds.oldest_seconds:
        oldest = report.queue.oldest_seconds
        yield QUEUE_OLD.found(lasting=lasting(oldest), seconds=oldest, count=report.queue.count)
    if report.queue.count >= thresholds.queued:
        yield QUEUE_LONG.found(count=report.queue.count)
    if report.badmail.count >= thresholds.badmail:
        yield BADMAIL.found(count=report.badmail.count)


def judge_silence(seconds: float, thresholds: Thresholds) -> tuple[Finding, ...]:
    """Whether ``seconds`` without any report are too many."""
    if seconds < thresholds.silent_seconds:
        return ()
    return (SILENT.found(Verdict.UNKNOWN, lasting=lasting(int(seconds)), seconds=int(seconds)),)
