"""Judging a transcript, ours or pasted: what the server is, what it offers, and whether it relays.

Careful words throughout: a 2xx to RCPT may still be followed by a refusal, a 4xx is not a closed relay, and one run
says nothing about other source addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from relaycheck.engine.address_forms import Towards
from relaycheck.engine.probe_report import (
    CUT_OFF,
    NOTHING_KNOWN,
    Endpoint,
    Known,
    ProbeReport,
    Relaying,
    Standing,
    Tls,
    Tried,
)
from relaycheck.engine.probe_rules import judge_all
from relaycheck.engine.replies import explain
from relaycheck.engine.rule import by_severity
from relaycheck.engine.transcript import Exchange, Remark, Reply, Transcript, exchanges

PATH = re.compile(r"(?i)(?:MAIL FROM|RCPT TO): ?(.*)")
HELLO = re.compile(r"(?i)\bHello \[([0-9A-Fa-f:.]{2,45})\]")
MASKED = re.compile(r"220[ -][*02 ]+$")


SIGNATURES: tuple[tuple[re.Pattern[str], Endpoint], ...] = (
    (re.compile(r"\.olc\.protection\.outlook\.com", re.IGNORECASE), Endpoint.OUTLOOK_COM),
    (
        re.compile(
            r"\.mail\.protection\.(outlook\.com|office365\.us|partner\.outlook\.cn)|\.mx\.microsoft\b", re.IGNORECASE
        ),
        Endpoint.EXCHANGE_ONLINE,
    ),
    (re.compile(r"\.outlook\.office365\.com|smtp\.office365\.com", re.IGNORECASE), Endpoint.SUBMISSION),
    (re.compile(r"Microsoft ESMTP MAIL Service, Version: \d", re.IGNORECASE), Endpoint.IIS),
    (re.compile(r"Microsoft ESMTP MAIL Service", re.IGNORECASE), Endpoint.EXCHANGE),
    (re.compile(r"\bPostfix\b", re.IGNORECASE), Endpoint.POSTFIX),
)


def judge(transcript: Transcript, known: Known = NOTHING_KNOWN) -> ProbeReport:
    """Judge a conversation, or several with the same server. Never raises."""
    reading = _Reading(known)
    for event in exchanges(transcript):
        reading.take(event)
    report = reading.report()
    refusals = tuple(e for tried in report.attempts if (e := explain(tried.reply)) is not None)
    relaying = _relaying(report.attempts, known)
    if relaying is Relaying.CLOSED and report.ended.startswith(CUT_OFF):
        relaying = Relaying.INCONCLUSIVE  # what was not tried any more may be accepted
    report = replace(report, relaying=relaying, refusals=refusals)
    return replace(report, findings=by_severity(judge_all(report, known)))


@dataclass(slots=True)
class _Reading:
    """The report while the transcript is read."""

    known: Known
    so_far: ProbeReport = field(default_factory=ProbeReport)
    tried: list[Tried] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""
    sender: str = ""

    def take(self, event: Exchange | Remark) -> None:
        """Read one event."""
        if isinstance(event, Remark):
            self._remark(event)
            return
        verb = event.command.upper()
        if not verb:
            self._greeting(event.reply)
        elif verb.startswith(("EHLO", "HELO")):
            self._hello(event.reply)
        elif verb.startswith("STARTTLS"):
            worked = event.reply is not None and event.reply.code == 220
            self._set(tls=Tls.OFFERED if worked else Tls.FAILED)
        elif verb.startswith("MAIL FROM"):
            self._mail(event)
        elif verb.startswith("RCPT TO"):
            self._attempt(event.command, event.reply, of_sender=False)

    def report(self) -> ProbeReport:
        """Everything read, put together."""
        return replace(self.so_far, attempts=tuple(self.tried), tls_facts=tuple(self.facts))

    def _set(self, **changes: object) -> None:
        self.so_far = replace(self.so_far, **changes)  # type: ignore[arg-type]

    def _remark(self, remark: Remark) -> None:
        if remark.key == "target":
            host, _, rest = remark.value.partition(" ")
            self._set(target=host, address=rest.partition(" ")[0])
        elif remark.key == "local":
            self._set(local=remark.value)
        elif remark.key == "resolved":
            self._set(resolved=tuple(remark.value.split()[:20]))
        elif remark.key == "attempt":
            self.name = remark.value
        elif remark.key == "ended":
            self._set(ended=remark.value)
        elif remark.key == "tls":
            self._set(tls=Tls.WORKED)
            self._fact("protocol", remark.value)
        elif remark.key in {"tls-failed", "tls-injection"} or remark.key.startswith("certificate-"):
            if remark.key == "tls-failed":
                self._set(tls=Tls.FAILED)
            self._fact(remark.key, remark.value)

    def _fact(self, key: str, value: str) -> None:
        if (key, value) not in self.facts and len(self.facts) < 40:
            self.facts.append((key, value))

    def _greeting(self, reply: Reply | None) -> None:
        if reply is None or self.so_far.greeting:
            return
        endpoint = next((kind for pattern, kind in SIGNATURES if pattern.search(reply.text)), Endpoint.OTHER)
        if any(MASKED.match(line) for line in reply.lines):
            endpoint = Endpoint.MASKED
        self._set(greeting=reply.first, endpoint=endpoint)

    def _hello(self, reply: Reply | None) -> None:
        if reply is None:
            return
        if seen := HELLO.search(reply.text):
            self._set(seen_address=seen[1])
        if not reply.good or not reply.lines[1:]:
            return
        words = tuple(line[4:].upper() for line in reply.lines[1:])
        self._set(keywords=tuple(dict.fromkeys((*self.so_far.keywords, *words))), size=_size(words))
        if self.so_far.tls is Tls.UNKNOWN:
            self._set(tls=Tls.OFFERED if "STARTTLS" in words else Tls.NOT_OFFERED)

    def _mail(self, event: Exchange) -> None:
        found = PATH.match(event.command)
        self.sender = _address(found[1] if found else "")
        if event.reply is None or not event.reply.good:
            self._attempt(event.command, event.reply, of_sender=True)

    def _attempt(self, command: str, reply: Reply | None, of_sender: bool) -> None:
        found = PATH.match(command)
        recipient = "" if of_sender else _address(found[1] if found else "")
        tried = Tried(
            self.name,
            self.sender,
            recipient,
            self._towards(recipient),
            _standing(reply, of_sender),
            reply.first if reply else "",
            _trick(recipient),
        )
        self.name = ""
        self.tried.append(tried)

    def _towards(self, recipient: str) -> Towards:
        named = next((towards for towards in Towards if towards.value == self.name), None)
        if named:
            return named
        domain = recipient.rpartition("@")[2].lower()
        if not self.known.hosted or not domain:
            return Towards.EXTERNAL if self.name else Towards.UNKNOWN
        return Towards.OWN if domain in self.known.hosted and not _trick(recipient) else Towards.EXTERNAL


def _address(path: str) -> str:
    return path.split(" ", 1)[0].removeprefix("<").removesuffix(">")


def _trick(recipient: str) -> bool:
    return recipient.count("@") != 1 or any(letter in recipient for letter in '%!":')


def _size(words: Iterable[str]) -> int | None:
    sizes = [word.split() for word in words if word.startswith("SIZE")]
    if not sizes:
        return None
    number = sizes[0][1] if len(sizes[0]) > 1 else "0"
    return int(number[:15]) if number.isdigit() and number.isascii() else 0


def _standing(reply: Reply | None, of_sender: bool) -> Standing:
    if reply is None or not reply.code:
        return Standing.NO_ANSWER
    if reply.good:
        return Standing.ACCEPTED
    if reply.code < 500:
        return Standing.DEFERRED
    if "STARTTLS" in reply.text.upper():
        return Standing.TLS_FIRST
    if reply.code in {530, 535} or "5.7.57" in reply.text:
        return Standing.SIGN_IN
    return Standing.SENDER_REFUSED if of_sender else Standing.REFUSED


def _relaying(attempts: tuple[Tried, ...], known: Known) -> Relaying:
    """The verdict on external mail. Address tricks count as *may be*: servers take some of them for local names."""
    outside = [tried for tried in attempts if tried.towards is not Towards.OWN]
    plain = {tried.standing for tried in outside if not tried.trick}
    tricks = {tried.standing for tried in outside if tried.trick}
    if not outside:
        return Relaying.NOT_TRIED
    if Standing.ACCEPTED in plain:
        return {True: Relaying.FOR_THIS_SOURCE, False: Relaying.OPEN, None: Relaying.MAY_BE_OPEN}[known.listed]
    if Standing.ACCEPTED in tricks:
        return Relaying.FOR_THIS_SOURCE if known.listed else Relaying.MAY_BE_OPEN
    final = {Standing.REFUSED, Standing.SIGN_IN}
    return Relaying.CLOSED if (plain | tricks) <= final else Relaying.INCONCLUSIVE
