"""What a paste amounts to, and how a name in it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publicdns.expectations.records import Expected

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*")


class PasteError(ValueError):
    """What was pasted cannot be used. ``code`` is stable; the sentence says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that looked like a record and was left out."""

    text: str  # foreign text, bounded
    why: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The records found, one of each key, and what was left out."""

    records: tuple[Expected, ...]
    skipped: tuple[Skipped, ...] = ()
    graph: bool = False  # whether it was Graph's JSON


def whole_name(host: str, domain: str) -> str | None:
    """The whole name meant by a host field: ``@``, empty, relative or whole. None when it lies in another domain."""
    low = host.strip().strip('"').lower()
    dotted = low.endswith(".")
    low = low.rstrip(".")
    if low in ("", "@", domain):
        return domain
    if low.endswith(f".{domain}"):
        return low if _NAME.fullmatch(low) and len(low) <= 253 else None
    if dotted or not _NAME.fullmatch(low):
        return None
    relative = low.split(".")[-1] in ("_domainkey", "_tcp", "_tls", "_udp") or "." not in low
    if not relative:
        return None
    name = f"{low}.{domain}"
    return name if len(name) <= 253 else None
