"""Adding a domain, changing its token, removing it and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from notices.models import SubjectKind, Transition
from notices.subscribing import follow
from notices.transitions import write
from onboarding.models import Domain, Note, Schedule
from onboarding.schedule import due_at_once, locked, take_back
from onboarding.searching import index
from publicdns.answers import Verdict
from publicdns.names import InvalidName, canonical
from publicdns.tokens import InvalidToken, parse_token
from tenants.audit import record
from tenants.models import Tenant, User


class AddingRefused(Exception):
    """The name or token cannot be taken; ``field`` says which, ``existing`` the domain that is already there."""

    def __init__(self, field: str, code: str, sentence: str, existing: Domain | None = None) -> None:
        super().__init__(sentence)
        self.field, self.code, self.sentence, self.existing = field, code, sentence, existing


class EditedMeanwhile(Exception):
    """Somebody else has changed the domain since the page was opened; nothing was saved."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be added for the text typed."""

    name: str
    unicode_name: str
    repairs: tuple[str, ...]
    offered: str  # the registrable domain, where a host or URL was given; may equal name


def propose(text: str) -> Proposal:
    """Read a name in any usual form. Raises AddingRefused."""
    try:
        name = canonical(text)
    except InvalidName as error:
        raise AddingRefused("name", error.code, error.sentence) from None
    return Proposal(name.ascii, name.unicode, tuple(r.sentence for r in name.repaired), name.offered or name.ascii)


def read_token(text: str) -> tuple[str, str]:
    """The token in ``text`` and a word about what was repaired; empty text gives empty strings. Raises
    AddingRefused."""
    if not text.strip():
        return "", ""
    try:
        token = parse_token(text)
    except InvalidToken as error:
        raise AddingRefused("token", error.code, error.sentence) from None
    return token.value, token.repaired or ""


def add_domain(tenant: Tenant, name: str, token: str, *, by: User, now: datetime, address: str | None = None) -> Domain:
    """Put a domain on its way; whoever adds it follows it. Raises AddingRefused.

    A name that was removed from this tenant earlier begins a new epoch: Microsoft gives it a new token.
    """
    proposal = propose(name)
    value, _ = read_token(token)
    try:
        with transaction.atomic():
            domain = _create(tenant, proposal.name, value, by, now)
            index([domain])
            follow(by, tenant, domain.public_id)
            write([transition(domain, "added", now, by=by)])
            record(by, "domain-added", domain.name, at=now, tenant=tenant, address=address, after={"token": value})
    except IntegrityError:
        existing = Domain.objects.present().get(tenant=tenant, name=proposal.name)
        sentence = f"{existing.unicode_name} is already in {tenant.name}."
        raise AddingRefused("name", "duplicate", sentence, existing) from None
    return domain


def _create(tenant: Tenant, name: str, token: str, by: User, now: datetime) -> Domain:
    earlier = Domain.objects.filter(tenant=tenant, name=name).order_by("-epoch").values_list("epoch", flat=True).first()
    domain = Domain.objects.create(
        tenant=tenant,
        name=name,
        token=token,
        epoch=(earlier or 0) + 1,
        created_at=now,
        created_by=by,
        edited_at=now,
        eager_since=now,
    )
    due_at_once(Schedule.objects.filter(pk=domain.pk), now)
    return domain


def transition(
    domain: Domain, kind: str, now: datetime, *, by: User | None = None, once: str = "", **facts: object
) -> Transition:
    """An unsaved transition of ``domain``; ``once`` makes it unique within the epoch (default: the moment)."""
    return Transition(
        tenant=domain.tenant,
        subject_kind=SubjectKind.DOMAIN,
        subject_id=domain.public_id,
        subject_name=domain.name,
        kind=kind,
        once=f"{domain.epoch}/{once or now.isoformat()}",
        at=now,
        actor=by,
        facts={"name": domain.name, "unicode_name": domain.unicode_name, "token": domain.token, **facts},
    )


@transaction.atomic
def change_token(
    domain: Domain, text: str, *, by: User, now: datetime, version: int, address: str | None = None
) -> str:
    """Give the domain another token (or none) and start looking anew. Returns the word about a repair.

    Raises AddingRefused, and EditedMeanwhile when ``version`` is not the current one.
    """
    value, repaired = read_token(text)
    schedule = locked([domain.pk])
    current = Domain.objects.present().filter(pk=domain.pk, version=version)
    changed = current.update(
        token=value,
        version=F("version") + 1,
        edited_at=now,
        round=F("round") + 1,
        verdict=Verdict.UNKNOWN.value,
        progress="",
        finding="",
        facts={},
        settled="",
        seen_at=None,
        refusal="",
        verdict_since=None,
        memory={},
        fingerprint=b"",
        marks=b"",
        eager_since=now,
    )
    if not changed:
        raise EditedMeanwhile
    due_at_once(schedule, now)
    before = domain.token
    domain.refresh_from_db()
    index([domain])
    write([transition(domain, "token-entered", now, by=by, before=before)])
    record(
        by,
        "token-changed",
        domain.name,
        at=now,
        tenant=domain.tenant,
        address=address,
        before={"token": before},
        after={"token": value},
    )
    return repaired


@transaction.atomic
def remove_domain(domain: Domain, *, by: User, now: datetime, address: str | None = None) -> None:
    """Stop watching. The row stays, so that it can be taken back and its history read."""
    schedule = locked([domain.pk])
    gone = Domain.objects.present().filter(pk=domain.pk)
    if gone.update(removed_at=now, version=F("version") + 1):
        take_back(schedule, due_at=None)
        write([transition(domain, "removed", now, by=by)])
        record(by, "domain-removed", domain.name, at=now, tenant=domain.tenant, address=address)


@transaction.atomic
def restore_domain(domain: Domain, *, by: User, now: datetime, address: str | None = None) -> None:
    """Undo a removal. Raises AddingRefused when the name has been added again meanwhile."""
    twin = Domain.objects.present().filter(tenant=domain.tenant, name=domain.name).first()
    if twin is not None:
        raise AddingRefused("name", "duplicate", f"{domain.unicode_name} has been added again meanwhile.", twin)
    schedule = locked([domain.pk])
    back = Domain.objects.filter(pk=domain.pk, removed_at__isnull=False)
    if back.update(removed_at=None, eager_since=now, version=F("version") + 1):
        due_at_once(schedule, now)
        write([transition(domain, "restored", now, by=by)])
        record(by, "domain-restored", domain.name, at=now, tenant=domain.tenant, address=address)


def leave_note(domain: Domain, text: str, *, by: User, now: datetime) -> Note:
    """Leave a remark of at most 2,000 characters."""
    return Note.objects.create(domain=domain, author=by, text=text.strip()[:2000], created_at=now)
