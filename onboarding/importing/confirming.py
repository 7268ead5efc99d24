"""An import's file judged, and its good rows put on their way, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from notices.models import SubjectKind, Subscription
from notices.transitions import write
from onboarding.adding import transition
from onboarding.batches import LEASE, Row, Rows, lay_out
from onboarding.cutover import PlanRefused, Window, plan
from onboarding.importing.judging import WRITTEN, Judge
from onboarding.importing.reading import Unreadable, rows_of
from onboarding.models import Batch, BatchState, Domain, Group
from onboarding.searching import index
from tenants.audit import record_many
from tenants.models import Tenant
from tenants.roles import Action

TOLD_EVERY = 2_000  # rows between two signs of progress
WINDOW = timedelta(days=1)  # of a cut-over that names only its beginning
DONE, THERE, FAILED = "done", "there", "failed"


def judge(batch: Batch, now: datetime) -> None:
    """Read the upload and store what would become of every row. An upload that cannot be read ends the batch."""
    judge_of = Judge.of(batch.user, batch.tenant, ZoneInfo(batch.options["zone"]))
    batch.pages.all().delete()  # of a judge that was lost
    try:
        with transaction.atomic():
            lay_out(batch, _noting(batch, judge_of, now), lambda outcome: outcome in WRITTEN)
    except Unreadable as error:
        batch.state, batch.reason = BatchState.FAILED.value, str(error)
    batch.options["heading"] = judge_of.heading
    batch.upload = b""
    batch.lease_until = None
    batch.done = 0
    batch.save()


def _noting(batch: Batch, judge_of: Judge, now: datetime) -> Iterator[Row]:
    for place, row in enumerate(judge_of.rows(rows_of(bytes(batch.upload))), 1):
        if place % TOLD_EVERY == 0:
            Batch.objects.filter(pk=batch.pk).update(done=place, lease_until=now + LEASE)
        yield row


def run(batch: Batch, rows: Rows, now: datetime) -> Rows:
    """Put ``rows`` on their way; each says afterwards what became of it."""
    tenants = {t.public_id: t for t in Tenant.objects.for_user(batch.user, Action.EDIT)}
    names = [row["name"] for row in rows]
    there = set(Domain.objects.present().filter(name__in=names).values_list("tenant__public_id", "name"))
    wanted: list[tuple[Row, Domain]] = []
    epochs = _epochs(names)
    for row in rows:
        tenant = tenants.get(row["tenant"])
        if tenant is None:
            row |= {"result": FAILED, "said": _("You may not add domains to its tenant any more.")}
        elif (row["tenant"], row["name"]) in there:
            row |= {"result": THERE, "said": _("Somebody has added it meanwhile.")}
        else:
            wanted.append((row, _domain(row, tenant, epochs.get((tenant.pk, row["name"]), 0) + 1, batch, now)))
            row |= {"result": DONE, "said": ""}
    _save(batch, [domain for _row, domain in wanted], now)
    _plan(batch, wanted, now)
    return rows


def _epochs(names: list[str]) -> dict[tuple[int, str], int]:
    removed = Domain.objects.filter(name__in=names).values("tenant", "name").annotate(last=Max("epoch"))
    return {(row["tenant"], row["name"]): row["last"] for row in removed}


def _domain(row: Row, tenant: Tenant, epoch: int, batch: Batch, now: datetime) -> Domain:
    group = Group.objects.get_or_create(tenant=tenant, name=row["group"])[0] if row["group"] else None
    return Domain(
        tenant=tenant,
        name=row["name"],
        token=row["token"],
        group=group,
        epoch=epoch,
        created_at=now,
        created_by=batch.user,
        edited_at=now,
        eager_since=now,
    )


def _save(batch: Batch, domains: list[Domain], now: datetime) -> None:
    Domain.objects.bulk_create(domains)
    index(domains)
    follows = [
        Subscription(user=batch.user, tenant=d.tenant, subject_kind=SubjectKind.DOMAIN, subject_id=d.public_id)
        for d in domains
    ]
    Subscription.objects.bulk_create(follows, ignore_conflicts=True)
    write([transition(domain, "added", now, by=batch.user) for domain in domains])
    acts: list[tuple[str, Tenant, dict[str, Any], dict[str, Any]]] = [
        (domain.name, domain.tenant, {}, {"token": domain.token}) for domain in domains
    ]
    record_many(batch.user, "domain-added", acts, at=now, address=batch.address)


def _plan(batch: Batch, wanted: list[tuple[Row, Domain]], now: datetime) -> None:
    """A plan for each tenant and moment that the rows name."""
    moments: dict[tuple[int, str], list[tuple[Row, Domain]]] = defaultdict(list)
    for row, domain in wanted:
        if row["cutover"]:
            moments[domain.tenant_id, row["cutover"]].append((row, domain))
    for (_tenant, text), pairs in moments.items():
        starts = datetime.fromisoformat(text)
        window = Window(starts, starts + WINDOW, batch.options["zone"])
        domains = [domain for _row, domain in pairs]
        name = _("Cut-over {}").format(f"{starts:%Y-%m-%d %H:%M}")
        try:
            plan(domains[0].tenant, name, domains, window, by=batch.user, now=now, address=batch.address)
        except PlanRefused as refused:
            for row, _domain in pairs:
                row["said"] = _("Added without its cut-over: {}").format(refused)
