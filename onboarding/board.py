"""The board: all domains somebody may see, narrowed by what the address bar says, and how many there are of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onboarding.counting import Cell, cells_of, grouped, monday
from onboarding.facets import Option, cutovers, facets_of, fits
from onboarding.filters import Filters
from onboarding.models.domain import DomainQuerySet
from onboarding.narrowing import by_cell, in_order, narrowed
from tenants.models import Tenant, User

MANY = 1_000  # found by a search: beyond, counts stop at "1,000+"
SORTED = 5_000  # domains of somebody's tenants: up to here they are sorted, beyond read in the order of an index


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the page needs but its rows."""

    filters: Filters
    domains: DomainQuerySet  # narrowed and in order
    total: int
    more: bool  # a search found more than are counted
    facets: dict[str, list[Option]]

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.filters.narrowing


def board(user: User, filters: Filters, tenants: list[Tenant], now: datetime) -> Board:
    """The board of ``user``, who may see ``tenants``. The number of queries does not depend on the number of rows."""
    seen = [tenant for tenant in tenants if not filters.tenant or tenant.public_id == filters.tenant]
    tally = cells_of([tenant.pk for tenant in seen])
    base = narrowed(user, filters, seen, many=sum(cell.n for cell in tally) > SORTED, now=now)
    cells, more = (tally, False) if filters.counted else _cells(base, filters)
    chosen = by_cell(base, filters, now)
    facets = facets_of(filters, cells, now)
    facets["cutover"] = cutovers(chosen, filters, now)
    total = sum(cell.n for cell in cells if fits(cell, filters, now))
    return Board(filters, in_order(chosen, filters), total, more, facets)


def _cells(base: DomainQuerySet, filters: Filters) -> tuple[list[Cell], bool]:
    """Exact counts, but inside a search only of the first MANY."""
    if not filters.q:
        return [Cell(**cell) for cell in grouped(base)], False
    rows = list(base.order_by().values_list("stage", "blocked_by", "created_at")[: MANY + 1])
    cells = [Cell(stage, blocked_by, monday(at), 1) for stage, blocked_by, at in rows[:MANY]]
    return cells, len(rows) > MANY
