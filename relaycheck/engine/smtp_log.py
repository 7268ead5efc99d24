"""IIS SMTP logs, line by line: NCSA, W3C extended with fields that change on the way, and the Microsoft IIS format.

No format has a session number, and sessions interleave: what belongs together is found by the other side's address and
the order. The user name of a row is a direction marker: two words mean outgoing mail, any other an incoming client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.metabase import ARCHIVES

CHUNK = 1024 * 1024
LONGEST_LINE = 64 * 1024
COMMAND, RESPONSE = b"OutboundConnectionCommand", b"OutboundConnectionResponse"
# The argument may hold unescaped quotes: the last ` SMTP"` ends it.
NCSA = re.compile(rb'(\S+) (\S+) (.{1,255}?) \[([^\]]{1,40})\] "(\S+) ?(.*) SMTP" (\d{1,5}|-) (\d{1,12}|-)\s*')
IIS_COLUMNS = 15
MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
Progress = Callable[[int], object]


class Event(NamedTuple):
    """One row. ``when`` is ``YYYY-MM-DD HH:MM:SS`` in UTC where the format says so; empty when the row has no time."""

    when: str
    peer: bytes  # the other side's address
    user: bytes  # direction marker, or the name the client greeted with
    verb: bytes  # upper case; empty for a response
    argument: bytes  # with the blanks still written as "+"
    code: int  # 0 for everything outgoing
    octets: int


class Columns(NamedTuple):
    """Where the fields of a W3C row stand; -1, the word appended to every row, where there is no such field."""

    width: int
    peer: int
    user: int
    verb: int
    stem: int
    query: int
    status: int
    octets: int
    day: int
    time: int


FIELDS = (
    b"c-ip",
    b"cs-username",
    b"cs-method",
    b"cs-uri-stem",
    b"cs-uri-query",
    b"sc-status",
    b"cs-bytes",
    b"date",
    b"time",
)


def columns(names: bytes) -> Columns | None:
    """The columns a ``#Fields`` row announces; None when the other side's address is not among them."""
    found = names.lower().split()[:64]
    places = [found.index(name) if name in found else -1 for name in FIELDS]
    return Columns(len(found), *places) if places[0] >= 0 else None


@dataclass(slots=True)
class Reader:
    """Turns lines into events. Keeps the columns of the last ``#Fields`` row and counts what it could not read."""

    formats: set[str] = field(default_factory=set)
    lines: int = 0
    unread: int = 0
    _columns: Columns | None = None
    _day: bytes = b""

    def read(self, line: bytes) -> Event | None:
        """The event of one line; None for headers, blank lines and what is no log row."""
        self.lines += 1
        if line.startswith(b"#"):
            self._header(line)
            return None
        if self._columns and (event := self._extended(line, self._columns)):
            return event
        if not line.strip():
            return None
        event = self._ncsa(line) or self._iis(line)
        if event is None:
            self.unread += 1
        return event

    def _header(self, line: bytes) -> None:
        if line.startswith(b"#Fields:"):
            self._columns = columns(line[8:])
        elif line.startswith(b"#Date:"):
            self._day = line[6:].strip().partition(b" ")[0]

    def _extended(self, line: bytes, at: Columns) -> Event | None:
        words = line.rstrip().split(b" ")
        if len(words) < at.width:
            return None
        words.append(b"-")  # where an absent column points
        argument = words[at.query]
        when = moment(words[at.day] if at.day >= 0 else self._day, words[at.time])
        code, octets = number(words[at.status]), number(words[at.octets])
        self.formats.add("W3C extended")
        return Event(
            when,
            words[at.peer],
            words[at.user],
            words[at.verb].upper(),
            words[at.stem] if argument == b"-" else argument,
            code,
            octets,
        )

    def _ncsa(self, line: bytes) -> Event | None:
        row = NCSA.fullmatch(line)
        if row is None:
            return None
        peer, _, user, stamp, verb, rest, code, octets = row.groups()
        self.formats.add("NCSA")
        # "-?250-mx.example+Hello": the part before the question mark is always a hyphen.
        return Event(
            ncsa_moment(stamp), peer, user, verb.upper(), rest.partition(b"?")[2], number(code), number(octets)
        )

    def _iis(self, line: bytes) -> Event | None:
        words = [word.strip() for word in line.split(b",", IIS_COLUMNS - 1)]
        if len(words) < IIS_COLUMNS - 1 or not words[10].isdigit():
            return None
        self.formats.add("Microsoft IIS")
        argument = words[14].rstrip(b", \r\n").replace(b" ", b"+") if len(words) == IIS_COLUMNS else b""
        # The operation may be two words: "MAIL FROM".
        verb = words[12].partition(b" ")[0].upper()
        return Event(
            iis_moment(words[2], words[3]), words[0], words[1], verb, argument, number(words[10]), number(words[8])
        )


def number(text: bytes) -> int:
    """Digits as a number, everything else as 0."""
    return int(text) if text.isdigit() and len(text) < 16 else 0


@lru_cache(maxsize=4096)
def moment(day: bytes, time: bytes) -> str:
    """A W3C date and time, which are UTC."""
    text = f"{day.decode('ascii', 'replace')} {time.decode('ascii', 'replace')}".removesuffix(" -").strip()
    return text if re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", text) else ""


@lru_cache(maxsize=4096)
def ncsa_moment(stamp: bytes) -> str:
    """``11/Oct/2006:13:16:39 -0600`` in UTC; a blank may stand inside the offset (``- 0600``)."""
    found = re.fullmatch(rb"(\d{1,2})/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ?([+-]) ?(\d\d)(\d\d)", stamp)
    if found is None or found[2] not in MONTHS:
        return ""
    day, year, hour, minute, second, off_hours, off_minutes = (int(found[at]) for at in (1, 3, 4, 5, 6, 8, 9))
    away = (off_hours * 3600 + off_minutes * 60) * (-1 if found[7] == b"-" else 1)
    try:
        local = datetime(year, MONTHS[found[2]], day, hour, minute, second, tzinfo=UTC).timestamp()
        return datetime.fromtimestamp(local - away, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return ""


@lru_cache(maxsize=4096)
def iis_moment(day: bytes, time: bytes) -> str:
    """``8/18/06`` and ``13:17:37``, the server's own time zone: the format does not say which."""
    found = re.fullmatch(rb"(\d{1,2})/(\d{1,2})/(\d{2,4})", day)
    clock = re.fullmatch(rb"\d{1,2}:\d\d:\d\d", time)
    if found is None or clock is None:
        return ""
    year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
    return f"{year:04}-{int(found[1]):02}-{int(found[2]):02} {time.decode('ascii').rjust(8, '0')}"


def log_lines(file: BinaryIO, progress: Progress) -> Iterator[bytes]:
    """The lines of a log without their ends, a megabyte at a time. A line over 64 KiB is dropped.

    ``progress`` hears the number of bytes read so far. Raises InvalidUpload for an archive.
    """
    rest, done, skipping = b"", 0, False
    while chunk := file.read(CHUNK):
        if not done and chunk.startswith(ARCHIVES):
            raise InvalidUpload("This is a compressed archive. Unpack it and upload the log files inside.")
        done += len(chunk)
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        if skipping and pieces:
            del pieces[0]
            skipping = False
        for piece in pieces:
            yield piece if len(piece) <= LONGEST_LINE else b""
        if len(rest) > LONGEST_LINE:
            rest, skipping = b"", True
        progress(done)
    if rest and not skipping:
        yield rest
