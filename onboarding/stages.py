"""The three steps as an explicit machine: every move, from where, to where, its guard, and what undoes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from notices.models import Transition
from notices.transitions import write
from onboarding.adding import EditedMeanwhile, transition
from onboarding.models import Domain
from onboarding.stage import PurposeChoice, Stage, UsersChoice
from tenants.audit import record
from tenants.models import User

SERVICES = {"exchange": "Exchange", "teams": "Teams", "intune": "Intune and device management"}
REFUSALS = {
    "other-tenant": "It is already in another Microsoft 365 tenant",
    "unmanaged-tenant": "It is in an unmanaged tenant that has to be taken over first",
    "not-found": "Microsoft does not see the record yet",
    "other": "Another reason",
}


class MoveRefused(Exception):
    """The move is not possible now; the text says why."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing a person can record. ``sets`` gives the columns that change, from the moment and the facts given."""

    name: str
    label: str
    at: tuple[Stage, ...]
    to: Stage | None  # None: the stage stays
    sets: Callable[[datetime, dict[str, Any]], dict[str, Any]]
    guard: Callable[[dict[str, Any]], str] = lambda _: ""  # a sentence when the facts given will not do


def _needs_reason(facts: dict[str, Any]) -> str:
    return "" if facts.get("reason") in REFUSALS else "Choose the reason that Microsoft gave."


def _needs_services(facts: dict[str, Any]) -> str:
    chosen = facts.get("services") or []
    return "" if chosen and set(chosen) <= set(SERVICES) else "Tick at least one service, or skip the purpose."


MOVES = {
    move.name: move
    for move in (
        Move(
            "accept",
            "Accepted by Microsoft",
            (Stage.VALIDATE,),
            Stage.USERS,
            lambda now, _: {"accepted_at": now, "refusal": ""},
        ),
        Move(
            "refuse",
            "Refused by Microsoft",
            (Stage.VALIDATE,),
            None,
            lambda _now, facts: {"refusal": facts["reason"]},
            _needs_reason,
        ),
        Move(
            "users-not-now",
            "Not now",
            (Stage.USERS,),
            Stage.PURPOSE,
            lambda now, _: {"users_choice": UsersChoice.NOT_NOW.value, "users_at": now},
        ),
        Move(
            "users-added",
            "Users were added",
            (Stage.USERS,),
            Stage.PURPOSE,
            lambda now, _: {"users_choice": UsersChoice.ADDED.value, "users_at": now},
        ),
        Move(
            "skip-purpose",
            "Skip: activate with nothing ticked",
            (Stage.PURPOSE,),
            Stage.ACTIVE,
            lambda now, _: {"purpose_choice": PurposeChoice.SKIPPED.value, "purpose_services": [], "purpose_at": now},
        ),
        Move(
            "choose-services",
            "Choose services",
            (Stage.PURPOSE, Stage.ACTIVE),
            Stage.ACTIVE,
            lambda now, facts: {
                "purpose_choice": PurposeChoice.SERVICES.value,
                "purpose_services": sorted(facts["services"]),
                "purpose_at": now,
            },
            _needs_services,
        ),
    )
}
COLUMNS = (
    "stage",
    "refusal",
    "accepted_at",
    "users_choice",
    "users_at",
    "purpose_choice",
    "purpose_services",
    "purpose_at",
)


def possible(domain: Domain) -> list[Move]:
    """The moves open to ``domain`` now, in the order to offer them."""
    return [] if domain.removed_at else [move for move in MOVES.values() if domain.at_stage in move.at]


@transaction.atomic
def move(
    domain: Domain, name: str, *, by: User, now: datetime, version: int, address: str | None = None, **facts: Any
) -> Transition:
    """Record one move. Raises MoveRefused with a sentence, or EditedMeanwhile when ``version`` is not the current
    one."""
    step = MOVES.get(name)
    if step is None or step not in possible(domain):
        raise MoveRefused("This step is not open for the domain now. Load the page again to see where it stands.")
    if sentence := step.guard(facts):
        raise MoveRefused(sentence)
    before = _columns(domain)
    stage = (step.to or domain.at_stage).value
    _update(domain, version, now, {**step.sets(now, facts), "stage": stage})
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
