"""The parts of an SPF record as values (RFC 7208 §4.6, §5, §6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from publicdns.spf.addresses import Network
from publicdns.spf.macros import MacroString


class Kind(StrEnum):
    """The eight mechanisms (RFC 7208 §5)."""

    ALL = "all"
    INCLUDE = "include"
    A = "a"
    MX = "mx"
    PTR = "ptr"
    IP4 = "ip4"
    IP6 = "ip6"
    EXISTS = "exists"


_TRAILING_DOT = re.compile(r"\.(?=/|\Z)")
ADDRESSES = frozenset({Kind.IP4, Kind.IP6})
ASKING = frozenset({Kind.INCLUDE, Kind.A, Kind.MX, Kind.PTR, Kind.EXISTS})  # what counts towards ten (RFC 7208 §4.6.4)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One directive: a qualifier and a mechanism, as written in ``text``."""

    text: str
    kind: Kind
    qualifier: str = "+"  # "+", "-", "~" or "?"
    target: MacroString | None = None  # None where the domain being evaluated is meant
    network: Network | None = None  # ip4 and ip6 only
    prefix4: int = 32
    prefix6: int = 128

    @property
    def bare(self) -> str:
        """The mechanism without its qualifier, as DNS tells names apart: in small letters, without a trailing dot."""
        text = self.text[1:] if self.text[:1] in "+-~?" else self.text
        return text if "%" in text else _TRAILING_DOT.sub("", text.lower())

    @property
    def asks(self) -> bool:
        """Whether it counts towards the ten lookups."""
        return self.kind in ASKING


@dataclass(frozen=True, slots=True)
class Modifier:
    """``name=value``. Unknown ones are kept and mean nothing (RFC 7208 §6)."""

    text: str
    name: str  # small letters
    value: MacroString


@dataclass(frozen=True, slots=True)
class Mistake:
    """A term that is no term: any one of them makes the whole record a permerror (RFC 7208 §4.6)."""

    term: str  # foreign bytes, as published
    why: str
    instead: str = ""  # what was probably meant


Term = Mechanism | Modifier


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record that begins with ``v=spf1``, term by term. ``mistakes`` empty means it is valid."""

    text: str
    terms: tuple[Term, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    live: tuple[Mechanism, ...] = ()  # the mechanisms that are ever evaluated: up to and with the first ``all``
    dead: tuple[Mechanism, ...] = ()  # those after it (RFC 7208 §5.1)
    redirect: Modifier | None = None
    exp: Modifier | None = None

    @property
    def everything(self) -> Mechanism | None:
        """The ``all`` that ends the record, where there is one."""
        return self.live[-1] if self.live and self.live[-1].kind is Kind.ALL else None

    @property
    def onward(self) -> Modifier | None:
        """The ``redirect`` that is followed: an ``all`` anywhere switches it off (RFC 7208 §6.1)."""
        return None if self.everything else self.redirect

    @property
    def modifiers(self) -> tuple[Modifier, ...]:
        """All modifiers in order."""
        return tuple(term for term in self.terms if isinstance(term, Modifier))
