"""The record to paste when a sender is added: nothing that passed stops passing (RFC 7208 §3.2, §3.3, §4.6.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from publicdns.spf.addresses import Network, never_public
from publicdns.spf.record import VERSION, parse, parse_term
from publicdns.spf.refusing import Refusal, leads_nowhere, may_fail, over, refused
from publicdns.spf.repetitions import Note, says, without_repetitions
from publicdns.spf.result import Limits
from publicdns.spf.terms import Kind, Mechanism, SpfRecord
from publicdns.spf.walk import Node, Trouble, Walker

LONGEST_STRING = 255  # octets of one character-string (RFC 1035 §3.3)
ROOMY = 450  # octets of a record that fits a UDP answer beside its neighbours (RFC 7208 §3.4)
NOTHING: Mapping[str, str] = MappingProxyType({})
_SOFTEST_FIRST = "+?~-"


class AdditionError(ValueError):
    """This cannot be added; the message says why, for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A merged record nobody has counted yet."""

    text: str
    added: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """The record to paste; ``text`` is empty where there is a ``refusal``."""

    text: str
    strings: tuple[str, ...]  # at most 255 octets each, no term broken
    added: tuple[str, ...]
    notes: tuple[Note, ...]
    before: int  # lookups of what is published now
    after: int
    refusal: Refusal | None = None


def addition(text: str) -> Mechanism:
    """A mechanism to add: ``include:...``, ``ip4:...``, or a bare address or range. Raises AdditionError."""
    word = text.strip()
    with suppress(ValueError):
        word = Network.parse(word).term
    term = parse_term(word)
    if not isinstance(term, Mechanism):
        why = getattr(term, "why", "only mechanisms can be added")
        raise AdditionError(f"{word[:80]} cannot be added: {why}")
    if term.kind is Kind.ALL or term.qualifier != "+":
        raise AdditionError(f"{word[:80]} cannot be added: it would not let anyone send")
    why = never_public(term.network) if term.network else ""
    if why:
        raise AdditionError(
            f"{term.network} cannot be added: it is {why}. Receivers see the public address of your NAT."
        )
    return term


async def merge(
    domain: str,
    records: Sequence[SpfRecord],
    additions: Sequence[Mechanism],
    walker: Walker,
) -> Merged:
    """The record for ``domain`` that says what ``records`` (all that are published) say, and ``additions``.

    ``walker`` does the asking that counting needs.
    """
    refusal = refused(records)
    if refusal is not None:
        return Merged("", (), (), (), 0, 0, refusal)
    before = [await walker.tree(record, domain) for record in records]
    draft = drafted(records, additions, _brought(before), ahead=any(map(may_fail, before)))
    after = await walker.tree(parse(draft.text), domain)
    return _counted(draft, sum(tree.lookups for tree in before), after, walker.limits)


def drafted(
    records: Sequence[SpfRecord],
    additions: Sequence[Mechanism],
    brought: Mapping[str, str] = NOTHING,
    *,
    ahead: bool = False,
) -> Draft:
    """The merged text, uncounted. Pure.

    ``brought``: names whose records count already, by the term that leads there. Addresses come first, because they
    cost nobody a question; what asks keeps its order, because what is asked earlier may end in an error. Hence
    ``ahead``: what is added stands in front of it, also where it is there already, but behind what may fail.
    """
    refusal = refused(records)
    if refusal is not None:
        return Draft("", refusal=refusal)
    notes: list[Note] = [_dead(term.text) for record in records for term in record.dead]
    listed = [term for record in records for term in record.live if term.kind is not Kind.ALL]
    old = without_repetitions((), listed, notes)
    passing = old[: _first_refusal(old)]
    new = (
        _needed(additions, _in_front(passing), NOTHING, notes) if ahead else _needed(additions, passing, brought, notes)
    )
    old = without_repetitions((), [*new, *old], notes)[len(new) :]
    first = _first_refusal(old)
    addresses = [term for term in (*old[:first], *new) if not term.asks]
    front = [*addresses, *(term for term in ((*new, *old[:first]) if ahead else (*old[:first], *new)) if term.asks)]
    kept = without_repetitions(front, old[first:], notes)
    ending = _ending(records, notes)
    text = " ".join((VERSION, *(term.text for term in kept), *ending))
    notes.extend(_left_alone(kept))
    return Draft(text, tuple(term.text for term in new), tuple(notes))


def split_strings(text: str) -> tuple[str, ...]:
    """``text`` in character-strings of at most 255 octets, each ending behind a space so that no term is broken.

    A single term that is longer is cut: receivers join the strings without a space (RFC 7208 §3.3).
    """
    strings: list[str] = []
    while len(text) > LONGEST_STRING:
        space = text.rfind(" ", 0, LONGEST_STRING)
        end = space + 1 if space >= 0 else LONGEST_STRING
        strings.append(text[:end])
        text = text[end:]
    return (*strings, text)


def _first_refusal(terms: Sequence[Mechanism]) -> int:
    """The place of the first term that does not let pass what it matches: additions must stand before it."""
    return next((at for at, term in enumerate(terms) if term.qualifier != "+"), len(terms))


def _in_front(terms: Sequence[Mechanism]) -> list[Mechanism]:
    """What is looked at before any of ``terms`` can fail, addresses having come first."""
    asking = [term for term in terms if term.asks]
    return [*(term for term in terms if not term.asks), *asking[:1]]


def _needed(
    additions: Sequence[Mechanism], old: Sequence[Mechanism], brought: Mapping[str, str], notes: list[Note]
) -> list[Mechanism]:
    """The additions that are not there yet; ``old`` are the terms that pass before anything can fail."""
    new: list[Mechanism] = []
    for wanted in additions:
        holder = next((term for term in (*old, *new) if says(term, wanted)), None)
        name = wanted.target.name if wanted.kind is Kind.INCLUDE and wanted.target is not None else ""
        if holder is not None:
            notes.append(Note("skipped", wanted.text, f"{holder.text} is there already"))
        elif name in brought:
            notes.append(Note("skipped", wanted.text, f"{brought[name]} brings it already"))
        else:
            new.append(wanted)
    return new


def _brought(trees: Sequence[Node]) -> dict[str, str]:
    """The names whose records count already, by the term that leads there."""
    found: dict[str, str] = {}
    for tree in trees:
        direct = {id(child) for child in tree.children}
        term = ""
        for node in tree.unhindered():
            term = node.term if id(node) in direct else term
            if node.trouble is Trouble.NONE:
                found.setdefault(node.name, term)
    return found


def _ending(records: Sequence[SpfRecord], notes: list[Note]) -> list[str]:
    """``all`` or ``redirect``, and the other modifiers, which belong at the end (RFC 7208 §6)."""
    others = [term for record in records for term in record.modifiers if term.name not in ("redirect", "exp")]
    exp = next((record.exp for record in records if record.exp is not None), None)
    modifiers = [term.text for term in (exp, *others) if term is not None]
    ends = [record.everything for record in records if record.everything is not None]
    switched_off = [record.redirect.text for record in records if ends and record.redirect is not None]
    notes.extend(Note("dropped", text, "all switches it off (RFC 7208 §6.1)") for text in switched_off)
    if ends:
        softest = min(ends, key=lambda term: _SOFTEST_FIRST.index(term.qualifier))
        if len({term.qualifier for term in ends}) > 1:
            notes.append(Note("kept", softest.text, "of the endings of several records, the one that rejects least"))
        return [softest.text, *modifiers]
    if not records:
        notes.append(Note("kept", "-all", "there is no record yet; Microsoft's own ends like this"))
        return ["-all"]
    onward = next((record.onward for record in records if record.onward is not None), None)
    if onward is not None:
        return [*modifiers, onward.text]
    notes.append(Note("kept", "", "the record has no all, which means ?all; it is left so (RFC 7208 §4.7)"))
    return modifiers


def _left_alone(kept: Iterable[Mechanism]) -> list[Note]:
    notes = []
    for term in kept:
        why = never_public(term.network) if term.network else ""
        if why:
            notes.append(
                Note("kept", term.text, f"it is {why}; it does no good, but adding a sender is no reason to remove it")
            )
        elif term.kind is Kind.PTR:
            notes.append(Note("kept", term.text, "it should not be used (RFC 7208 §5.5), but somebody may rely on it"))
        elif term.qualifier != "+":
            notes.append(Note("kept", term.text, "its place among the terms matters, so it stays where it was"))
    return notes


def _dead(text: str) -> Note:
    return Note("dropped", text, "it stood after all, where nothing is looked at (RFC 7208 §5.1)")


def _counted(draft: Draft, before: int, after: Node, limits: Limits) -> Merged:
    """The draft with its counts, or a refusal."""
    notes = (*draft.notes, *_uncertain(after))
    refusal = over(after, limits) or leads_nowhere(draft.added, after)
    if refusal is not None:
        return Merged("", (), draft.added, notes, before, after.lookups, refusal)
    if len(draft.text) > ROOMY:
        why = f"{len(draft.text)} octets may not fit a UDP answer beside other TXT records (RFC 7208 §3.4)"
        notes = (*notes, Note("kept", "", why))
    return Merged(draft.text, split_strings(draft.text), draft.added, notes, before, after.lookups)


def _uncertain(after: Node) -> list[Note]:
    unknown = (Trouble.UNKNOWN, Trouble.UNASKED)
    why = "could not be asked, so the count is a lower bound"
    return [
        Note("uncertain", node.term, f"{why} ({node.detail})") for node in after.everyone() if node.trouble in unknown
    ]
