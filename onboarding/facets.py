"""The counts that filter on click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from onboarding.blocking import ACTORS, ACTS, Blocked
from onboarding.blocking import LABELS as BLOCKS
from onboarding.counting import Cell
from onboarding.filters import EVER, Age, CutOverIn, Filters, Span
from onboarding.models.domain import DomainQuerySet
from onboarding.stage import LABELS


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: what a click on it asks for, and how many there are."""

    label: str | Promise
    query: str
    count: int
    current: bool
    value: str = ""


def facets_of(filters: Filters, cells: list[Cell], now: datetime) -> dict[str, list[Option]]:
    """The counts of each facet, as far as the other facets leave domains."""
    spans = Age.spans(now)

    def age(cell: Cell) -> str:
        return next(name for name, span in spans.items() if _within(cell.week, span))

    kinds: dict[str, tuple[Mapping[Any, str | Promise], Callable[[Cell], str | None]]] = {
        "stage": (LABELS, lambda cell: cell.stage),
        "blocked": (BLOCKS, lambda cell: cell.blocked_by),
        "act": (ACTORS, lambda cell: ACTS[Blocked(cell.blocked_by)]),
        "age": (Age.LABELS, age),
    }
    facets = {}
    for name, (labels, value_of) in kinds.items():
        others = replace(filters, **{name: ""})
        counts: Counter[str | None] = Counter()
        for cell in cells:
            if fits(cell, others, now):
                counts[value_of(cell)] += cell.n
        chosen = getattr(filters, name)
        options = [Option(lazy("All"), filters.query(**{name: ""}), counts.total(), not chosen)]
        for value, label in labels.items():
            options.append(
                Option(label, filters.query(**{name: str(value)}), counts[value], value == chosen, str(value))
            )
        facets[name] = options
    return facets


def windows_of(domains: DomainQuerySet) -> dict[datetime, int]:
    """How many of ``domains`` are planned for which moment. Of these there are few: plans move many together."""
    planned = domains.order_by().filter(window_start__gt=EVER[0])  # a range, so that its own index is taken
    return dict(planned.values_list("window_start").annotate(n=Count("pk")))


def cutovers(windows: Mapping[datetime, int], filters: Filters, now: datetime) -> list[Option]:
    """How many move when, of so many in each of ``windows``."""
    counts: Counter[str] = Counter()
    for name, (after, until) in CutOverIn.spans(now).items():
        counts[name] = sum(n for at, n in windows.items() if after < at <= until)
    return [
        Option(label, filters.query(cutover=name), counts[name], name == filters.cutover, name)
        for name, label in CutOverIn.LABELS.items()
        if counts[name] or name == filters.cutover
    ]


def _within(week: date, span: Span) -> bool:
    return (span[0] is None or week >= span[0]) and (span[1] is None or week < span[1])


def fits(cell: Cell, filters: Filters, now: datetime) -> bool:
    """Whether the domains of ``cell`` are asked for."""
    blocks = filters.blocks
    return (
        (not filters.stage or cell.stage == filters.stage)
        and (not filters.blocked or cell.blocked_by == filters.blocked)
        and (not blocks or cell.blocked_by in blocks)
        and (not filters.age or _within(cell.week, Age.spans(now)[filters.age]))
    )
