"""Planning a cut-over, confirming what only people know, and closing it; and taking a new baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from notices.models import SubjectKind, Transition
from notices.transitions import write
from onboarding.adding import EditedMeanwhile
from onboarding.guard import flows
from onboarding.models import Baseline, CutOver, CutOverDomain, Domain, Guard, Schedule
from onboarding.schedule import DAY_BEFORE, locked, take_back
from onboarding.ticking import Step, tick_step
from publicdns.flow import Part
from publicdns.receiving import is_at_microsoft
from publicdns.ttl_plan import LOW
from tenants.audit import record
from tenants.models import Tenant, User

LONGEST = timedelta(days=14)
MOST_DOMAINS = 500


class PlanRefused(Exception):
    """The plan cannot be kept; ``field`` says why it is that one's fault."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Window:
    """When mail is meant to move. ``zone`` is the IANA name its times are read in."""

    starts_at: datetime
    ends_at: datetime
    zone: str

    def refuse(self, now: datetime) -> None:
        """Raises PlanRefused for a window that ends before it begins, is over, or is endless."""
        if self.ends_at <= self.starts_at:
            raise PlanRefused("ends", "The window ends before it begins.")
        if self.ends_at <= now:
            raise PlanRefused("ends", "This window is over already.")
        if self.ends_at - self.starts_at > LONGEST:
            raise PlanRefused("ends", "A window longer than two weeks guards nothing. Make it shorter.")


@transaction.atomic
def plan(
    tenant: Tenant, name: str, domains: Sequence[Domain], window: Window, *, by: User, now: datetime,
    address: str | None = None,
) -> CutOver:  # fmt: skip
    """Plan the move of ``domains``, all of ``tenant``. Raises PlanRefused."""
    window.refuse(now)
    _refuse_domains(tenant, domains)
    cutover = CutOver.objects.create(
        tenant=tenant, name=name, starts_at=window.starts_at, ends_at=window.ends_at, zone=window.zone,
        created_by=by, created_at=now,
    )  # fmt: skip
    rows = {row.domain_id: row for row in Baseline.objects.filter(domain__in=domains, part=Part.MX.value)}
    CutOverDomain.objects.bulk_create([_entry(cutover, domain, rows.get(domain.pk)) for domain in domains])
    _hand_down(cutover, now)
    _note(cutover, "cutover-planned", by, now)
    record(by, "cutover-planned", name, at=now, tenant=tenant, address=address, after=_said(cutover))
    return cutover


def _refuse_domains(tenant: Tenant, domains: Sequence[Domain]) -> None:
    if not domains:
        raise PlanRefused("domains", "Choose at least one domain.")
    if len(domains) > MOST_DOMAINS:
        raise PlanRefused("domains", f"At most {MOST_DOMAINS} domains fit into one plan.")
    if any(domain.tenant_id != tenant.pk or domain.removed_at for domain in domains):
        raise PlanRefused("domains", "All domains of a plan are in its tenant.")
    taken = CutOverDomain.objects.filter(domain__in=domains, open=True).select_related("domain", "cutover").first()
    if taken is not None:
        raise PlanRefused("domains", f"{taken.domain.unicode_name} is in another open plan: {taken.cutover.name}.")


def _entry(cutover: CutOver, domain: Domain, row: Baseline | None) -> CutOverDomain:
    """What is known of the TTL already: an old one that was lowered before the plan was made counts."""
    entry = CutOverDomain(cutover=cutover, domain=domain)
    if row is not None:
        entry.old_ttl = row.ttl
        if row.now_ttl is not None and row.now_ttl <= LOW:
            tick_step(entry, Step.TTL_LOWERED, row.ttl_since, done=True)
    return entry


@transaction.atomic
def move_window(
    cutover: CutOver, window: Window, *, by: User, now: datetime, version: int, address: str | None = None
) -> None:
    """Another time. Raises PlanRefused, and EditedMeanwhile when ``version`` is not the current one."""
    window.refuse(now)
    before = _said(cutover)
    _update(cutover, version, {"starts_at": window.starts_at, "ends_at": window.ends_at, "zone": window.zone})
    _hand_down(cutover, now)
    _note(cutover, "cutover-planned", by, now)
    record(
        by, "cutover-changed", cutover.name, at=now, tenant=cutover.tenant, address=address, before=before,
        after=_said(cutover),
    )  # fmt: skip


@transaction.atomic
def confirm_mailboxes(cutover: CutOver, domains: Sequence[str], *, by: User, now: datetime, done: bool) -> None:
    """A person says that every mailbox of these domains (public ids) exists in Microsoft 365, or takes that back."""
    for entry in cutover.entries.select_for_update().filter(domain__public_id__in=domains, open=True):
        tick_step(entry, Step.MAILBOXES, now, done=done, by=str(by))
        entry.save(update_fields=["ticks"])


@transaction.atomic
def close(cutover: CutOver, *, by: User, now: datetime, version: int, address: str | None = None) -> None:
    """The plan is over. Where mail has moved, its mail flow as it is now becomes the baseline. Raises
    EditedMeanwhile."""
    _update(cutover, version, {"closed_at": now})
    entries = list(cutover.entries.select_related("domain"))
    keys = [entry.domain_id for entry in entries]
    locked(keys)
    cutover.entries.update(open=False)
    Domain.objects.filter(pk__in=keys).update(window_start=None, window_end=None)
    for entry in entries:
        rows = {Part(row.part): row for row in entry.domain.baselines.all()}
        if is_at_microsoft(flows(rows)[1].of(Part.MX)):
            rebaseline(entry.domain, f"Cut over: {cutover.name}", by=by, now=now, address=address)
    _note(cutover, "cutover-closed", by, now)
    record(by, "cutover-closed", cutover.name, at=now, tenant=cutover.tenant, address=address)


@transaction.atomic
def rebaseline(domain: Domain, reason: str, *, by: User, now: datetime, address: str | None = None) -> bool:
    """What is believed of the mail flow now becomes what is guarded. False when nothing differs from the baseline."""
    schedule = locked([domain.pk])
    every = list(domain.baselines.select_for_update())
    rows = [row for row in every if row.differs]
    for row in rows:
        row.records, row.ttl, row.since, row.by, row.reason = row.now_records, row.now_ttl, now, by, reason[:400]
    Baseline.objects.bulk_update(rows, ["records", "ttl", "since", "by", "reason"])
    moved = is_at_microsoft(flows({Part(row.part): row for row in every})[1].of(Part.MX))
    _mean(domain, schedule, moved=moved)
    Guard.objects.filter(domain=domain).update(state="", shifts=[], alarmed=False, changed_at=now, round=F("round") + 1)
    if rows:
        facts = {"reason": reason[:400], "parts": [row.part for row in rows]}
        write([_transition(domain, "rebaselined", now, by, facts)])
        record(
            by, "rebaselined", domain.name, at=now, tenant=domain.tenant, address=address,
            after={row.part: row.records for row in rows},
        )  # fmt: skip
    return bool(rows)


def _mean(domain: Domain, schedule: QuerySet[Schedule], *, moved: bool) -> None:
    """Somebody has confirmed where mail is: a look says from now on what is wrong with that, not that it is early. One
    that is under way holds the old meaning, and what it finds must not be written."""
    if Domain.objects.filter(pk=domain.pk).exclude(mail_moved=moved).update(mail_moved=moved, marks=b""):
        take_back(schedule)


def _update(cutover: CutOver, version: int, columns: dict[str, object]) -> None:
    current = CutOver.objects.filter(pk=cutover.pk, version=version, closed_at__isnull=True)
    if not current.update(**columns, version=F("version") + 1):
        raise EditedMeanwhile
    cutover.refresh_from_db()


def _hand_down(cutover: CutOver, now: datetime) -> None:
    """The window into the domains' rows, where each look needs it; those that are near it are looked at soon."""
    domains = Domain.objects.filter(cutover_entries__cutover=cutover, cutover_entries__open=True)
    keys = list(domains.values_list("pk", flat=True))
    schedules = locked(keys)
    window = {"window_start": cutover.starts_at, "window_end": cutover.ends_at}
    Domain.objects.filter(pk__in=keys).update(**window, marks=b"")
    take_back(schedules)  # a look now under way holds the old window
    soon = max(now, cutover.starts_at - DAY_BEFORE)
    schedules.filter(due_at__gt=soon).update(due_at=soon)


def _said(cutover: CutOver) -> dict[str, object]:
    return {"starts": cutover.starts_at.isoformat(), "ends": cutover.ends_at.isoformat(), "zone": cutover.zone}


def _note(cutover: CutOver, kind: str, by: User, now: datetime) -> None:
    entries = cutover.entries.select_related("domain__tenant")
    facts = {"plan": cutover.name, "starts": f"{cutover.starts_at:%Y-%m-%d %H:%M} UTC"}
    write([_transition(entry.domain, kind, now, by, facts) for entry in entries])


def _transition(domain: Domain, kind: str, now: datetime, by: User, facts: Mapping[str, object]) -> Transition:
    return Transition(
        tenant_id=domain.tenant_id,
        subject_kind=SubjectKind.DOMAIN,
        subject_id=domain.public_id,
        subject_name=domain.name,
        kind=kind,
        once=f"{domain.epoch}/{now.isoformat()}",
        at=now,
        actor=by,
        facts={"name": domain.name, "unicode_name": domain.unicode_name, **facts},
    )
