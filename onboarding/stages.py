"""Recording the moves of ``onboarding.machine`` and taking them back: who, when, and every column before and after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from notices.models import Transition
from notices.transitions import write
from onboarding.adding import EditedMeanwhile, transition
from onboarding.expecting import keep_derived
from onboarding.lacking import recount
from onboarding.machine import COLUMNS, MOVES, SERVICES, AsksTwice, Move, MoveRefused, after
from onboarding.models import Domain
from onboarding.refusals import REFUSALS
from onboarding.seeing import mail_elsewhere
from tenants.audit import record
from tenants.models import User

__all__ = [
    "COLUMNS",
    "MOVES",
    "REFUSALS",
    "SERVICES",
    "AsksTwice",
    "Move",
    "MoveRefused",
    "last_move",
    "move",
    "possible",
    "undo",
]


def possible(domain: Domain) -> list[Move]:
    """The moves open to ``domain`` now, in the order to offer them."""
    return [] if domain.removed_at else [move for move in MOVES.values() if domain.at_stage in move.at]


@transaction.atomic
def move(
    domain: Domain, name: str, *, by: User, now: datetime, version: int, address: str | None = None, **facts: Any
) -> Transition:
    """Record one move. Raises MoveRefused (AsksTwice where a second answer is needed) with a sentence, or
    EditedMeanwhile when ``version`` is not the current one."""
    if domain.removed_at:
        raise MoveRefused("The domain has been removed. Take it back first.")
    elsewhere = mail_elsewhere(domain) if name == "choose-services" else None
    columns = after(domain.at_stage, name, now, {**facts, "elsewhere": elsewhere})
    before = _columns(domain)
    _update(domain, version, now, columns)
    if name == "accept":
        keep_derived([domain], now)
    done = transition(domain, name, now, by=by, before=before, **facts)
    write([done])
    record(by, name, domain.name, at=now, tenant=domain.tenant, address=address, before=before, after=_columns(domain))
    return done


def last_move(domain: Domain) -> Transition | None:
    """The newest move that has not been undone."""
    moves = Transition.objects.filter(subject_id=domain.public_id, kind__in=MOVES, undone_at__isnull=True)
    return moves.filter(once__startswith=f"{domain.epoch}/").order_by("-at", "-pk").first()


@transaction.atomic
def undo(domain: Domain, *, by: User, now: datetime, version: int, address: str | None = None) -> Transition:
    """Take back the newest move: every column returns to what it was. Raises MoveRefused, EditedMeanwhile."""
    last = last_move(domain)
    if last is None or domain.removed_at:
        raise MoveRefused("There is no step to take back.")
    before = _columns(domain)
    _update(domain, version, now, {**last.facts["before"]})
    Transition.objects.filter(pk=last.pk).update(undone_at=now)
    done = transition(domain, "undone", now, by=by, undid=last.kind)
    write([done])
    record(
        by, "undone", domain.name, at=now, tenant=domain.tenant, address=address, before=before, after=_columns(domain)
    )
    return done


def _columns(domain: Domain) -> dict[str, Any]:
    values = {column: getattr(domain, column) for column in COLUMNS}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def _update(domain: Domain, version: int, now: datetime, columns: dict[str, Any]) -> None:
    current = Domain.objects.present().filter(pk=domain.pk, version=version)
    if not current.update(**columns, version=F("version") + 1, edited_at=now):
        raise EditedMeanwhile
    domain.refresh_from_db()
    recount(domain)
