"""Terms that can never be what matches, because what stands before them matches the same (RFC 7208 §4.6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publicdns.spf.covering import Covering
from publicdns.spf.terms import Mechanism


@dataclass(frozen=True, slots=True)
class Note:
    """One decision about one term: ``kept``, ``dropped``, ``skipped`` (an addition not needed) or ``uncertain``."""

    what: str
    term: str
    why: str


def without_repetitions(front: Sequence[Mechanism], behind: Sequence[Mechanism], notes: list[Note]) -> list[Mechanism]:
    """Without the terms that can never be what matches. ``front`` all pass: there a later, wider one counts too."""
    later = Covering()
    for at, term in enumerate(front):
        if term.network is not None:
            later.add(term.network, at)
    kept = _Kept(notes)
    for term in front:
        kept.add(term, _widest(front, later, term))
    for term in behind:
        kept.add(term)
    return kept.terms


def _widest(terms: Sequence[Mechanism], covering: Covering, term: Mechanism) -> Mechanism | None:
    """Of the ``terms`` that match more than ``term``, the one that matches most."""
    if term.network is None:
        return None
    width, place = max(covering.holders(term.network))
    return terms[place] if width > term.network.shift else None


class _Kept:
    """The terms that stay. What goes is told in ``notes``."""

    def __init__(self, notes: list[Note]) -> None:
        self.terms: list[Mechanism] = []
        self._notes = notes
        self._ranges = Covering()
        self._named: dict[str, Mechanism] = {}

    def add(self, term: Mechanism, wider: Mechanism | None = None) -> None:
        """Keep ``term``, unless what is kept already matches whatever it matches, or ``wider`` will."""
        holder = self._holder(term) or wider
        if holder is not None:
            why = "it stands there twice" if holder.bare == term.bare else f"{holder.text} covers it"
            self._notes.append(Note("dropped", term.text, why))
            return
        if term.network is not None:
            self._ranges.add(term.network, len(self.terms))
        self._named[term.bare] = term
        self.terms.append(term)

    def _holder(self, term: Mechanism) -> Mechanism | None:
        if term.network is None:
            return self._named.get(term.bare)
        place = min((place for _, place in self._ranges.holders(term.network)), default=None)
        return None if place is None else self.terms[place]


def says(holder: Mechanism, term: Mechanism) -> bool:
    """Whether ``holder`` matches whatever ``term`` matches."""
    if holder.network is not None and term.network is not None:
        return holder.network.covers(term.network)
    return holder.bare == term.bare
