"""Macro strings (RFC 7208 §7): parsed once, expanded for each message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

LONGEST_NAME = 253  # RFC 7208 §7.3
_ENOUGH = 4 * LONGEST_NAME  # characters from the right after which more cannot matter in a name
_LETTERS = frozenset("slodiphcrtv")
EXPLAINING = frozenset("crt")  # allowed in explanation text only (RFC 7208 §7.2)
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}
_EXPAND = re.compile(r"\{([A-Za-z])([0-9]*)([rR]?)([.\-+,/_=]*)\}")
_LITERAL = re.compile(r"[\x21-\x24\x26-\x7e]*")
_LITERAL_OR_SPACE = re.compile(r"[\x20-\x24\x26-\x7e]*")


class MacroError(ValueError):
    """Text that is no macro string; the message says why, in words."""


@dataclass(frozen=True, slots=True)
class Macro:
    """One ``%{...}``."""

    letter: str  # small
    keep: int = 0  # how many parts from the right; 0 keeps all
    reverse: bool = False
    delimiters: str = ""
    escape: bool = False  # the letter was a capital

    def apply(self, value: str) -> str:
        """``value`` transformed (RFC 7208 §7.3)."""
        if self.keep or self.reverse or self.delimiters:
            parts = re.split(f"[{re.escape(self.delimiters or '.')}]", value)
            if self.reverse:
                parts.reverse()
            value = ".".join(parts[-self.keep :])
        return quote(value, safe="-._~") if self.escape else value


@dataclass(frozen=True, slots=True)
class MacroString:
    """A macro string in parts; ``%%``, ``%_`` and ``%-`` are already what they stand for."""

    text: str
    parts: tuple[str | Macro, ...] = ()
    letters: frozenset[str] = frozenset()
    name: str = ""  # where there is no macro: the domain name it stands for, canonical

    @property
    def constant(self) -> bool:
        """Whether it expands to the same text for every message."""
        return not self.letters

    def expand(self, values: Mapping[str, str], limit: int = _ENOUGH) -> str:
        """The text with each macro's value from ``values`` (by small letter); past ``limit`` the left end is cut."""
        pieces: list[str] = []
        size = 0
        for part in reversed(self.parts):
            piece = part if isinstance(part, str) else part.apply(values[part.letter])
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                break
        return "".join(reversed(pieces))

    def expand_text(self, values: Mapping[str, str], limit: int) -> str:
        """The first ``limit`` characters of the text with each macro's value: for explanations."""
        pieces: list[str] = []
        size = 0
        for part in self.parts:
            pieces.append(part if isinstance(part, str) else part.apply(values[part.letter]))
            size += len(pieces[-1])
            if size > limit:
                break
        return "".join(pieces)[:limit]


def parse_macros(text: str, *, spaces: bool = False, ignored: bool = False) -> MacroString:
    """A macro-string, or with ``spaces`` an explain-string (RFC 7208 §7.1). Raises MacroError.

    ``ignored``: it is an unknown modifier's, never expanded, and may hold every letter (§6, §12).
    """
    return _parse(text, _LITERAL_OR_SPACE if spaces else _LITERAL, explaining=spaces or ignored)[0]


def parse_domain_spec(text: str) -> MacroString:
    """A domain-spec: a macro-string that ends in a top-level label or a macro (RFC 7208 §7.1). Raises MacroError."""
    if not text:
        raise MacroError("a domain name is missing")
    spec, ending = _parse(text, _LITERAL, explaining=False)
    if ending and not _ends_in_toplabel(ending):
        raise MacroError(f"{text[-80:]!r} does not end in a domain such as .com")
    return spec


def _parse(text: str, literal: re.Pattern[str], *, explaining: bool) -> tuple[MacroString, str]:
    """The macro string, and the literal it ends in; empty where it ends in a macro."""
    parts: list[str | Macro] = []
    ending = ""
    at = 0
    while at < len(text):
        part: str | Macro
        if text[at] == "%":
            part, at = _expand(text, at + 1)
            ending = ""
        else:
            found = literal.match(text, at)
            part = ending = found.group() if found else ""
            if not part:
                raise MacroError(f"the character {text[at]!r} may not stand here")
            at += len(part)
        parts.append(part)
    letters = frozenset(part.letter for part in parts if isinstance(part, Macro))
    if not explaining and letters & EXPLAINING:
        raise MacroError(f"the macro %{{{min(letters & EXPLAINING)}}} is for explanation text only")
    name = "" if letters else fit("".join(part for part in parts if isinstance(part, str))).lower()
    return MacroString(text, tuple(parts), letters, name), ending


def fit(name: str) -> str:
    """``name`` shortened from the left, label by label, to the length a name can have (RFC 7208 §7.3)."""
    name = name.removesuffix(".")
    if len(name) <= LONGEST_NAME:
        return name
    cut = name.find(".", len(name) - LONGEST_NAME - 1)
    return name[cut + 1 :] if cut >= 0 else ""


def _expand(text: str, at: int) -> tuple[str | Macro, int]:
    escape = _ESCAPES.get(text[at : at + 1])
    if escape is not None:
        return escape, at + 1
    found = _EXPAND.match(text, at)
    if found is None or found[1].lower() not in _LETTERS:
        raise MacroError(f"{text[at - 1 : at + 12]!r} is no macro; a percent sign itself is written %%")
    letter, digits, reverse, delimiters = found.groups()
    if digits and not digits.strip("0"):
        raise MacroError(f"{text[at - 1 : at + 12]!r} keeps zero parts")
    keep = int(digits.lstrip("0")[:6] or 0)  # more than 999,999 parts keep everything just as well
    return Macro(letter.lower(), keep, bool(reverse), delimiters, letter.isupper()), found.end()


def _ends_in_toplabel(literal: str) -> bool:
    _, dot, label = literal.removesuffix(".").rpartition(".")
    plain = label.replace("-", "")
    edges = label.startswith("-") or label.endswith("-")
    return bool(dot) and plain.isascii() and plain.isalnum() and not edges and not label.isdigit()
