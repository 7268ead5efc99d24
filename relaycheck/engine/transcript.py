"""An SMTP conversation as text: what our session writes, what the printed scripts print, what swaks and telnet show.

Three kinds of line: ``S:`` the server, ``C:`` the client, ``#`` a note of whoever held it (``# tls TLSv1.3``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from relaycheck.engine.naming import printable

MOST_LINES = 4000
MOST_CHARACTERS = 512 * 1024
LINE_LIMIT = 2000


class Who(StrEnum):
    """Whose line it is."""

    SERVER = "S"
    CLIENT = "C"
    NOTE = "#"


class InvalidTranscript(ValueError):
    """The pasted text is no SMTP conversation. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its prefix; plain ASCII, hostile bytes escaped. ``at`` is seconds since the beginning."""

    who: Who
    text: str
    at: float = 0.0

    def __str__(self) -> str:
        return f"{self.who}{'' if self.who is Who.NOTE else ':'} {self.text}"


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation, or several one after the other, each begun by the note ``target``."""

    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, all its lines (RFC 5321 §4.2). ``code`` is 0 when the server spoke something else than SMTP."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The reply without its codes, on one line."""
        return " ".join(line[4:] for line in self.lines) if self.code else " ".join(self.lines)

    @property
    def first(self) -> str:
        """The first line as the server sent it."""
        return self.lines[0]

    @property
    def good(self) -> bool:
        """A 2xx reply."""
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command and its reply. The greeting has an empty command; ``reply`` is None when none came."""

    command: str
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A note: its first word, and the rest."""

    key: str
    value: str


SWAKS = (
    (re.compile(r"<[-~*][-~* ] ?(.*)"), Who.SERVER),
    (re.compile(r" [-~]> ?(.*)"), Who.CLIENT),
)
SWAKS_NOTES = (
    (re.compile(r"=== Connected to (\S+)\."), "target {0}"),
    (re.compile(r"=== TLS started with cipher ([^:]+):(\S+)"), "tls {0} {1}"),
    (re.compile(r'=== TLS peer DN="(.*)"'), "certificate-subject {0}"),
    (re.compile(r"=== TLS peer.*(?:verification|verified).*(fail|self.signed|unable).*"), "certificate-problem {0}"),
    (re.compile(r"\*\*\* (.*)"), "ended {0}"),
)
SPEAKS = re.compile(r"(?m)^(?:[SC]: |<[-~*][-~* ] ?\d{3}|=== Connected|220[ -])")
REPLY_LINE = re.compile(r"([2-5]\d\d)([ -].*)?", re.ASCII)


def looks_like_one(text: str) -> bool:
    """Whether ``text`` begins like an SMTP conversation rather than like a configuration."""
    return SPEAKS.search(text[:20_000]) is not None


def read_transcript(text: str) -> Transcript:
    """Read a pasted conversation. Raises InvalidTranscript when no server speaks in it, or when it is too long."""
    if len(text) > MOST_CHARACTERS or text.count("\n") > MOST_LINES:
        raise InvalidTranscript(f"The transcript is longer than {MOST_LINES} lines or {MOST_CHARACTERS // 1024} KB.")
    rows = text.removeprefix("\ufeff").splitlines()
    read = _marked if any(row.startswith(("S: ", "C: ")) for row in rows) else _swaks
    lines = tuple(read(rows))
    if not any(line.who is Who.SERVER for line in lines):
        lines = tuple(_telnet(rows))
    if not any(line.who is Who.SERVER and REPLY_LINE.fullmatch(line.text) for line in lines):
        raise InvalidTranscript("No server speaks in this text. Paste everything the script printed.")
    return Transcript(lines)


def _line(who: Who, text: str) -> Line:
    return Line(who, printable(text.rstrip(), LINE_LIMIT))


def _marked(rows: list[str]) -> Iterator[Line]:
    for row in rows:
        stripped = row.strip()
        if stripped.startswith(("S:", "C:")):
            yield _line(Who(stripped[0]), stripped[2:].strip())
        elif stripped.startswith("# "):
            yield _line(Who.NOTE, stripped[2:])


def _swaks(rows: list[str]) -> Iterator[Line]:
    for row in rows:
        if said := next(((match[1], who) for pattern, who in SWAKS if (match := pattern.fullmatch(row))), None):
            yield _line(said[1], said[0])
        elif note := next(
            (form.format(*m.groups()) for pattern, form in SWAKS_NOTES if (m := pattern.fullmatch(row))), None
        ):
            yield _line(Who.NOTE, note)


def _telnet(rows: list[str]) -> Iterator[Line]:
    for row in rows:
        stripped = row.strip()
        if REPLY_LINE.fullmatch(stripped):
            yield _line(Who.SERVER, stripped)
        elif stripped and re.match(r"(?i)(ehlo|helo|mail from|rcpt to|starttls|rset|quit)\b", stripped):
            yield _line(Who.CLIENT, stripped)


def exchanges(transcript: Transcript) -> Iterator[Exchange | Remark]:
    """Pair commands with their replies, in order; notes come where they stand."""
    command, waiting = "", False
    spoken: list[str] = []
    for line in transcript.lines:
        if line.who is Who.SERVER:
            spoken.append(line.text)
            if not _goes_on(line.text):
                yield Exchange(command, reply(spoken))
                command, waiting, spoken = "", False, []
            continue
        if spoken or waiting:
            yield Exchange(command, reply(spoken) if spoken else None)
            command, waiting, spoken = "", False, []
        if line.who is Who.NOTE:
            key, _, value = line.text.partition(" ")
            yield Remark(key, value)
        else:
            command, waiting = line.text, True
    if spoken or waiting:
        yield Exchange(command, reply(spoken) if spoken else None)


def _goes_on(line: str) -> bool:
    return line[3:4] == "-" and line[:3].isdigit()


def reply(lines: list[str]) -> Reply:
    """The reply these lines make; its code is that of the last line."""
    found = REPLY_LINE.fullmatch(lines[-1])
    return Reply(int(found[1]) if found else 0, tuple(lines))
