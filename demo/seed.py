"""The product's rows for the small world: through its own use cases, so that history, audit and following are real."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from demo.connectors import seed_audit
from demo.relays import seed_relay
from demo.stories.moving import WINDOW
from demo.world import DOMAINS, PEOPLE, TENANTS
from demo.world import Domain as Planned
from notices.models import SubjectKind, Transition
from notices.subscribing import follow
from notices.transitions import write
from onboarding import cutover
from onboarding.adding import add_domain, remove_domain
from onboarding.adding import transition as domain_transition
from onboarding.models import (
    Baseline,
    Brake,
    CutOver,
    Domain,
    Expectation,
    Guard,
    HeldChange,
    Milestone,
    Observation,
    Publication,
)
from onboarding.schedule import WAITING, locked, take_back
from onboarding.stage import Stage
from onboarding.stages import move
from publicdns.answers import Verdict
from tenants.models import Membership, Tenant, User
from tenants.roles import Role

PLAN, LASTS = "The weekend of Woodgrove", timedelta(hours=2)
LONG_AGO = timedelta(days=9)
MOVES = (("accept", Stage.USERS), ("users-not-now", Stage.PURPOSE), ("skip-purpose", Stage.ACTIVE))
KEPT = frozenset(
    {"id", "public_id", "tenant", "name", "epoch", "created_by", "version"}
)  # when the story is played again


@transaction.atomic
def seed(now: datetime, domains: Sequence[Planned] = DOMAINS) -> None:
    """Make the demo's tenants, people, ``domains``, relay and subscriptions where they are not there yet."""
    tenants = {planned.key: _tenant(planned.name, planned.initial_domain) for planned in TENANTS}
    people = [_person(tenants, number) for number in range(len(PEOPLE))]
    manager = people[1]
    for planned in domains:
        tenant = tenants[planned.tenant]
        if not Domain.objects.filter(tenant=tenant, name=planned.ascii).exists():
            began = now if planned.stage == Stage.VALIDATE.value else now - LONG_AGO
            token = planned.token if planned.has_token else ""
            _earlier_attempt(tenant, planned, manager, began)
            domain = add_domain(tenant, planned.name, token, by=manager, now=began)
            _bring_along(domain, planned, manager, began)
    seed_relay(tenants["contoso"], manager, now)
    seed_audit(tenants["contoso"], manager, now)


@transaction.atomic
def again(now: datetime) -> None:
    """Take the demo's domains back to where they were before the story, history and mails included.

    A sweep on its way loses its leases and writes nothing. Domains that people added stay as they are.
    """
    manager = User.objects.get(email=PEOPLE[1].email)
    names = {planned.key: planned.name for planned in TENANTS}
    ours = Domain.objects.filter(tenant__name__in=names.values(), name__in=[planned.ascii for planned in DOMAINS])
    schedules = locked(list(ours.values_list("pk", flat=True)))
    for planned in DOMAINS:
        found = Domain.objects.filter(tenant__name=names[planned.tenant], name=planned.ascii)
        domain = found.order_by("-epoch").first()
        if domain is not None:
            began = now if planned.stage == Stage.VALIDATE.value else now - LONG_AGO
            _take_back(domain, planned, began)
            take_back(schedules.filter(pk=domain.pk), due_at=began, priority=WAITING, lost_leases=0, looked_at=None)
            write([domain_transition(domain, "added", began, by=manager)])
            _bring_along(domain, planned, manager, began)
    Brake.objects.all().delete()
    wake(now)


def wake(now: datetime) -> None:
    """Look at every domain now and eagerly from here on: somebody has opened the first page."""
    watched = Domain.objects.present().filter(schedule__due_at__isnull=False)
    keys = list(watched.values_list("pk", flat=True))
    schedules = locked(keys)
    Domain.objects.filter(pk__in=keys).update(eager_since=now)
    schedules.update(due_at=now, priority=WAITING)
    _plan(now)


def _plan(now: datetime) -> None:
    """The cut-over that the story plays, at its distance from now."""
    planned = [domain for domain in DOMAINS if domain.story == "cuts-over"]
    found = list(Domain.objects.present().filter(name__in=[domain.ascii for domain in planned]).order_by("pk"))
    manager = User.objects.filter(email=PEOPLE[1].email).first()
    if manager is None or not found:
        return
    CutOver.objects.filter(name=PLAN).delete()
    starts = now + timedelta(seconds=WINDOW)
    window = cutover.Window(starts, starts + LASTS, "Europe/Berlin")
    cutover.plan(found[0].tenant, PLAN, found, window, by=manager, now=now)


def _tenant(name: str, initial_domain: str) -> Tenant:
    return Tenant.objects.get_or_create(name=name, defaults={"initial_domain": initial_domain})[0]


def _person(tenants: dict[str, Tenant], number: int) -> User:
    planned = PEOPLE[number]
    user = User.objects.filter(email=planned.email).first()
    if user is None:
        user = User.objects.create_user(planned.email, name=planned.name, is_operator=planned.role == "operator")
        for key in planned.tenants:
            Membership.objects.create(user=user, tenant=tenants[key], role=Role(planned.role).value)
        for key in planned.follows:
            follow(user, tenants[key])
    return user


def _bring_along(domain: Domain, planned: Planned, by: User, began: datetime) -> None:
    """Take a domain that was added long ago through the steps it has behind it."""
    if planned.stage == Stage.VALIDATE.value:
        return
    seen = began + timedelta(hours=2)
    Transition.objects.bulk_create([domain_transition(domain, "token-seen", seen, once="1")])  # nobody is mailed today
    domain.seen_at = domain.verdict_since = seen
    domain.verdict = domain.settled = Verdict.PRESENT.value
    domain.round = 1
    domain.save(update_fields=["seen_at", "verdict", "verdict_since", "settled", "round"])
    for number, (name, stage) in enumerate(MOVES, start=1):
        move(domain, name, by=by, now=seen + timedelta(days=number), version=domain.version)
        if stage.value == planned.stage:
            break
    if planned.services:
        later = seen + timedelta(days=len(MOVES) + 1)
        move(
            domain,
            "choose-services",
            by=by,
            now=later,
            version=domain.version,
            services=list(planned.services),
            understood=True,
        )


def _earlier_attempt(tenant: Tenant, planned: Planned, by: User, began: datetime) -> None:
    """Added with another token a day before, and removed again."""
    if planned.earlier:
        domain = add_domain(tenant, planned.name, planned.earlier, by=by, now=began - timedelta(days=1))
        remove_domain(domain, by=by, now=began - timedelta(hours=1))


def _take_back(domain: Domain, planned: Planned, now: datetime) -> None:
    Transition.objects.filter(subject_kind=SubjectKind.DOMAIN, subject_id=domain.public_id).delete()
    for model in (Observation, Baseline, Guard, HeldChange, Publication, Expectation, Milestone):
        model.objects.filter(domain=domain).delete()
    fresh = Domain()
    for column in Domain._meta.concrete_fields:
        if column.name not in KEPT and not column.generated:
            setattr(domain, column.name, getattr(fresh, column.name))
    domain.token = planned.token if planned.has_token else ""
    domain.created_at = domain.edited_at = domain.eager_since = now
    domain.version += 1
    domain.save()
