"""History as people read it: transitions worded by the table of whoever made them, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from notices.models import SubjectKind, Transition

MOST = 40  # entries shown unless all are asked for


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of entry is worded and drawn."""

    words: str | Promise
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    key: str
    at: datetime
    who: str
    words: str
    icon: str
    tone: str
    undone: bool = False
    note: bool = False


class _Facts(dict[str, Any]):
    """Facts of an older version may lack what today's sentence names."""

    def __missing__(self, key: str) -> str:
        return "…"


def transitions(kind: SubjectKind, subject: str) -> QuerySet[Transition]:
    """Everything that happened to one subject, the newest first, with who did it."""
    return Transition.objects.filter(subject_kind=kind, subject_id=subject).select_related("actor")


def entry(one: Transition, kinds: Mapping[str, Kind], facts: Mapping[str, Any]) -> Entry:
    """The line for ``one``; ``facts`` are its facts as they stand in a sentence."""
    kind = kinds.get(one.kind, Kind(one.kind, "info", "dim"))
    who = str(one.actor) if one.actor else _("Onward")
    words = str(kind.words).format_map(_Facts(facts))
    return Entry(f"t{one.pk}", one.at, who, words, kind.icon, kind.tone, undone=one.undone_at is not None)


def limit(everything: bool) -> int | None:
    """How many rows to read; one more than is shown tells that there are older ones."""
    return None if everything else MOST + 1


def newest(entries: list[Entry], *, everything: bool) -> tuple[list[Entry], bool]:
    """Those to show, and whether there are older ones."""
    return (entries, False) if everything else (entries[:MOST], len(entries) > MOST)
