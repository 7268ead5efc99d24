"""From filters to rows: the domains that fit, in the order that is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, Value

from onboarding.filters import ORDERS, Age, CutOverIn, Filters
from onboarding.models import Domain
from onboarding.models.domain import DomainQuerySet
from onboarding.searching import matching
from tenants.models import Tenant, User


def narrowed(user: User, filters: Filters, seen: list[Tenant], *, many: bool, now: datetime) -> DomainQuerySet:
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
