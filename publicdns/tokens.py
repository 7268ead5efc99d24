"""The verification token Microsoft gives: what somebody pasted, and how a published value resembles it.

Matching is exact; only telling near misses apart forgives capitals, quotes and spaces. The usual form is ``MS=ms`` and
eight digits (learn.microsoft.com, "Add DNS records to connect your domain"). Zones also hold ``MS=`` with digits alone
or forty hexadecimal digits, so those are taken as they are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from publicdns.printable import decoded, printable

LONGEST_TEXT = 4096
QUOTES = "\"'`´‘’‚‛“”„‟«»‹›＂＇"
_QUOTE = re.compile(rf"\\*[{re.escape(QUOTES)}]")  # zone files escape a quote with a backslash (RFC 1035 §5.1)
_ALIKE = str.maketrans("\u041c\u039c\u043c\u0405\u0455", "MMmSs")  # Cyrillic and Greek
_WITH_PREFIX = re.compile(r"(?<![a-z0-9])ms\s*[=＝]\s*([0-9a-f]{40}|(?:ms\s*)?[0-9]+)(?![0-9a-z])", re.IGNORECASE)
_BARE = re.compile(r"(?<![a-z0-9])(ms[0-9]+)(?![0-9a-z])", re.IGNORECASE)
_ANY_TOKEN = re.compile(r"(?:v=verifydomain\s+)?MS=(?:ms)?[0-9A-Za-z]+", re.IGNORECASE)
_USUAL = re.compile(r"MS=ms[0-9]{8}")
_TAKEN = re.compile(r"MS=(?:ms[0-9]{8}|[0-9]{7,10}|[0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Token:
    """The exact TXT value Microsoft looks for, and a sentence about what was changed in what was pasted."""

    value: str
    repaired: str | None = None


class InvalidToken(ValueError):
    """Text that holds no token. ``code`` is stable, ``sentence`` says what is wrong and how to mend it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Likeness(StrEnum):
    """How a published value resembles the expected one."""

    EXACT = "exact"
    CAPITALS = "capitals"
    QUOTES = "quotes"
    SPACES = "spaces"
    INVISIBLE = "invisible"
    NO_PREFIX = "no-prefix"
    VERIFYDOMAIN = "verifydomain"
    TRUNCATED = "truncated"
    LOOKALIKE = "lookalike"  # characters that only look like the right ones
    NEARLY = "nearly"  # the right digits, and around them something is missing or too much
    EMBEDDED = "embedded"  # whole, but among other text
    OTHER_TOKEN = "other-token"  # noqa: S105
    UNRELATED = "unrelated"


def parse_token(text: str) -> Token:
    """The token in ``text``: the value itself, with quotes or spaces, or a whole line of the wizard or a zone file.

    Raises InvalidToken when there is none, more than one, or one with the wrong number of digits.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidToken("too-long", "This is too long. Paste only the TXT value, such as MS=ms12345678.")
    plain = _QUOTE.sub("", "".join(char for char in text if unicodedata.category(char) != "Cf"))
    bodies = {_body(match) for match in _WITH_PREFIX.findall(plain)} or {_body(match) for match in _BARE.findall(plain)}
    if not bodies:
        raise _no_token(plain)
    if len(bodies) > 1:
        raise InvalidToken(
            "several", "There is more than one token here. Paste the one Microsoft shows for this domain."
        )
    value = "MS=" + bodies.pop()
    if not _TAKEN.fullmatch(value):
        raise InvalidToken(
            "digits",
            f"{printable(value, 60)} is not complete: eight digits follow MS=ms. Copy it again.",
        )
    return Token(value, _word_about(text, value))


def is_surely_unrelated(value: str, expected: str) -> bool:
    """Whether a glance tells that the TXT ``value`` neither resembles ``expected`` nor is a token: a plain text with
    neither "ms" nor the digits in it, however it is spaced. What most records are; False says nothing."""
    if not (value.isascii() and value.isprintable()) or _may_be_quoted(value):
        return False
    close, wanted = "".join(value.lower().split()), expected.lower()
    return wanted.startswith("ms=") and _digits(wanted) not in close and "ms" not in close


@lru_cache(maxsize=1024)
def likeness(value: str, expected: str) -> Likeness:
    """How the published TXT ``value`` (octets as latin-1) resembles the ``expected`` token."""
    if value == expected:
        return Likeness.EXACT
    text = value if value.isascii() else _as_typed(value)
    visible = text
    if not (text.isascii() and text.isprintable()):
        visible = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"})
    unquoted = _QUOTE.sub("", visible) if _may_be_quoted(visible) else visible
    close = "".join(unquoted.split())
    if close == expected:
        return _decoration(text, visible, unquoted)
    if not close.isascii() and unicodedata.normalize("NFKC", close).translate(_ALIKE) == expected:
        return Likeness.LOOKALIKE
    return _other_form(unquoted.strip(), close, expected)


@lru_cache(maxsize=1024)
def looks_like_token(value: str) -> bool:
    """True when the TXT ``value`` is a Microsoft token, whoever's, in whatever capitals."""
    return _ANY_TOKEN.fullmatch(decoded(value).strip()) is not None


def _may_be_quoted(text: str) -> bool:
    """False where no quotation mark is; in most texts that is quicker to see than to substitute."""
    return '"' in text or "'" in text or "`" in text or not text.isascii()


def _as_typed(value: str) -> str:
    """A record's octets (latin-1, see ``Record``) as UTF-8; else as Windows-1252, which many panels store."""
    try:
        octets = value.encode("latin-1")
    except UnicodeEncodeError:
        return value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def _body(match: str) -> str:
    return "".join(match.split()).lower()


def _no_token(plain: str) -> InvalidToken:
    if not plain.strip():
        return InvalidToken("empty", "Paste the TXT value Microsoft shows, such as MS=ms12345678.")
    if re.fullmatch(r"\s*(ms\s*[=＝])?\s*(ms)?\s*", plain, re.IGNORECASE):
        return InvalidToken("digits", "The eight digits after MS=ms are missing. Copy the whole value from the wizard.")
    shown = printable(plain.strip(), 60)
    return InvalidToken(
        "no-token",
        f"There is no token in {shown}. A token reads MS=ms and eight digits.",
    )


def _word_about(text: str, value: str) -> str | None:
    if text != value:
        return f"Read as {value}."
    if not _USUAL.fullmatch(value):
        return f"Kept as {value}, though tokens usually read MS=ms and eight digits. Compare it with the wizard."
    return None


def _decoration(text: str, visible: str, unquoted: str) -> Likeness:
    if unquoted != visible:
        return Likeness.QUOTES
    return Likeness.INVISIBLE if visible != text else Likeness.SPACES


def _other_form(text: str, close: str, expected: str) -> Likeness:
    low, wanted = close.lower(), expected.lower()
    digits = _digits(wanted)
    if low == wanted:
        return Likeness.CAPITALS
    if low == "v=verifydomain" + wanted:
        return Likeness.VERIFYDOMAIN
    if len(low) >= len("ms=") and wanted.startswith(low):
        return Likeness.TRUNCATED
    if digits and digits in low and (form := _around(low, wanted, digits, text)) is not None:
        return form
    return Likeness.OTHER_TOKEN if _ANY_TOKEN.fullmatch(text) else Likeness.UNRELATED


def _digits(wanted: str) -> str:
    """What follows "ms=ms" in a token in lower case."""
    return wanted.removeprefix("ms=").removeprefix("ms")


def _around(low: str, wanted: str, digits: str, text: str) -> Likeness | None:
    """What was made of the right digits; None where they stand there by chance."""
    if wanted.endswith(low):
        return Likeness.NO_PREFIX
    digits, wanted = re.escape(digits), re.escape(wanted)
    if re.fullmatch(rf"(?:ms?|s)?[=:._-]*(?:ms?|s)?{digits}[;:,.]*|(?:{wanted}[;,]?)+", low):
        return Likeness.NEARLY
    return Likeness.EMBEDDED if re.search(rf"(?<![a-z0-9]){wanted}(?![a-z0-9])", text.lower()) else None
