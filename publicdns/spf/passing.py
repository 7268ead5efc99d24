"""Whether mail from Microsoft 365 passes a record, as far as records at hand tell (RFC 7208 §4.6.2). Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache, lru_cache

from publicdns.frozen import frozen
from publicdns.spf.addresses import Network
from publicdns.spf.macros import MacroString
from publicdns.spf.record import parse
from publicdns.spf.senders import MICROSOFT, sender_of_include, sender_of_network, senders
from publicdns.spf.terms import ADDRESSES, Kind, Mechanism, SpfRecord

PROVIDER = "Microsoft 365"  # what the names of all its clouds begin with
OUTBOUND = "outbound.protection.outlook.com"  # what its servers' addresses point back to lies below
RESELLERS = frozenset({"OpenText AppRiver", "Intermedia"})  # their records may include Microsoft's
WIDE = 16  # prefix length below which hosts' neighbours may be anybody's
Follow = Callable[[str], tuple[str, ...] | None]  # the SPF records at a name; None: not read


class Passing(StrEnum):
    """What becomes of mail from Microsoft 365. UNKNOWN: other records decide, which were not read."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@frozen
class Told:
    """What was read, and what would tell the rest."""

    passing: Passing
    names: tuple[str, ...] = ()  # domains handed over to
    terms: tuple[str, ...] = ()  # what cannot be read off at all: macros, part of Microsoft's ranges


YES, NO = Told(Passing.YES), Told(Passing.NO)


def microsoft(texts: Sequence[str], follow: Follow | None = None, domain: str = "") -> Told:
    """Whether Microsoft 365 may send by the SPF records ``texts`` of ``domain``. None is a no; of several, which no
    receiver accepts, the best counts (that there are several is another fault)."""
    best = NO
    for text in texts:
        told = _alone(text)
        if told.names and (follow is not None or domain in told.names):
            told = _Reading(follow or _unread, {domain: NO}).of_record(parsed(text))
        if told.passing is Passing.YES:
            return told
        best = told if told.passing is Passing.UNKNOWN else best
    return best


@lru_cache(maxsize=1024)
def only_microsoft(text: str) -> bool:
    """True when Microsoft 365 is all that the SPF record ``text`` lets send."""
    record = parsed(text)
    if record.everything is not None and record.everything.qualifier == "+":
        return False
    terms = [term for term in record.live if term.kind is not Kind.ALL and term.qualifier != "-"]
    onward = [record.onward.value.name in MICROSOFT.values()] if record.onward is not None else []
    each = [*map(_is_microsoft, terms), *onward]
    return bool(each) and all(each)


@lru_cache(maxsize=1024)  # domain after domain publishes the same record
def parsed(text: str) -> SpfRecord:
    """The terms of an SPF record."""
    return parse(text)


@lru_cache(maxsize=1024)
def _alone(text: str) -> Told:
    """What one record tells by itself, of whatever domain."""
    return _Reading(_unread, {}).of_record(parsed(text))


def _unread(_name: str) -> None:
    """No other record was read."""


@frozen
class _Reading:
    """One reading. ``known`` has what was found out by name; a name inside itself is a no (RFC 7208 §4.6.4)."""

    follow: Follow
    known: dict[str, Told]

    def of_record(self, record: SpfRecord) -> Told:
        """Left to right, the first match decides; behind ``all`` nothing is tested (RFC 7208 §5.1)."""
        names: list[str] = []
        terms: list[str] = _part_of_the_ranges(record)
        if terms and _has_the_ranges(record):
            return YES
        for term in record.live:
            told = self.of_term(term)
            if told.passing is Passing.YES:
                return YES if term.qualifier == "+" else _so_far(names, terms)
            if term.qualifier == "+":
                names += told.names
                terms += told.terms
        if record.onward is not None:
            told = self.of_name(record.onward.value)
            if told.passing is Passing.YES:
                return YES
            names += told.names
            terms += told.terms
        return _so_far(names, terms)

    def of_term(self, term: Mechanism) -> Told:
        """Whether the term matches what Microsoft 365 sends."""
        if term.kind is Kind.ALL:
            return YES
        if term.kind is Kind.INCLUDE and term.target is not None:
            return self.of_name(term.target)
        varies = term.target is not None and not term.target.constant
        if varies or term.kind is Kind.EXISTS or term.prefix4 < WIDE or _points_back(term):
            return Told(Passing.UNKNOWN, terms=(term.text,))
        return NO

    def of_name(self, spec: MacroString) -> Told:
        """What the records at another name say; anything but one record there is an error (RFC 7208 §5.2, §6.1)."""
        name = spec.name
        if not spec.constant:
            return Told(Passing.UNKNOWN, terms=(spec.text,))
        if name in MICROSOFT.values():
            return YES
        if name not in self.known:
            self.known[name] = NO
            self.known[name] = self._found_at(name)
        return self.known[name]

    def _found_at(self, name: str) -> Told:
        texts = self.follow(name)
        if texts is not None:
            return self.of_record(parsed(texts[0])) if len(texts) == 1 else NO
        return NO if _is_another_service(name) else Told(Passing.UNKNOWN, (name,))


def _so_far(names: list[str], terms: list[str]) -> Told:
    if not names and not terms:
        return NO
    return Told(Passing.UNKNOWN, tuple(dict.fromkeys(names)), tuple(dict.fromkeys(terms)))


def _is_microsoft(term: Mechanism) -> bool:
    if term.network is not None:
        sender = sender_of_network(term.network)
        return sender is not None and sender.provider.startswith(PROVIDER)
    return term.kind is Kind.INCLUDE and term.target is not None and term.target.name in MICROSOFT.values()


def _is_another_service(name: str) -> bool:
    """Whether a service is known to publish ``name``, and its own servers alone there."""
    sender = sender_of_include(name)
    if sender is None or not sender.verified or sender.provider in RESELLERS:
        return False
    return not sender.provider.startswith(PROVIDER)


def _points_back(term: Mechanism) -> bool:
    """``ptr`` with a domain that Microsoft's servers lie in (RFC 7208 §5.5)."""
    return term.kind is Kind.PTR and term.target is not None and f".{OUTBOUND}".endswith("." + term.target.name)


@cache
def _ranges() -> tuple[Network, ...]:
    return tuple(network for sender in senders() if sender.provider == PROVIDER for network in sender.networks)


def _part_of_the_ranges(record: SpfRecord) -> list[str]:
    """The terms that list Microsoft's ranges, or some of them, instead of including its record."""
    listed = [term for term in record.live if term.kind in ADDRESSES and term.qualifier == "+"]
    return [t.text for t in listed if t.network is not None and any(_overlap(t.network, known) for known in _ranges())]


def _has_the_ranges(record: SpfRecord) -> bool:
    listed = [term.network for term in record.live if term.network is not None and term.qualifier == "+"]
    return all(any(_overlap(network, known) for network in listed) for known in _ranges())


def _overlap(one: Network, other: Network) -> bool:
    return one.covers(other) or other.covers(one)
