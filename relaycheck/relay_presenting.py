"""From a relay's rows to what people read: one state, one sentence, findings by severity, probes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from publicdns.answers import Finding
from relaycheck.engine.probe_report import CUT_OFF, Relaying, Standing, Tls
from relaycheck.engine.relay_rules import in_words
from relaycheck.models import Delisting, Probe, ProbeKind, ProbeState, RelayUpload
from relaycheck.relay_known import Known
from relaycheck.relay_probes import answered
from relaycheck.relay_uploads import findings_of

Text = str | Promise
RANK = {"error": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is called and drawn. Colour never speaks alone: each has its own icon and word."""

    label: Text
    icon: str
    tone: str


LOOKS = {
    "removed": Look(lazy("Removed"), "bin", "dim"),
    "incomplete": Look(lazy("Not complete"), "pencil", "warn"),
    "alarm": Look(lazy("Alarm"), "alert", "bad"),
    "open": Look(lazy("Open relay"), "alert", "bad"),
    "wrong": Look(lazy("Wrong"), "alert", "bad"),
    "refused": Look(lazy("Refused"), "cross", "bad"),
    "blocked": Look(lazy("On a blocklist"), "clock", "warn"),
    "doubtful": Look(lazy("Worth a look"), "alert", "warn"),
    "unproven": Look(lazy("Not proven"), "question", "dim"),
    "good": Look(lazy("In order"), "check", "good"),
}
SEVERITIES = {
    "error": Look(lazy("Error"), "alert", "bad"),
    "warning": Look(lazy("Warning"), "alert", "warn"),
    "notice": Look(lazy("Notice"), "info", "wait"),
}
RELAYING = {
    Relaying.OPEN: (lazy("Open: external mail was accepted from a source that is not on the list."), "alert", "bad"),
    Relaying.MAY_BE_OPEN: (
        lazy("May be open: external mail was accepted. Right for a listed device only."),
        "alert",
        "warn",
    ),
    Relaying.FOR_THIS_SOURCE: (
        lazy("Relays for this source, as it should. That says nothing about other sources."),
        "check",
        "good",
    ),
    Relaying.CLOSED: (lazy("Refused for this source. That says nothing about other sources."), "check", "good"),
    Relaying.INCONCLUSIVE: (lazy("Inconclusive: neither accepted nor refused for good."), "question", "warn"),
    Relaying.NOT_TRIED: (lazy("Not known: no recipient could be tried."), "question", "dim"),
}
ENDINGS = {
    "not-allowed": lazy("Nothing was sent: this installation may not ring there."),
    "unresolved": lazy("Its name could not be resolved."),
    "unreachable": lazy("It could not be reached."),
    "closed": lazy("The other side hung up."),
    "timeout": lazy("No answer came in time."),
    "deadline": lazy("The time granted was over."),
    "reply-too-long": lazy("Its replies had no end."),
    "not-smtp": lazy("What answers there does not speak SMTP."),
    "stopped": lazy("It was stopped."),
}
STANDINGS = {
    Standing.ACCEPTED: lazy("accepted"),
    Standing.DEFERRED: lazy("put off"),
    Standing.REFUSED: lazy("refused"),
    Standing.SIGN_IN: lazy("wants a sign-in"),
    Standing.TLS_FIRST: lazy("wants TLS first"),
    Standing.SENDER_REFUSED: lazy("sender refused"),
    Standing.NO_ANSWER: lazy("no answer"),
}


TLS: dict[str, Text] = {
    Tls.UNKNOWN: lazy("unknown"),
    Tls.NOT_OFFERED: lazy("not offered"),
    Tls.OFFERED: lazy("offered"),
    Tls.WORKED: lazy("worked"),
    Tls.FAILED: lazy("failed"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What is said of a relay."""

    look: Look
    sentence: str


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding in sentences, and where it comes from: the configuration, a probe, the queue watch."""

    code: str
    of: str
    severity: str
    verdict: str
    title: str
    evidence: tuple[str, ...]
    fix: str
    source: str
    origin: str
    look: Look


def shown(known: Known, findings: list[ShownFinding]) -> Shown:
    """The state and the sentence: the worst first."""
    if known.relay.removed_at:
        return Shown(LOOKS["removed"], _("Nobody looks after it any more. It can be taken back."))
    if known.policy is None:
        return Shown(LOOKS["incomplete"], known.missing)
    if known.relay.alarms:
        return Shown(LOOKS["alarm"], " ".join(alarm["title"] for alarm in known.relay.alarms.values()))
    return _proved(known, findings)


def _proved(known: Known, findings: list[ShownFinding]) -> Shown:
    newest = known.probes
    inward = newest.get(ProbeKind.FORMS) or newest.get(ProbeKind.PLAIN)
    if any(one.report.get("relaying") == Relaying.OPEN for one in newest.values()):
        return Shown(LOOKS["open"], str(RELAYING[Relaying.OPEN][0]))
    worst = [finding for finding in findings if finding.severity == "error"]
    if known.waiting:
        return Shown(LOOKS["blocked"], _blocked(known.waiting, len(worst)))
    if worst:
        return Shown(LOOKS["wrong"], _counted(len(worst), worst[0].title))
    doubts = [finding for finding in findings if finding.severity == "warning"]
    if doubts:
        return Shown(LOOKS["doubtful"], _counted(len(doubts), doubts[0].title))
    if inward is None or known.upload is None:
        return Shown(LOOKS["unproven"], _missing_proof(known.upload, inward))
    if inward.report.get("relaying") in (Relaying.NOT_TRIED, Relaying.INCONCLUSIVE):
        return Shown(LOOKS["unproven"], outcome(inward.kind, inward.report))
    return Shown(LOOKS["good"], _("It is configured as declared, and the probe found nothing wrong."))


def _blocked(waiting: Delisting, errors: int) -> str:
    text = _("{address} waits to be taken off a list; an answer is due by {due}.")
    words = text.format(address=waiting.address, due=f"{waiting.due_at:%Y-%m-%d %H:%M} UTC")
    besides = ngettext("{} error was found besides.", "{} errors were found besides.", errors).format(errors)
    return f"{words} {besides}" if errors else words


def _counted(count: int, first: str) -> str:
    more = count - 1
    return first + (" " + ngettext("And {} more.", "And {} more.", more).format(more) if more else "")


def _missing_proof(upload: RelayUpload | None, inward: Probe | None) -> str:
    if inward is None and upload is None:
        return _("Nothing is known of it yet: upload its configuration, and run the probe.")
    return _("Run the probe: only a conversation proves it.") if inward is None else _("Upload its configuration.")


def all_findings(known: Known) -> list[ShownFinding]:
    """Everything wrong with it, from every origin, the worst first; the same rule at most once for each origin."""
    found = [_worded(finding, _("configuration")) for finding in findings_of(known)]
    for kind, one in known.probes.items():
        found += [_from_json(row, ProbeKind(kind).label) for row in one.report.get("findings", ())]
    unique = {(finding.code, finding.title): finding for finding in reversed(found)}
    return sorted(unique.values(), key=lambda finding: (RANK.get(finding.severity, 3), finding.code))


def _worded(finding: Finding, origin: str) -> ShownFinding:
    return ShownFinding(**asdict(in_words(finding)), origin=origin, look=SEVERITIES[finding.severity])


def _from_json(row: dict[str, Any], origin: str) -> ShownFinding:
    words = {key: value for key, value in row.items() if key != "facts"}
    return ShownFinding(
        **{**words, "evidence": tuple(words["evidence"])}, origin=origin, look=SEVERITIES[row["severity"]]
    )


@dataclass(frozen=True, slots=True)
class ShownProbe:
    """A probe in one line, and what it tried."""

    probe: Probe
    sentence: str
    icon: str
    tone: str
    attempts: tuple[tuple[dict[str, Any], Text], ...]
    findings: tuple[ShownFinding, ...]
    ended: str
    tls: Text


def shown_probe(one: Probe) -> ShownProbe:
    """What a probe found, in careful words."""
    report = one.report
    ended = _ended(report.get("ended", ""))
    findings = tuple(_from_json(row, "") for row in report.get("findings", ()))
    attempts = tuple((row, STANDINGS[Standing(row["standing"])]) for row in report.get("attempts", ()))
    sentence, icon, tone = _said(one)
    return ShownProbe(one, sentence, icon, tone, attempts, findings, ended, TLS.get(report.get("tls", ""), ""))


def outcome(kind: str, facts: dict[str, Any]) -> str:
    """What came out of a probe, by what history keeps of it."""
    if kind == ProbeKind.OUTWARD and facts.get("taken"):
        return _("Microsoft 365 takes mail from there.")
    if kind == ProbeKind.OUTWARD and facts.get("reply"):
        return _("Microsoft 365 refuses: {}").format(facts["reply"])
    relaying, note = Relaying(facts["relaying"]), facts.get("ended", "")
    if note and relaying is Relaying.NOT_TRIED:
        return _ended(note)
    words = str(RELAYING[relaying][0])
    return f"{words} {_ended(note)}" if note.startswith(CUT_OFF) else words


def _said(one: Probe) -> tuple[str, str, str]:
    if one.state in (ProbeState.QUEUED, ProbeState.RUNNING):
        return str(ProbeState(one.state).label), "clock", "wait"
    if one.kind == ProbeKind.NAMES:
        return _("Names were asked for."), "check", "good"
    if "relaying" not in one.report:
        return one.report.get("sentence") or _("It was stopped."), "cross", "dim"
    if one.kind == ProbeKind.OUTWARD:
        return _outward(one)
    _words, icon, tone = RELAYING[Relaying(one.report["relaying"])]
    return outcome(one.kind, one.report), icon, tone


def _outward(one: Probe) -> tuple[str, str, str]:
    facts = one.report | answered(one.report["attempts"])
    icon, tone = ("check", "good") if facts["taken"] else ("cross", "bad") if facts["reply"] else ("question", "dim")
    return outcome(one.kind, facts), icon, tone


def _ended(text: str) -> str:
    key = text.partition(" ")[0]
    rest = text[len(key) :].strip()
    return " ".join(filter(None, (str(ENDINGS.get(key, key)), rest)))
