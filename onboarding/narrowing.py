"""From filters to rows: the domains that fit, in the order that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection
from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce

from onboarding.filters import EVER, ORDERS, Age, CutOverIn, Filters
from onboarding.models import Domain, Group
from onboarding.models.domain import DomainQuerySet
from onboarding.searching import matching
from tenants.models import Tenant, User

NOBODY, SOMEBODY = "nobody", "somebody"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, of ``tenants`` that came through the door. ``many``: they have thousands of domains."""

    user: User
    filters: Filters
    tenants: list[Tenant]
    many: bool
    now: datetime

    def domains(self, *, scan: bool = False) -> DomainQuerySet:
        """By everything that the tally knows nothing of. ``scan``: thousands fit, so that reading in order meets a
        pageful sooner than sorting them all."""
        filters, of = self.filters, _past_its_index if scan and _is_led() else F
        domains = self._present().alias(of_group=of("group_id"), of_person=of("assignee_id"), begins=of("window_start"))
        if filters.group:
            domains = domains.filter(of_group=Group.objects.filter(public_id=filters.group).values("pk")[:1])
        if filters.assignee:
            domains = domains.filter(_assigned(self.user, filters.assignee))
        if filters.cutover:
            after, until = CutOverIn.spans(self.now)[filters.cutover]
            domains = domains.filter(begins__gt=after, begins__lte=until)
        return matching(domains, filters.q, self.tenants, notes=bool(filters.notes)) if filters.q else domains

    def _present(self) -> DomainQuerySet:
        """The present domains of the tenants. Many of them are read in the order of an index: the sum keeps SQLite from
        gathering all of a tenant's rows first and sorting them."""
        if self.user.is_operator and not self.filters.tenant:
            return Domain.objects.for_user(self.user).present()
        ids = [tenant.pk for tenant in self.tenants]
        if not (self.many and _is_led()):
            return Domain.objects.present().filter(tenant__in=ids)
        owner = ExpressionWrapper(F("tenant_id") + Value(0), output_field=BigIntegerField())
        return Domain.objects.present().alias(owner=owner).filter(owner__in=ids)


def _is_led() -> bool:
    """Whether the database has to be told by which index to read. PostgreSQL knows how common each value is and weighs
    by itself; an expression, of which it knows nothing, would lead it astray."""
    return connection.vendor == "sqlite"


def _past_its_index(column: str) -> Coalesce:
    """The column's value, for which the database takes no index."""
    return Coalesce(column, column)


def _assigned(user: User, whom: str) -> Q:
    named = {"me": Q(of_person=user.pk), NOBODY: Q(of_person__isnull=True), SOMEBODY: Q(of_person__isnull=False)}
    return named.get(whom) or Q(of_person=User.objects.filter(public_id=whom).values("pk")[:1])


def by_cell(domains: DomainQuerySet, filters: Filters, now: datetime) -> DomainQuerySet:
    """By what the tally counts."""
    if filters.stage:
        domains = domains.filter(stage=filters.stage)
    if filters.blocked:
        domains = domains.filter(blocked_by=filters.blocked)
    if blocks := filters.blocks:
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


def in_order(domains: DomainQuerySet, filters: Filters) -> DomainQuerySet:
    """In the order that is asked for; what is equal, by name."""
    if filters.order == "cutover":
        return domains.order_by(F("window_start").asc(nulls_last=True), "name", "pk")
    return domains.order_by(*ORDERS[filters.order][1])


class PlannedFirst:
    """``domains`` in the order of their cut-overs, those without one behind, each part in the order of an index: put
    together they would all have to be sorted. ``planned``: how many have one."""

    def __init__(self, domains: DomainQuerySet, planned: int) -> None:
        self.first = domains.filter(window_start__gt=EVER[0]).order_by("window_start", "name", "pk")
        self.rest = domains.filter(window_start__isnull=True).order_by("name", "pk")
        self.planned = planned

    def __getitem__(self, part: slice) -> list[Domain]:
        begin, end = part.start, part.stop
        first = self.first[begin : min(end, self.planned)] if begin < self.planned else ()
        rest = self.rest[max(0, begin - self.planned) : end - self.planned] if end > self.planned else ()
        return [*first, *rest]
