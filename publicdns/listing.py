"""A list of domains, one a line, perhaps with their tokens: ``contoso.com`` or ``contoso.com MS=ms12345678``."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from publicdns.names import InvalidName, Repair, canonical
from publicdns.picture import Subject
from publicdns.printable import legible
from publicdns.tokens import InvalidToken, parse_token

LONGEST_LINE = 5000  # octets
_COMMENT = re.compile(rb"(?:^|\s)#.*")
_LOST = "\ufffd"  # stands where something could not be read
_ENCODING = "Some letters of this line cannot be read. Save the list as UTF-8, which editors and Excel offer."


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is to be looked at, or the reason why it is not."""

    number: int
    text: str  # as written, made printable
    subject: Subject | None = None
    code: str = ""
    sentence: str = ""
    repaired: tuple[Repair, ...] = ()  # what was changed in what is written


def read_lines(octets: bytes, token: str | None = None) -> Iterator[Line]:
    """Every line that is neither empty nor a ``#`` comment; ``token`` is expected where a line has none of its own.

    UTF-8, or UTF-16 with its byte order mark. Bad lines come with their reason; nothing is raised.
    """
    for number, line in enumerate(_utf8(octets).splitlines(), start=1):
        if content := _COMMENT.sub(b"", line.replace(codecs.BOM_UTF8, b"")).strip():
            yield _read(number, content, token)


def _utf8(octets: bytes) -> bytes:
    """``octets``, recoded where they are UTF-16: PowerShell's ``>`` and "Unicode text" of Windows programs."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16", "replace").encode()
    return octets


def _read(number: int, content: bytes, token: str | None) -> Line:
    text = content[:LONGEST_LINE].decode("utf-8", "backslashreplace")
    shown = legible(text.strip(), 200)
    if len(content) > LONGEST_LINE:
        return Line(number, shown, code="too-long", sentence="This line is too long to be a domain.")
    if _LOST in text or "\0" in text or text.encode() != content:  # NUL: UTF-16 without its mark
        return Line(number, shown, code="encoding", sentence=_ENCODING)
    try:
        return _line(number, text.strip(), shown, token)
    except (InvalidName, InvalidToken) as error:
        return Line(number, shown, code=error.code, sentence=error.sentence)


def _line(number: int, text: str, shown: str, token: str | None) -> Line:
    written, rest = _parted(text)
    name = canonical(written)
    if not rest:
        return Line(number, shown, Subject(name.ascii, token), repaired=name.repaired)
    own = parse_token(rest)
    word = (Repair("token", own.repaired),) if own.repaired else ()
    return Line(number, shown, Subject(name.ascii, own.value), repaired=name.repaired + word)


def _parted(text: str) -> tuple[str, str]:
    """Name and token of a line, parted by a tab, a comma, a semicolon or spaces; a name may stand in quotes."""
    for mark in ("\t", ";", ","):
        if mark in text:
            name, _, rest = text.partition(mark)
            return name.strip().strip('"'), rest.strip(" \t;,")
    name, _, rest = text.partition(" ")
    return name.strip('"'), rest.strip()
