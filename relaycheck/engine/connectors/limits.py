"""The settings a connector carries besides its right to relay, their defaults, and the form Set-ReceiveConnector
takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BYTES = re.compile(r"\(([\d.,  \s]{1,30}) bytes?\)", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,10})(?:[.,]0+)?\s?(B|KB|MB|GB)?", re.IGNORECASE)
_SPAN = re.compile(r"(?:\d{1,3}\.)?\d{1,2}:\d{2}:\d{2}(?:\.\d+)?")
_UNITS = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_PLAIN = re.compile(r"[A-Za-z0-9. _:@-]{1,200}")


@dataclass(frozen=True, slots=True)
class Limit:
    """One carried setting. ``default`` is Exchange 2013-SE's for a new custom frontend connector."""

    name: str
    kind: str  # "size", "count", "span", "word"
    default: str


# Defaults: Set-ReceiveConnector's reference page; measured values of Exchange 2019's own connectors agree.
LIMITS = (
    Limit("MaxMessageSize", "size", "36MB"),
    Limit("MaxRecipientsPerMessage", "count", "200"),
    Limit("MaxInboundConnection", "count", "5000"),
    Limit("MaxInboundConnectionPerSource", "count", "20"),
    Limit("MaxInboundConnectionPercentagePerSource", "count", "2"),
    Limit("MaxProtocolErrors", "count", "5"),
    Limit("MaxHopCount", "count", "60"),
    Limit("MaxLocalHopCount", "count", "12"),
    Limit("MessageRateLimit", "count", "Unlimited"),
    Limit("TarpitInterval", "span", "00:00:05"),
    Limit("ConnectionTimeout", "span", "00:10:00"),
    Limit("ConnectionInactivityTimeout", "span", "00:05:00"),
    Limit("ProtocolLoggingLevel", "word", "None"),
)
_LOGGING = {"0": "None", "1": "Verbose", "none": "None", "verbose": "Verbose"}


def normal(limit: Limit, text: str) -> str:
    """The value in the one form Set-ReceiveConnector takes in every language, or ``""`` when it is none."""
    text = text.strip()
    if text.casefold() in ("unlimited", "unbegrenzt", "illimité"):
        return "Unlimited"
    if limit.kind == "size":
        return _size(text)
    if limit.kind == "count":
        return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 12 else ""
    if limit.kind == "span":
        return text if _SPAN.fullmatch(text) else ""
    return _LOGGING.get(text.casefold(), "")


def _size(text: str) -> str:
    """``36 MB (37,748,736 bytes)`` and ``36MB`` as ``36MB``; a bare number below 2048 is megabytes (seen in published
    exports).
    """
    if found := _BYTES.search(text):
        digits = re.sub(r"\D", "", found[1])
        return _rounded(int(digits)) if digits else ""
    bare = _SIZE.fullmatch(text)
    if not bare:
        return ""
    number = int(bare[1])
    unit = (bare[2] or ("MB" if number < 2048 else "B")).upper()
    return _rounded(number * _UNITS[unit])


def _rounded(size: int) -> str:
    for unit in ("GB", "MB", "KB"):
        if size and size % _UNITS[unit] == 0 and unit != "GB":
            return f"{size // _UNITS[unit]}{unit}"
    return str(size)


def size_in_bytes(text: str) -> int | None:
    """A normal size in bytes; None for ``Unlimited`` and anything else."""
    found = _SIZE.fullmatch(text)
    return int(found[1]) * _UNITS[(found[2] or "B").upper()] if found else None
