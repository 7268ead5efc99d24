"""A list of domains, one a line, perhaps with their tokens: ``contoso.com`` or ``contoso.com MS=ms12345678``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from publicdns.names import InvalidName, canonical
from publicdns.picture import Subject
from publicdns.printable import printable
from publicdns.tokens import InvalidToken, parse_token

LONGEST_LINE = 5000


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is to be looked at, or the reason why it is not."""

    number: int
    text: str  # as written, made printable
    subject: Subject | None = None
    code: str = ""
    sentence: str = ""


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Every line that is neither empty nor a ``#`` comment. Bad ones come with their reason; nothing is raised."""
    for number, octets in enumerate(lines, start=1):
        text = octets.decode("utf-8", "backslashreplace").strip().lstrip("\ufeff").strip()
        if text and not text.startswith("#"):
            yield _line(number, text)


def _line(number: int, text: str) -> Line:
    shown = printable(text, 200)
    if len(text) > LONGEST_LINE:
        return Line(number, shown, code="too-long", sentence="This line is too long to be a domain.")
    name, rest = _parted(text)
    try:
        token = parse_token(rest).value if rest else None
        return Line(number, shown, Subject(canonical(name).ascii, token))
    except (InvalidName, InvalidToken) as error:
        return Line(number, shown, code=error.code, sentence=error.sentence)


def _parted(text: str) -> tuple[str, str]:
    """Name and token of a line, parted by a tab, a comma, a semicolon or spaces."""
    for mark in ("\t", ";", ","):
        if mark in text:
            name, _, rest = text.partition(mark)
            return name.strip(), rest.strip(" \t;,")
    name, _, rest = text.partition(" ")
    return name, rest.strip()
