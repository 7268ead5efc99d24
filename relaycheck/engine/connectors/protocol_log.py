"""SmtpReceive protocol logs: who used which connector, and did they relay outside. Streamed, in bounded memory."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from relaycheck.engine.connectors.addresses import parse_address
from relaycheck.engine.connectors.log_lines import cells_of
from relaycheck.engine.connectors.smtp_sessions import Session

MAX_SOURCES = 200_000  # pairs of connector and client address
MAX_OPEN = 20_000  # sessions that have not ended yet
MAX_DOMAINS = 8  # examples kept per source
_USUAL = "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context"
_NEEDED = ("date-time", "connector-id", "session-id", "remote-endpoint", "event", "data")
_RELAY_RIGHT = "SMTPAcceptAnyRecipient"


@dataclass(slots=True)
class _Tally:
    sessions: int = 0
    relay_sessions: int = 0
    outside: int = 0
    inside: int = 0
    undecided: int = 0
    refused: int = 0
    first: str = ""
    last: str = ""
    domains: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one client did on one connector. Recipients count once the message was taken; moments are UTC."""

    connector: str
    address: str
    sessions: int
    relay_sessions: int  # sessions Exchange gave the relay right ("Set Session Permissions")
    outside: int  # recipients outside the accepted domains
    inside: int
    undecided: int  # recipients, when no accepted domains were given
    refused: int  # recipients refused
    first_seen: datetime | None
    last_seen: datetime | None
    domains: tuple[str, ...] = ()  # examples: outside ones, or undecided ones

    @property
    def relayed(self) -> bool | None:
        """True: mail went outside. False: only inside, or none at all. None: the accepted domains are not known."""
        if self.outside:
            return True
        return None if self.undecided else False


@dataclass(frozen=True, slots=True)
class LogReport:
    """Everything a set of logs says. ``servers`` maps a server to the days (ISO dates) its logs cover."""

    usages: tuple[Usage, ...] = ()
    rows: int = 0
    unreadable: int = 0
    forgotten: int = 0  # sessions of sources beyond MAX_SOURCES, counted and not kept
    first: datetime | None = None
    last: datetime | None = None
    servers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wrong_kind: bool = False  # a log of another type was among them: message tracking, SmtpSend


class LogReader:
    """Feed it the lines of any number of logs, then take the report. ``inside`` are the accepted domains, ``*.`` for
    subdomains.
    """

    def __init__(self, inside: Iterable[str] | None = None) -> None:
        names = None if inside is None else [name.strip().lower().rstrip(".") for name in inside]
        self._exact = None if names is None else frozenset(name.removeprefix("*.") for name in names)
        self._below = () if names is None else tuple("." + name[2:] for name in names if name.startswith("*."))
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._days: dict[str, set[str]] = {}
        self._first = self._last = ""
        self._rows = self._unreadable = self._forgotten = 0
        self._wrong = False
        self._columns = _positions(_USUAL)

    def feed(self, lines: Iterable[str | None]) -> None:
        """Read the lines of one file. Its ``#Fields`` line decides the columns from there on."""
        self._columns = _positions(_USUAL)
        for line in lines:
            if line is None:
                self._unreadable += 1
            elif line.startswith(("#", "\ufeff#")):
                self._comment(line.lstrip("\ufeff"))
            elif line and self._columns:
                self._row(line)

    def _comment(self, line: str) -> None:
        if line.startswith("#Fields:"):
            self._columns = _positions(line[8:].strip().lower())
            self._wrong = self._wrong or not self._columns
        elif line.startswith("#Log-type:") and "SMTP Receive" not in line:
            self._columns, self._wrong = (), True

    def _row(self, line: str) -> None:
        cells = cells_of(line)
        try:
            when, connector, session, remote, event, said, context = [cells[at] for at in self._columns]
        except IndexError:
            self._unreadable += 1
            return
        if len(when) < 19 or when[4] != "-" or when[10] != "T" or len(event) != 1:
            self._unreadable += 1
            return
        self._rows += 1
        self._seen(when, connector)
        known = self._open.get(session)
        if known is None:
            known = self._begin(session, connector, remote)
        self._event(known, when, event, said, context)
        if event == "-":
            self._open.pop(session, None)

    def _seen(self, when: str, connector: str) -> None:
        if not self._first or when < self._first:
            self._first = when
        self._last = max(self._last, when)
        days = (
            self._days.setdefault(connector.partition("\\")[0].casefold(), set()) if len(self._days) < 1000 else set()
        )
        if len(days) < 5000:
            days.add(sys.intern(when[:10]))

    def _begin(self, session: str, connector: str, remote: str) -> Session:
        if len(self._open) >= MAX_OPEN:
            self._open.popitem(last=False)  # its end was never logged, or comes too late to matter
        client = _client(remote)
        begun = self._open[session] = Session((connector[:300], client))
        return begun

    def _event(self, session: Session, when: str, event: str, said: str, context: str) -> None:
        tally = self._tally(session)
        if tally is None:
            return
        tally.first = min(tally.first or when, when)
        tally.last = max(tally.last, when)
        if event == "<":
            session.told(said)
        elif event == ">":
            for domain in session.answered(said):
                self._recipient(tally, domain)
            if session.refused:
                tally.refused += len(session.refused)
                session.refused.clear()
        elif event == "*" and _RELAY_RIGHT in said and not session.may_relay and "ession" in context:
            session.may_relay = True
            tally.relay_sessions += 1

    def _tally(self, session: Session) -> _Tally | None:
        tally = self._tallies.get(session.key)
        if tally is None:
            if len(self._tallies) >= MAX_SOURCES:
                self._forgotten += not session.counted
                session.counted = True
                return None
            tally = self._tallies[session.key] = _Tally()
        if not session.counted:
            session.counted = True
            tally.sessions += 1
        return tally

    def _recipient(self, tally: _Tally, domain: str) -> None:
        if self._exact is None:
            tally.undecided += 1
        elif domain in self._exact or domain.endswith(self._below or ("\n",)):
            tally.inside += 1
            return
        else:
            tally.outside += 1
        if len(tally.domains) < MAX_DOMAINS:
            tally.domains[domain] = None

    def report(self) -> LogReport:
        """Everything read so far, the busiest clients first."""
        usages = sorted((_usage(key, tally) for key, tally in self._tallies.items()), key=_order)
        days = {server: tuple(sorted(found)) for server, found in self._days.items()}
        return LogReport(
            tuple(usages),
            self._rows,
            self._unreadable,
            self._forgotten,
            _moment(self._first),
            _moment(self._last),
            days,
            self._wrong,
        )


def _positions(fields: str) -> tuple[int, ...]:
    """Where the columns stand, the optional ``context`` last (-1 where there is none); empty when this is
    no such log.
    """
    names = [name.strip() for name in fields.split(",")]
    if not set(_NEEDED) <= set(names):
        return ()
    return (*(names.index(name) for name in _NEEDED), names.index("context") if "context" in names else -1)


def _client(remote: str) -> str:
    """The address of ``10.0.0.1:50001`` or ``[2001:db8::1]:50001``; anything else as it is, shortened."""
    bare = remote.rpartition(":")[0].strip("[]")
    address = parse_address(bare)
    return str(address) if address else remote[:60]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None


def _usage(key: tuple[str, str], tally: _Tally) -> Usage:
    return Usage(
        connector=key[0],
        address=key[1],
        sessions=tally.sessions,
        relay_sessions=tally.relay_sessions,
        outside=tally.outside,
        inside=tally.inside,
        undecided=tally.undecided,
        refused=tally.refused,
        first_seen=_moment(tally.first),
        last_seen=_moment(tally.last),
        domains=tuple(tally.domains),
    )


def _order(usage: Usage) -> tuple[str, int, str]:
    return usage.connector.casefold(), -usage.sessions, usage.address
