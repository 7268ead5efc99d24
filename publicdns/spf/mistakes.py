"""What was probably meant by a term that is none. Only a hint for people: receivers guess nothing."""

from __future__ import annotations

import ipaddress
import re

from publicdns.printable import decoded

_QUOTES = "\"'“”„‘’«»"
_WORDS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect", "exp")
_SPELLINGS = {
    "ipv4": "ip4",
    "ipv6": "ip6",
    "ip": "ip4",
    "includes": "include",
    "inlcude": "include",
    "incude": "include",
}
# Where a term begins in the middle of a word: two strings of a TXT record that were joined without a space.
GLUED = re.compile(
    r"(?<=[^+\-?~])(?=[+\-?~]?(?:include:|ip4:|ip6:|exists:|redirect=|exp=|v=spf1))|(?<=[a-z0-9])(?=[+\-?~]all\Z)",
    re.IGNORECASE,
)
_LONGEST = 512  # characters of a term that are worth guessing about


def suggestion(word: str) -> str:
    """The term ``word`` was probably meant to be; empty where nothing comes to mind."""
    if len(word) > _LONGEST:
        return ""
    bare = decoded(word).strip(_QUOTES + ",;")
    glued = GLUED.sub(" ", bare)
    meant = glued if glued != bare else _meant(bare)
    return meant if meant != word and "\\" not in meant else ""  # an octet escaped for people is nothing to paste


def _meant(bare: str) -> str:
    qualifier, rest = (bare[0], bare[1:]) if bare[:1] in ("+", "-", "~", "?") else ("", bare)
    if rest.lower().rstrip(".-~?+") == "all":
        return f"{qualifier or _behind(rest) or '~'}all"
    address = _as_address(qualifier, rest)
    if address:
        return address
    name, _, value = _split(rest)
    name = _SPELLINGS.get(name.lower(), name.lower())
    if name in _WORDS and value:
        right = "=" if name in ("redirect", "exp") else ":"
        return f"{qualifier}{name}{right}{value.strip()}"
    return bare if name in _WORDS else ""


def _behind(rest: str) -> str:
    return rest[-1] if rest[-1:] in ("-", "~", "?", "+") else ""


def _split(text: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"([A-Za-z0-9]+)([:=/])(.*)", text, re.DOTALL)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def _as_address(qualifier: str, text: str) -> str:
    """``a:192.0.2.1`` and a bare ``192.0.2.1`` are meant as ip4."""
    _, _, value = _split(text) if not _is_address(text) else ("", "", text)
    if not value or not _is_address(value):
        return ""
    version = ipaddress.ip_interface(value).version
    return f"{qualifier}ip{version}:{value}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True
