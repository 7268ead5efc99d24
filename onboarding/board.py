"""The board: all domains somebody may see, narrowed by what the address bar says, and how many there are of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Q, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from onboarding.blocking import ACTORS, ACTS, Actor, Blocked
from onboarding.blocking import LABELS as BLOCKS
from onboarding.counting import Cell, cells_of, grouped, monday
from onboarding.models import Domain
from onboarding.models.domain import DomainQuerySet
from onboarding.searching import LONGEST, matching
from onboarding.stage import LABELS, Stage
from tenants.models import Tenant, User

MANY = 1_000  # found by a search: beyond, counts stop at "1,000+"
WEEK = timedelta(days=7)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SORTED = 5_000  # domains of somebody's tenants: up to here they are sorted, beyond read in the order of an index
Span = tuple[date | None, date | None]  # from a Monday, to before a Monday


class Age:
    """Since when a domain is with us, in whole weeks that begin on Monday (UTC)."""

    LABELS: Mapping[str, str | Promise] = {
        "week": lazy("This week"),
        "last": lazy("Last week"),
        "month": lazy("2 to 4 weeks ago"),
        "older": lazy("Longer ago"),
    }

    @staticmethod
    def spans(now: datetime) -> dict[str, Span]:
        """The weeks of each age."""
        this = monday(now)
        return {
            "week": (this, None),
            "last": (this - WEEK, this),
            "month": (this - 4 * WEEK, this - WEEK),
            "older": (None, this - 4 * WEEK),
        }


class CutOverIn:
    """When a domain's open cut-over begins."""

    LABELS: Mapping[str, str | Promise] = {
        "past": lazy("Has begun"),
        "week": lazy("Within 7 days"),
        "month": lazy("Within 30 days"),
        "later": lazy("Later"),
    }

    @staticmethod
    def conditions(now: datetime) -> dict[str, Q]:
        """What each says about the start of the window."""
        week, month = now + timedelta(days=7), now + timedelta(days=30)
        return {
            "past": Q(window_start__lte=now),
            "week": Q(window_start__gt=now, window_start__lte=week),
            "month": Q(window_start__gt=week, window_start__lte=month),
            "later": Q(window_start__gt=month),
        }


ORDERS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "": (lazy("Name"), ("name", "pk")),
    "oldest": (lazy("Longest with us"), ("created_at", "pk")),
    "newest": (lazy("Added last"), ("-created_at", "-pk")),
    "cutover": (lazy("Cut-over"), ("window_start", "name", "pk")),
}
KNOWN: dict[str, Callable[[], set[str]]] = {
    "stage": lambda: set(Stage),
    "blocked": lambda: set(Blocked),
    "act": lambda: set(Actor),
    "age": lambda: set(Age.LABELS),
    "cutover": lambda: set(CutOverIn.LABELS),
    "order": lambda: set(ORDERS),
    "notes": lambda: {"1"},
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address bar asks for; what it does not know it leaves out."""

    q: str = ""
    stage: str = ""
    blocked: str = ""
    act: str = ""
    age: str = ""
    cutover: str = ""
    tenant: str = ""
    group: str = ""
    assignee: str = ""  # a person's public id, "me" or "nobody"
    order: str = ""
    notes: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """Read them from the address bar's part after the question mark, or from a form."""
        found = {name: asked.get(name, "").strip().replace("\0", "")[:LONGEST] for name in cls.__slots__}
        for name, known in KNOWN.items():
            if found[name] not in known():
                found[name] = ""
        return cls(**found)

    def query(self, **changed: str) -> str:
        """The address bar's part for these filters, or for changed ones."""
        return urlencode({key: value for key, value in asdict(replace(self, **changed)).items() if value})

    @property
    def narrowing(self) -> bool:
        """Whether anything is left out."""
        return bool(replace(self, order="", notes="").query())

    @property
    def hidden(self) -> dict[str, str]:
        """All but the text, for a form that changes the text."""
        return {key: value for key, value in asdict(self).items() if value and key not in ("q", "notes")}

    @property
    def counted(self) -> bool:
        """Whether the tally alone knows the counts."""
        return not (self.q or self.group or self.assignee or self.cutover)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: what a click on it asks for, and how many there are."""

    label: str | Promise
    query: str
    count: int
    current: bool
    value: str = ""


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
    base = _narrowed(user, filters, seen, many=sum(cell.n for cell in tally) > SORTED, now=now)
    cells, more = (tally, False) if filters.counted else _cells(base, filters)
    chosen = _by_cell(base, filters, now)
    facets = _facets(filters, cells, now)
    facets["cutover"] = _cutovers(chosen, filters, now)
    total = sum(cell.n for cell in cells if _fits(cell, filters, now))
    return Board(filters, _in_order(chosen, filters), total, more, facets)


def _narrowed(user: User, filters: Filters, seen: list[Tenant], *, many: bool, now: datetime) -> DomainQuerySet:
    """By everything that the tally knows nothing of."""
    domains = _of_tenants(user, filters, seen, many=many)
    if filters.group:
        domains = domains.filter(group__public_id=filters.group)
    if filters.assignee:
        domains = domains.filter(_assigned(user, filters.assignee))
    if filters.cutover:
        domains = domains.filter(CutOverIn.conditions(now)[filters.cutover])
    return matching(domains, filters.q, seen, notes=bool(filters.notes)) if filters.q else domains


def _of_tenants(user: User, filters: Filters, seen: list[Tenant], *, many: bool) -> DomainQuerySet:
    """The present domains of ``seen``, which came through the door. Many of them are read in the order of an index:
    the sum keeps the database from gathering all of a tenant's rows first and sorting them."""
    if user.is_operator and not filters.tenant:
        return Domain.objects.for_user(user).present()
    ids = [tenant.pk for tenant in seen]
    if not many:
        return Domain.objects.present().filter(tenant__in=ids)
    owner = ExpressionWrapper(F("tenant_id") + Value(0), output_field=BigIntegerField())
    return Domain.objects.present().alias(owner=owner).filter(owner__in=ids)


def _assigned(user: User, whom: str) -> Q:
    named: dict[str, Q] = {"me": Q(assignee=user), "nobody": Q(assignee__isnull=True)}
    return named.get(whom, Q(assignee__public_id=whom))


def _cells(base: DomainQuerySet, filters: Filters) -> tuple[list[Cell], bool]:
    """Exact counts, but inside a search only of the first MANY."""
    if not filters.q:
        return [Cell(**cell) for cell in grouped(base)], False
    rows = list(base.order_by().values_list("stage", "blocked_by", "created_at")[: MANY + 1])
    cells = [Cell(stage, blocked_by, monday(at), 1) for stage, blocked_by, at in rows[:MANY]]
    return cells, len(rows) > MANY


def _blocks(filters: Filters) -> set[str]:
    """The values of blocked_by that are asked for; empty for all."""
    return {b.value for b, actor in ACTS.items() if actor == filters.act} if filters.act else set()


def _within(week: date, span: Span) -> bool:
    return (span[0] is None or week >= span[0]) and (span[1] is None or week < span[1])


def _fits(cell: Cell, filters: Filters, now: datetime) -> bool:
    blocks = _blocks(filters)
    return (
        (not filters.stage or cell.stage == filters.stage)
        and (not filters.blocked or cell.blocked_by == filters.blocked)
        and (not blocks or cell.blocked_by in blocks)
        and (not filters.age or _within(cell.week, Age.spans(now)[filters.age]))
    )


def _by_cell(domains: DomainQuerySet, filters: Filters, now: datetime) -> DomainQuerySet:
    """By what the tally counts."""
    if filters.stage:
        domains = domains.filter(stage=filters.stage)
    if filters.blocked:
        domains = domains.filter(blocked_by=filters.blocked)
    if blocks := _blocks(filters):
        domains = domains.filter(blocked_by__in=blocks)
    if filters.age:
        begin, end = Age.spans(now)[filters.age]
        if begin:
            domains = domains.filter(created_at__gte=_midnight(begin))
        if end:
            domains = domains.filter(created_at__lt=_midnight(end))
    return domains


def _midnight(day: date) -> datetime:
    """The first moment (UTC) of ``day``."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _in_order(domains: DomainQuerySet, filters: Filters) -> DomainQuerySet:
    if filters.order == "cutover":
        return domains.order_by(F("window_start").asc(nulls_last=True), "name", "pk")
    return domains.order_by(*ORDERS[filters.order][1])


def _facets(filters: Filters, cells: list[Cell], now: datetime) -> dict[str, list[Option]]:
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
            if _fits(cell, others, now):
                counts[value_of(cell)] += cell.n
        chosen = getattr(filters, name)
        options = [Option(lazy("All"), filters.query(**{name: ""}), counts.total(), not chosen)]
        for value, label in labels.items():
            options.append(
                Option(label, filters.query(**{name: str(value)}), counts[value], value == chosen, str(value))
            )
        facets[name] = options
    return facets


def _cutovers(domains: DomainQuerySet, filters: Filters, now: datetime) -> list[Option]:
    """How many of ``domains`` move when."""
    planned = domains.order_by().filter(window_start__gt=LONG_AGO)  # a range, so that its own index is taken
    conditions = CutOverIn.conditions(now)
    counts = planned.aggregate(**{f"n_{name}": Count("pk", filter=said) for name, said in conditions.items()})
    return [
        Option(label, filters.query(cutover=name), counts[f"n_{name}"], name == filters.cutover, name)
        for name, label in CutOverIn.LABELS.items()
        if counts[f"n_{name}"] or name == filters.cutover
    ]
