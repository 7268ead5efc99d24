"""What to type so that mail flow is again as it was, and how long caches go on with what they have. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publicdns.flow import Flow, Part, Shown

TYPES = {Part.MX: "MX", Part.SPF: "TXT", Part.AUTODISCOVER: "CNAME", Part.NS: "NS"}
TTL = 3600  # seconds, where the old one is not known


@dataclass(frozen=True, slots=True)
class Undo:
    """One RRset and what becomes of it. Values are canonical: names without a trailing dot."""

    part: Part
    rdtype: str
    name: str  # whole
    ttl: int  # seconds
    restore: tuple[str, ...]  # enter these
    remove: tuple[str, ...]  # and take these out

    @property
    def at_registrar(self) -> bool:
        """Name servers are named by the registry, not in the zone."""
        return self.part is Part.NS

    @property
    def lines(self) -> tuple[str, ...]:
        """The records to restore, as lines of a zone file (RFC 1035 §5.1)."""
        return tuple(f"{self.name}. {self.ttl} IN {self.rdtype} {zone_value(self.rdtype, v)}" for v in self.restore)


def undo(before: Flow, after: Flow, domain: str, parts: Iterable[Part] = tuple(Part)) -> tuple[Undo, ...]:
    """For each of ``parts`` that is known on both sides and differs, how to put it back."""
    found = []
    for part in parts:
        old, new = before.of(part), after.of(part)
        if old is not None and new is not None and old.records != new.records:
            found.append(_undo(part, old, new, domain))
    return tuple(found)


def records_of(part: Part, shown: Shown, domain: str) -> Undo:
    """The exact records of one part, as a card to keep for a roll-back."""
    return _undo(part, shown, Shown(), domain)


def _undo(part: Part, old: Shown, new: Shown, domain: str) -> Undo:
    name = f"autodiscover.{domain}" if part is Part.AUTODISCOVER else domain
    gone = tuple(value for value in new.records if value not in old.records)
    return Undo(part, TYPES[part], name, old.ttl or TTL, old.records, gone)


def zone_value(rdtype: str, value: str) -> str:
    """``value`` as a zone file writes it: names end in a dot, TXT is quoted in strings of at most 255 octets."""
    if rdtype == "TXT":
        return " ".join(_quoted(value[at : at + 255]) for at in range(0, max(len(value), 1), 255))
    return value if value.endswith(".") else f"{value}."


def _quoted(text: str) -> str:
    """RFC 1035 §5.1: backslash and quote escaped, what is not printable as three decimal digits."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if " " <= char <= "~" else f"\\{ord(char) % 1000:03d}"
