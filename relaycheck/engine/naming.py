"""Host names as they may stand in commands and configuration files: plain ASCII letters, digits, hyphens and dots."""

from __future__ import annotations

import re

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class InvalidName(ValueError):
    """The text is no host name. The message is a sentence for the person who typed it."""


def host_name(text: str) -> str:
    """``text`` in lower case without a trailing dot (RFC 1123 §2.1).

    Raises InvalidName for what a resolver could read as a number (``127.1``, ``0x7f.1``) and for what is not ASCII.
    """
    name = text.strip().lower().removesuffix(".")
    if not name.isascii():
        raise InvalidName(f"{text[:80]!r} has letters outside ASCII. Write the form that begins with xn--.")
    labels = name.split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise InvalidName(f"{text[:80]!r} is no host name.")
    if NUMBER.fullmatch(labels[-1]):
        raise InvalidName(f"{text[:80]!r} ends in a number. Write an address in its usual form, or a name.")
    return name


def qualified_name(text: str) -> str:
    """A host name of at least two labels, ``relay01.contoso.com``. Raises InvalidName."""
    name = host_name(text)
    if "." not in name:
        raise InvalidName(f"{text[:80]!r} is a single word. Write the full name, for example {name}.contoso.com.")
    return name


def printable(text: str | bytes, limit: int = 512) -> str:
    """What a stranger sent as one line of plain ASCII: the rest as ``\\xNN`` or ``\\uNNNN``, cut after ``limit``."""
    decoded = text.decode("latin-1") if isinstance(text, bytes) else text
    cut = decoded[: limit + 1]
    shown = cut if cut.isascii() and cut.isprintable() else "".join(_escaped(letter) for letter in cut)
    return shown if len(shown) <= limit else shown[:limit] + "..."


def _escaped(letter: str) -> str:
    return letter if " " <= letter <= "~" else letter.encode("unicode_escape").decode("ascii")
