"""Is every term a term?"""

from __future__ import annotations

from publicdns.spf.mistakes import GLUED
from publicdns.spf.rules import Case, Facts, rule
from publicdns.spf.terms import Kind, Mechanism


@rule(
    "spf-syntax",
    "A term receivers cannot read",
    "RFC 7208 §4.6, §12",
    sentence="Receivers cannot read {terms} ({why}) and then answer permerror for every mail of {domain}.",
    fix="Correct the term.{instead}",
)
def syntax(case: Case) -> Facts | None:
    mistakes = [mistake for record in case.records for mistake in record.mistakes]
    if not mistakes:
        return None
    suggested = [mistake.instead for mistake in mistakes if mistake.instead]
    instead = f" Probably meant: {', '.join(suggested[:3])}" if suggested else ""
    return {"terms": [mistake.term for mistake in mistakes], "why": mistakes[0].why, "instead": instead}


@rule(
    "spf-glued",
    "Two terms without a space between",
    "RFC 7208 §3.3",
    sentence="In {terms} two terms have run together: the strings of a TXT record are joined without a space.",
    fix="End each string of the record with a space, or enter it as one line.",
)
def glued(case: Case) -> Facts | None:
    terms = [term.text for record in case.records for term in record.terms if GLUED.search(term.text)]
    terms += [mistake.term for record in case.records for mistake in record.mistakes if GLUED.search(mistake.term)]
    return {"terms": terms} if terms else None


@rule(
    "spf-macros",
    "Macros in the record",
    "RFC 7208 §7",
    severity="notice",
    fix="Nothing needs to be changed; the list of senders here is not complete.",
    sentence="The record uses macros ({terms}): what it allows depends on each message.",
)
def macros(case: Case) -> Facts | None:
    terms: list[str] = []
    for record in case.records:
        for term in record.terms:
            spec = term.target if isinstance(term, Mechanism) else term.value
            if spec is not None and not spec.constant:
                terms.append(term.text)
    return {"terms": terms} if terms else None


@rule(
    "spf-ptr",
    "The ptr mechanism",
    "RFC 7208 §5.5",
    severity="warning",
    sentence="{terms} should not be used: it is slow, and large receivers skip it.",
    fix="Replace it by the addresses of the servers that are meant.",
)
def ptr(case: Case) -> Facts | None:
    terms = [term.text for term in case.terms(Kind.PTR)]
    return {"terms": terms} if terms else None


@rule(
    "spf-repeated",
    "The same term twice",
    "RFC 7208 §4.6.2",
    severity="notice",
    sentence="{terms} stands in the record more than once; the first decides, the others only cost lookups.",
    fix="Remove the repetitions.",
)
def repeated(case: Case) -> Facts | None:
    seen: set[str] = set()
    terms: list[str] = []
    for term in case.live:
        if term.network is None and term.bare in seen:
            terms.append(term.text)
        seen.add(term.bare)
    return {"terms": terms} if terms else None
