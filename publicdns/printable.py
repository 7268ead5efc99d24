"""Foreign text made safe to show: bounded, one line, nothing invisible. HTML escaping is the page's business."""

from __future__ import annotations

import unicodedata

SHOWN = 500  # characters of a value that are ever shown
NUL = "␀"  # stands for the octet 0 in a record's value: PostgreSQL has no room for the character itself
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def decoded(value: str) -> str:
    """``value`` as people wrote it: a record's octets (latin-1, see ``Record``) read as UTF-8 where they are UTF-8."""
    try:
        octets = value.replace(NUL, "\0").encode("latin-1")
    except UnicodeEncodeError:
        return value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("ascii", "backslashreplace")


def printable(value: str, limit: int = SHOWN) -> str:
    """``value`` on one line of at most ``limit`` characters; what is invisible is escaped."""
    return legible(decoded(value[: limit * 4]), limit, whole=len(value) <= limit * 4)


def legible(text: str, limit: int = SHOWN, *, whole: bool = True) -> str:
    """The same for what somebody typed, which is text already and no octets; ``whole``: nothing was cut off before."""
    shown = "".join(_visible(char) for char in text[: limit + 1])
    return shown if whole and len(shown) <= limit else shown[: limit - 1] + "…"


def _visible(char: str) -> str:
    if char == " " or (unicodedata.category(char) not in _HIDDEN and not char.isspace()):
        return char
    return char.encode("unicode_escape").decode("ascii")


def joined(parts: list[str], most: int = 5) -> str:
    """``a``, ``a and b``, ``a, b and c``; past ``most`` the rest is counted."""
    shown = parts[:most]
    if len(parts) > most:
        return ", ".join(shown) + f" and {len(parts) - most} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""
