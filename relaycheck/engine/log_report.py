"""Who uses the relay, where mail goes, what was refused: one pass over any number of logs in constant memory."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from relaycheck.engine.access_list import AccessList
from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.naming import printable
from relaycheck.engine.policy import Source
from relaycheck.engine.reach import parsed
from relaycheck.engine.replies import Explanation, codes, explain
from relaycheck.engine.smtp_log import COMMAND, RESPONSE, Event, Progress, Reader, log_lines

MOST_SENDERS = 20_000
MOST_DOMAINS = 20_000
MOST_DOMAINS_EACH = 200
MOST_ANSWERS = 2_000
MOST_OPEN = 10_000  # conversations remembered at once
ADDRESS = re.compile(rb"<([^>]{0,320})>")
SIZE = re.compile(rb"(?i)SIZE=(\d{1,12})")
GREETED = re.compile(
    rb"(?i)^250[- +][^+]*(?:\.protection\.outlook\.com|\.mx\.microsoft)\+Hello\+\[([0-9A-Fa-f:.]{2,45})\]"
)
UNWANTED = re.compile(r"\[[^\]]*\]|<[^>]*>|\b\d{1,3}(?:\.\d{1,3}){3}\b")


@dataclass(slots=True)
class Sender:
    """One address that talked to the relay. ``octets`` is what it declared, else what the rows counted."""

    address: str
    sessions: int = 0
    messages: int = 0
    recipients: int = 0
    refused: int = 0
    octets: int = 0
    first: str = ""
    last: str = ""
    greeting: str = ""
    domains: Counter[str] = field(default_factory=Counter)
    refusals: Counter[int] = field(default_factory=Counter)

    def seen(self, when: str) -> None:
        """Widen the time this sender was seen in."""
        if not when:
            return
        if not self.first or when < self.first:
            self.first = when
        self.last = max(self.last, when)


@dataclass(slots=True)
class Answered:
    """One kind of refusal by remote servers, with an example."""

    code: str
    enhanced: str
    example: str
    count: int = 0
    first: str = ""
    last: str = ""
    domains: Counter[str] = field(default_factory=Counter)

    @property
    def explanation(self) -> Explanation | None:
        """What it means."""
        return explain(self.example)


@dataclass(slots=True)
class LogReport:
    """Everything counted. Growth is bounded; ``beyond`` counts what found no place any more."""

    formats: tuple[str, ...] = ()
    lines: int = 0
    unread: int = 0
    beyond: int = 0
    delivered: int = 0
    senders: dict[str, Sender] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Answered] = field(default_factory=dict)
    seen_addresses: Counter[str] = field(default_factory=Counter)
    rewritten: int = 0  # commands a firewall replaced by xxxx

    @property
    def endings(self) -> Counter[str]:
        """Accepted recipients by top-level domain."""
        counted: Counter[str] = Counter()
        for domain, count in self.domains.items():
            counted[domain.rpartition(".")[2]] += count
        return counted

    def unlisted(self, sources: Sequence[Source]) -> tuple[Sender, ...]:
        """Who talked to the relay and is none of the allowed ``sources``, the busiest first."""
        declared = AccessList(True, tuple(source.network for source in sources))
        found = [s for s in self.senders.values() if parsed(s.address) is None or not declared.grants(s.address)]
        return tuple(sorted(found, key=lambda sender: (-sender.messages, sender.address)))

    def silent(self, sources: Sequence[Source]) -> tuple[str, ...]:
        """Those of the allowed ``sources`` from which not one accepted message is in these logs."""
        active = [ipaddress.ip_address(s.address) for s in self.senders.values() if s.messages and parsed(s.address)]
        return tuple(s.network for s in sources if not any(address in s.net for address in active))

    def uncovered(self, remote_domains: Iterable[str], hosted: Iterable[str] = ()) -> Counter[str]:
        """Endings mail went to, or wanted to go to, for which there is no remote domain such as ``*.com``."""
        known = {name.rpartition(".")[2] for name in remote_domains if name.startswith("*.") and name.count(".") == 1}
        own = set(hosted)
        counted: Counter[str] = Counter()
        for domain, count in self.domains.items():
            if domain not in own and domain.rpartition(".")[2] not in known:
                counted[domain.rpartition(".")[2]] += count
        return counted


def read_logs(files: Iterable[BinaryIO], progress: Progress) -> LogReport:
    """Read logs one after the other. ``progress`` hears bytes read within the current file.

    Raises InvalidUpload when not one row is a log row.
    """
    counting = _Counting()
    for file in files:
        reader = Reader()
        for line in log_lines(file, progress):
            event = reader.read(line.rstrip(b"\r"))
            if event is not None:
                counting.take(event)
        counting.formats |= reader.formats
        counting.report.lines += reader.lines
        counting.report.unread += reader.unread
    if not counting.formats:
        raise InvalidUpload("There is no row of an IIS SMTP log in this file.")
    counting.report.formats = tuple(sorted(counting.formats))
    return counting.report


class _Counting:
    """The report while it grows, and the open ends of conversations."""

    def __init__(self) -> None:
        self.report = LogReport()
        self.formats: set[str] = set()
        self._sizes: dict[bytes, int] = {}  # what an incoming client declared in MAIL
        self._spoken: dict[bytes, bytes] = {}  # our last word to a remote server
        self._wanted: dict[bytes, str] = {}  # the domain of our last RCPT to it

    def take(self, event: Event) -> None:
        """Count one event."""
        if event.user == RESPONSE:
            self._response(event)
        elif event.user == COMMAND:
            self._command(event)
        else:
            self._incoming(event)

    def _incoming(self, event: Event) -> None:
        verb = event.verb
        if verb not in INCOMING:
            return
        sender = self._sender(event.peer)
        if sender is None:
            return
        sender.seen(event.when)
        if verb == b"RCPT":
            self._recipient(event, sender)
        elif verb in {b"DATA", b"BDAT"}:
            self._message(event, sender)
        elif verb == b"MAIL":
            self._mail(event, sender)
        elif verb in {b"EHLO", b"HELO"}:
            sender.sessions += 1
            sender.greeting = printable(event.argument.lstrip(b"+"), 100)
        else:
            self.report.rewritten += 1

    def _sender(self, peer: bytes) -> Sender | None:
        address = printable(peer, 60)
        found = self.report.senders.get(address)
        if found is None:
            if len(self.report.senders) >= MOST_SENDERS:
                self.report.beyond += 1
                return None
            found = self.report.senders[address] = Sender(address)
        return found

    def _mail(self, event: Event, sender: Sender) -> None:
        if event.code >= 400:
            self._refuse(event, sender)
            return
        declared = SIZE.search(event.argument)
        if declared:
            _remember(self._sizes, event.peer, int(declared[1]))

    def _recipient(self, event: Event, sender: Sender) -> None:
        if event.code >= 400:
            self._refuse(event, sender)
            return
        sender.recipients += 1
        domain = _domain(event.argument)
        if domain:
            self._bounded(self.report.domains, domain, MOST_DOMAINS)
            self._bounded(sender.domains, domain, MOST_DOMAINS_EACH)

    def _message(self, event: Event, sender: Sender) -> None:
        if event.code >= 400:
            self._refuse(event, sender)
        elif event.code == 250:
            sender.messages += 1
            sender.octets += self._sizes.pop(event.peer, 0) or event.octets

    def _refuse(self, event: Event, sender: Sender) -> None:
        sender.refused += 1
        self._bounded(sender.refusals, event.code, 50)

    def _command(self, event: Event) -> None:
        _remember(self._spoken, event.peer, event.verb)
        if event.verb == b"RCPT":
            _remember(self._wanted, event.peer, _domain(event.argument))

    def _response(self, event: Event) -> None:
        first = event.argument[:3]
        if not first.isdigit():
            return
        if first == b"250":
            self._accepted(event)
        elif first == b"354":
            _remember(self._spoken, event.peer, b"354")
        elif first >= b"400":
            self._spoken.pop(event.peer, None)
            self._answer(event)

    def _accepted(self, event: Event) -> None:
        spoken = self._spoken.pop(event.peer, b"")
        if spoken in {b"354", b"BDAT"}:
            self.report.delivered += 1
        greeted = GREETED.match(event.argument) if spoken in {b"EHLO", b"HELO", b""} else None
        if greeted:
            self._bounded(self.report.seen_addresses, greeted[1].decode("ascii"), 100)

    def _answer(self, event: Event) -> None:
        example = printable(event.argument.replace(b"+", b" "), 500)
        code, enhanced = codes(example)
        key = f"{code} {enhanced} {UNWANTED.sub('', example)[:60] if not enhanced else ''}"
        found = self.report.answers.get(key)
        if found is None:
            if len(self.report.answers) >= MOST_ANSWERS:
                self.report.beyond += 1
                return
            found = self.report.answers[key] = Answered(code, enhanced, example, first=event.when)
        found.count += 1
        found.last = max(found.last, event.when)
        domain = self._wanted.get(event.peer, "")
        if domain:
            self._bounded(found.domains, domain, 50)

    def _bounded(self, counted: Counter[str] | Counter[int], key: str | int, most: int) -> None:
        """Count ``key`` when there is room for it."""
        if key in counted or len(counted) < most:
            counted[key] += 1  # type: ignore[index]
        else:
            self.report.beyond += 1


INCOMING = frozenset({b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"BDAT", b"XXXX"})


def _remember(open_ends: dict[bytes, int] | dict[bytes, bytes] | dict[bytes, str], peer: bytes, word: object) -> None:
    """Keep one word per conversation; when too many are open, the oldest is forgotten."""
    if len(open_ends) >= MOST_OPEN and peer not in open_ends:
        del open_ends[next(iter(open_ends))]
    open_ends[peer] = word  # type: ignore[assignment]


def _domain(argument: bytes) -> str:
    """The recipient's domain in lower case; empty when there is none."""
    address = ADDRESS.search(argument)
    domain = (address[1] if address else argument.rpartition(b":")[2]).rpartition(b"@")[2]
    return printable(domain.strip(b"+ ").rstrip(b".").lower(), 253)
