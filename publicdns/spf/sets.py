"""SPF records as sets of terms, to compare what they allow and not how they are written (RFC 7208). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.flow import Shown
from publicdns.spf.passing import Passing, microsoft
from publicdns.spf.record import parse
from publicdns.spf.senders import MICROSOFT as MICROSOFT_INCLUDES
from publicdns.spf.terms import Kind, SpfRecord


def lets_microsoft_send(spf: Shown | None) -> bool:
    """True when the one SPF record lets Microsoft 365 send."""
    return spf is not None and len(spf.records) == 1 and microsoft(spf.records).passing is Passing.YES


def terms(spf: Shown) -> frozenset[str]:
    """The terms that count, in canonical spelling, qualifiers included."""
    return frozenset(term for text in spf.records for term in _record_terms(parse(text)))


def _record_terms(record: SpfRecord) -> Iterator[str]:
    for mechanism in record.live:
        yield f"{mechanism.qualifier}{mechanism.network.term if mechanism.network else mechanism.bare}"
    if record.onward is not None:
        yield record.onward.text.lower()


def senders(terms: frozenset[str]) -> set[str]:
    """The terms that let somebody send: all but the ending, and but those that refuse."""
    return {term.lstrip("+") for term in terms if term[1:] != Kind.ALL and not term.startswith("-")}


def names_microsoft(term: str) -> bool:
    """Whether the term lets Microsoft 365 send."""
    name = term.lstrip("+~?").removeprefix("include:").removeprefix("redirect=").rstrip(".")
    return name in MICROSOFT_INCLUDES.values()
