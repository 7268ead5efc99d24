"""The board: all domains somebody may see, narrowed by what the address bar says, and how many there are of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from onboarding.counting import Cell, cells_of, grouped, monday
from onboarding.facets import Option, cutovers, facets_of, fits, windows_of
from onboarding.filters import Filters
from onboarding.models.domain import DomainQuerySet
from onboarding.narrowing import NOBODY, SOMEBODY, Asked, PlannedFirst, by_cell, in_order
from tenants.models import Tenant, User

MANY = 1_000  # found by a search: beyond, counts stop at "1,000+"
SORTED = 5_000  # domains of somebody's tenants: up to here they are sorted, beyond read in the order of an index
Found = tuple[Cell, datetime | None]  # one row as a cell of its own, and when it moves


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the page needs but its rows."""

    filters: Filters
    domains: DomainQuerySet  # narrowed and in order
    total: int
    more: bool  # a search found more than are counted
    facets: dict[str, list[Option]]

    @property
    def rows(self) -> DomainQuerySet | PlannedFirst:
        """What a page is cut from."""
        wanted = self.domains.select_related("group", "assignee").defer("memory", "marks")
        # Not joined: every row before the page would be joined too.
        wanted = wanted.prefetch_related("schedule")
        if self.filters.order != "cutover" or self.filters.q:  # a search has counted only some of the planned
            return wanted
        return PlannedFirst(wanted, sum(option.count for option in self.facets["cutover"]))

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.filters.narrowing


def board(user: User, filters: Filters, tenants: list[Tenant], now: datetime) -> Board:
    """The board of ``user``, who may see ``tenants``. The number of queries does not depend on the number of rows."""
    seen = [tenant for tenant in tenants if not filters.tenant or tenant.public_id == filters.tenant]
    tally = cells_of([tenant.pk for tenant in seen])
    asked = Asked(user, filters, seen, sum(cell.n for cell in tally) > SORTED, now)
    found = _found(asked.domains()) if filters.q else []
    cells = _together(found[:MANY]) if filters.q else _counted(asked, tally)
    total = sum(cell.n for cell in cells if fits(cell, filters, now))
    chosen = by_cell(asked.domains(scan=total > SORTED), filters, now)
    facets = facets_of(filters, cells, now)
    shown = (window for cell, window in found[:MANY] if window is not None and fits(cell, filters, now))
    facets["cutover"] = cutovers(Counter(shown) if filters.q else windows_of(chosen), filters, now)
    return Board(filters, in_order(chosen, filters), total, len(found) > MANY, facets)


def _found(domains: DomainQuerySet) -> list[Found]:
    """The first rows that a search finds, one more than are counted."""
    rows = domains.order_by().values_list("stage", "blocked_by", "created_at", "window_start")[: MANY + 1]
    return [(Cell(stage, blocked_by, monday(at), 1), window) for stage, blocked_by, at, window in rows]


def _together(found: list[Found]) -> list[Cell]:
    """Those that are alike as one."""
    alike = Counter(cell for cell, _window in found)
    return [replace(cell, n=n) for cell, n in alike.items()]


def _counted(asked: Asked, tally: list[Cell]) -> list[Cell]:
    """Exact counts: the tally's, or of the rows themselves."""
    if asked.filters.counted:
        return tally
    others = replace(asked.filters, assignee="")
    if asked.filters.assignee == NOBODY and others.counted:
        return _without(tally, _grouped(replace(asked, filters=replace(others, assignee=SOMEBODY))))
    return _grouped(asked)


def _grouped(asked: Asked) -> list[Cell]:
    return [Cell(**cell) for cell in grouped(asked.domains())]


def _without(cells: list[Cell], some: list[Cell]) -> list[Cell]:
    """What ``some`` leave of ``cells``: most are assigned to nobody, and only the others have an index."""
    left = Counter({replace(cell, n=0): cell.n for cell in cells})
    left.subtract({replace(cell, n=0): cell.n for cell in some})
    return [replace(cell, n=n) for cell, n in left.items() if n]
