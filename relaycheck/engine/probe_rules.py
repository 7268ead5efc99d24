# ruff: noqa: ARG001 - every rule is called with the same two arguments
"""The rules a probe's report is held against, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from publicdns.answers import Finding, Verdict
from relaycheck.engine import sources
from relaycheck.engine.address_forms import Towards
from relaycheck.engine.probe_report import BY_US, Endpoint, Known, ProbeReport, Standing, Tls, ended_words
from relaycheck.engine.rule import Rule, Severity, book

OPEN = Rule(
    "RP101",
    "B2",
    Severity.ERROR,
    "External recipients were accepted from a source that is not on the list: {recipients}.",
    "Close the relay list, then the connection list; on IIS untick the relay box of the remote domains.",
    sources.DOMAIN_OVERRIDES_LIST,
)
MAY_BE_OPEN = Rule(
    "RP102",
    "B2",
    Severity.WARNING,
    "External recipients were accepted: {recipients}. Right for a listed device, an open relay for anybody else.",
    "Say whether the source {local} is on the list, and run the probe from one that is not.",
    sources.OPEN_RELAY_FORMS,
)
TRICK = Rule(
    "RP103",
    "B2",
    Severity.WARNING,
    "Unusual address forms were accepted: {recipients}. The server may take them for local names; it may also relay.",
    "Look at where such a message would go before you call it open or closed.",
    sources.OPEN_RELAY_FORMS,
)
NOT_CLOSED = Rule(
    "RP104",
    "B2",
    Severity.WARNING,
    "External recipients were put off, not refused: {reply}. That is no proof of a closed relay.",
    "Postfix: use reject_unauth_destination instead of defer_unauth_destination. Elsewhere: try again later.",
    sources.POSTFIX_RELAY,
)
LISTED_REFUSED = Rule(
    "RP105",
    "B2",
    Severity.ERROR,
    "A listed source was refused: {reply}.",
    "Add {local} to the relay list, and look whether another address of the device is used.",
    sources.IIS_RELAY,
)
OUTSIDE_REFUSED = Rule(
    "RP106",
    "B12",
    Severity.NOTICE,
    "Mail to an ending without a remote domain is refused: {reply}.",
    "Right when it is not wanted. Otherwise add a remote domain for the ending, with its relay box unticked.",
    sources.IIS_RELAY,
)
OWN_REFUSED = Rule(
    "RP107",
    "B5",
    Severity.ERROR,
    "Mail to a hosted domain is refused: {reply}.",
    "Read what the answer means; look for the remote domain and for the device on the list.",
    sources.DEVICES,
)
NO_TLS = Rule(
    "RP110",
    "B8",
    Severity.NOTICE,
    "The server offers no STARTTLS.",
    "Fine inside one's own network. Towards Microsoft 365 it means that something in between removes it.",
    sources.DEVICES,
)
TLS_BROKEN = Rule(
    "RP111",
    "B8",
    Severity.WARNING,
    "STARTTLS is offered and does not work: {reason}.",
    "Renew the certificate or turn STARTTLS off: a client that demands TLS cannot send at all.",
    "https://www.rfc-editor.org/rfc/rfc3207",
)
TLS_INJECTION = Rule(
    "RP112",
    "B8",
    Severity.WARNING,
    "The server spoke in clear text between STARTTLS and the handshake: what it holds back could be injected.",
    "Update the server.",
    "https://www.rfc-editor.org/rfc/rfc3207#section-4.2",
)
CERTIFICATE = Rule(
    "RP113",
    "B8",
    Severity.NOTICE,
    "The certificate is not one a stranger would trust: {reason}.",
    "Fine where devices do not look. A connector that recognises the relay by certificate needs a public one.",
    sources.DEVICES,
)
MASKED = Rule(
    "RP114",
    "B1",
    Severity.WARNING,
    "Something between us and the server rewrites SMTP: its greeting is masked.",
    "Turn SMTP inspection off on the firewall: it removes STARTTLS as well.",
    sources.SMTP,
)
SMALL = Rule(
    "RP115",
    "B3",
    Severity.WARNING,
    "The server takes {announced} bytes at most, the policy says {declared}.",
    "Raise the message size limit; scanners send more than the default of 2048 KB.",
    sources.MAX_MESSAGE_SIZE,
)
OTHER_ADDRESS = Rule(
    "RP116",
    "B9",
    Severity.ERROR,
    "Microsoft 365 sees {seen}, the policy declares {declared}.",
    "Put {seen} into the SPF record and on the inbound connector, or find out why mail leaves another way.",
    sources.DEVICES,
)
BLOCKED = Rule(
    "RP117",
    "B11",
    Severity.ERROR,
    "The address is blocked: {reply}.",
    "{action} ({where})",
    sources.DELIST,
)
OTHER_HOST = Rule(
    "RP118",
    "B14",
    Severity.ERROR,
    "Where the probe ran, the relay's name leads to {found}, not to {declared}.",
    "Correct the internal A record, or the policy.",
    sources.SMTP,
)
NOT_REACHED = Rule(
    "RP120",
    "B1",
    Severity.WARNING,
    "The server could not be asked: {reason}.",
    "Look at the firewall, and whether the service runs: after a restart of IIS the virtual server usually does not.",
    sources.SMTP,
)
RULES = book(
    OPEN,
    MAY_BE_OPEN,
    TRICK,
    NOT_CLOSED,
    LISTED_REFUSED,
    OUTSIDE_REFUSED,
    OWN_REFUSED,
    NO_TLS,
    TLS_BROKEN,
    TLS_INJECTION,
    CERTIFICATE,
    MASKED,
    SMALL,
    OTHER_ADDRESS,
    BLOCKED,
    OTHER_HOST,
    NOT_REACHED,
)


def judge_all(report: ProbeReport, known: Known) -> Iterator[Finding]:
    """Every finding about ``report``."""
    for rule in JUDGES:
        yield from rule(report, known)


def _relaying(report: ProbeReport, known: Known) -> Iterator[Finding]:
    outside = [tried for tried in report.attempts if tried.towards is not Towards.OWN]
    plain = [tried.recipient for tried in outside if tried.standing is Standing.ACCEPTED and not tried.trick]
    tricks = [tried.recipient for tried in outside if tried.standing is Standing.ACCEPTED and tried.trick]
    if plain and not known.listed:
        rule = OPEN if known.listed is False else MAY_BE_OPEN
        yield rule.found(recipients=plain, local=report.local or "of the probe")
    if tricks and not plain and not known.listed:
        yield TRICK.found(recipients=tricks)
    deferred = [tried.reply for tried in outside if tried.standing is Standing.DEFERRED]
    if deferred and not plain:
        yield NOT_CLOSED.found(Verdict.UNKNOWN, reply=deferred[0])


def _refusals(report: ProbeReport, known: Known) -> Iterator[Finding]:
    for tried in report.attempts:
        if tried.standing not in {Standing.REFUSED, Standing.SIGN_IN} or known.outward:
            continue
        if tried.towards is Towards.OWN:
            yield OWN_REFUSED.found(reply=tried.reply, recipient=tried.recipient)
        elif known.listed and tried.towards is Towards.EXTERNAL and not tried.trick:
            yield LISTED_REFUSED.found(reply=tried.reply, local=report.local or "its address")
        elif tried.towards is Towards.OUTSIDE and known.listed:
            yield OUTSIDE_REFUSED.found(reply=tried.reply, recipient=tried.recipient)


def _tls(report: ProbeReport, known: Known) -> Iterator[Finding]:
    facts = dict(report.tls_facts)
    if report.tls is Tls.NOT_OFFERED:
        yield NO_TLS.found(endpoint=report.endpoint.value)
    if report.tls is Tls.FAILED:
        yield TLS_BROKEN.found(reason=facts.get("tls-failed") or "the command was refused")
    if "tls-injection" in facts:
        yield TLS_INJECTION.found()
    problem = facts.get("certificate-problem", "None")
    if problem not in {"", "None"}:
        yield CERTIFICATE.found(reason=problem, subject=facts.get("certificate-subject", ""))


def _greeting(report: ProbeReport, known: Known) -> Iterator[Finding]:
    if report.endpoint is Endpoint.MASKED:
        yield MASKED.found(greeting=report.greeting)
    if report.size and known.size_bytes and report.size < known.size_bytes:
        yield SMALL.found(announced=report.size, declared=known.size_bytes)


def _outward(report: ProbeReport, known: Known) -> Iterator[Finding]:
    if known.outward and known.nat_address and report.seen_address and report.seen_address != known.nat_address:
        yield OTHER_ADDRESS.found(seen=report.seen_address, declared=known.nat_address)
    for reply, explanation in {e.enhanced: e for e in report.refusals if e.delisting}.items():
        row = explanation.row
        yield BLOCKED.found(
            reply=f"{explanation.code} {reply}",
            meaning=row.meaning,
            action=row.action,
            where=row.where,
            address=explanation.address,
        )


def _resolved(report: ProbeReport, known: Known) -> Iterator[Finding]:
    if known.internal_address and report.resolved and known.internal_address not in report.resolved:
        yield OTHER_HOST.found(found=list(report.resolved), declared=known.internal_address)


def _reached(report: ProbeReport, known: Known) -> Iterator[Finding]:
    if not report.greeting and not report.ended.startswith(BY_US):
        reason = ended_words(report.ended) if report.ended else "there was no greeting"
        yield NOT_REACHED.found(Verdict.UNKNOWN, reason=reason)
    elif report.greeting and not report.greeting.startswith("2"):
        yield NOT_REACHED.found(Verdict.UNKNOWN, reason=report.greeting)


JUDGES: tuple[Callable[[ProbeReport, Known], Iterator[Finding]], ...] = (
    _relaying,
    _refusals,
    _tls,
    _greeting,
    _outward,
    _resolved,
    _reached,
)
