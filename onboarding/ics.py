"""Calendar entries (RFC 5545), small: events at moments in UTC, text escaped, lines folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

LINE = 75  # octets a line may have without its end (§3.1)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. ``uid`` stays the same when the entry changes; ``sequence`` then grows (§3.8.7.4)."""

    uid: str
    starts: datetime
    ends: datetime
    summary: str
    description: str = ""
    url: str = ""
    sequence: int = 0


def calendar(events: Sequence[Event], stamp: datetime) -> bytes:
    """An iCalendar object with ``events``, made at ``stamp``."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Onward//Cut-over//EN", "METHOD:PUBLISH"]
    for event in events:
        lines += _event(event, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(folded + b"\r\n" for line in lines for folded in _folded(line))


def _event(event: Event, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(stamp)}"
    yield f"DTSTART:{_moment(event.starts)}"
    yield f"DTEND:{_moment(event.ends)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"SUMMARY:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.url:
        yield f"URL:{''.join(char for char in event.url if char.isprintable())}"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    """UTC, so that no time zone definition is needed (§3.3.5, form 2)."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """§3.3.11: backslash, semicolon, comma and line ends are escaped; other control characters have no place."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for char in "\\;,":
        plain = plain.replace(char, "\\" + char)
    plain = plain.replace("\n", "\\n")
    return "".join(char for char in plain if char >= " " and char != "\x7f")


def _folded(line: str) -> Iterator[bytes]:
    """``line`` in pieces of at most 75 octets, the later ones begun by a space; no character is cut in two (§3.1)."""
    piece = b""
    for char in line:
        octets = char.encode("utf-8", "replace")
        if len(piece) + len(octets) > LINE:
            yield piece
            piece = b" "
        piece += octets
    yield piece
