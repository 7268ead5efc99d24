"""The three steps as an explicit machine: every move, from where, to where, its guard, and what it sets. No database.

Who may make a move: whoever may edit in the domain's tenant (``onboarding.views.moving``). What undoes it: ``undo``
puts every column back to what it was before the newest move that still stands (``onboarding.stages``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from onboarding.refusals import REFUSALS
from onboarding.stage import PurposeChoice, Stage, UsersChoice

SERVICES = {"exchange": "Exchange", "teams": "Teams", "intune": "Intune and device management"}
COLUMNS = (
    "stage",
    "refusal",
    "accepted_at",
    "users_choice",
    "users_note",
    "users_at",
    "purpose_choice",
    "purpose_services",
    "purpose_at",
)
Facts = Mapping[str, Any]
Columns = dict[str, Any]


class MoveRefused(Exception):
    """The move is not possible now; the text says why."""


class AsksTwice(MoveRefused):
    """The move is possible once the person has said that they understood what it does to mail."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing a person can record. ``sets`` gives the columns that change, from the moment and the facts given."""

    name: str
    label: str
    at: tuple[Stage, ...]
    to: Stage | None  # None: the stage stays
    sets: Callable[[datetime, Facts], Columns]
    guard: Callable[[datetime, Facts], None] = lambda _now, _facts: None  # raises MoveRefused


def after(stage: Stage, name: str, now: datetime, facts: Facts) -> Columns:
    """The columns that the move ``name`` changes at ``stage``. Raises MoveRefused with a sentence."""
    step = MOVES.get(name)
    if step is None or stage not in step.at:
        raise MoveRefused("This step is not open for the domain now. Load the page again to see where it stands.")
    step.guard(now, facts)
    return {**step.sets(now, facts), "stage": (step.to or stage).value}


def _accepted_on(now: datetime, facts: Facts) -> datetime:
    """The day a person gives is noon of it where they are; today, and no day at all, is now."""
    given = facts.get("on")
    if not given or (day := date.fromisoformat(given)) == now.date():
        return now
    return datetime.combine(day, time(12), now.tzinfo)


def _needs_a_past_day(now: datetime, facts: Facts) -> None:
    if facts.get("on") and date.fromisoformat(facts["on"]) > now.date():
        raise MoveRefused("This day lies ahead. Record the acceptance when Microsoft has given it.")


def _needs_reason(_now: datetime, facts: Facts) -> None:
    if facts.get("reason") not in REFUSALS:
        raise MoveRefused("Choose the reason that Microsoft gave.")


def _needs_services(_now: datetime, facts: Facts) -> None:
    """At least one; with Exchange a second answer, unless mail is known to be at Microsoft 365 already.

    ``elsewhere`` is what the last look says: unknown asks twice as well.
    """
    chosen = facts.get("services") or []
    if not chosen or not set(chosen) <= set(SERVICES):
        raise MoveRefused("Tick at least one service, or skip the purpose.")
    if "exchange" in chosen and facts.get("elsewhere") is not False and not facts.get("understood"):
        raise AsksTwice("Mail is not known to be at Microsoft 365. Read what would happen to it, then answer again.")


def _users(choice: UsersChoice) -> Callable[[datetime, Facts], Columns]:
    def sets(now: datetime, facts: Facts) -> Columns:
        return {"users_choice": choice.value, "users_note": str(facts.get("note", ""))[:200], "users_at": now}

    return sets


def _skip(now: datetime, _: Facts) -> Columns:
    return {"purpose_choice": PurposeChoice.SKIPPED.value, "purpose_services": [], "purpose_at": now}


def _choose(now: datetime, facts: Facts) -> Columns:
    services = sorted(set(facts["services"]))
    return {"purpose_choice": PurposeChoice.SERVICES.value, "purpose_services": services, "purpose_at": now}


def _accept(now: datetime, facts: Facts) -> Columns:
    return {"accepted_at": _accepted_on(now, facts), "refusal": ""}


_V, _U, _P, _A = Stage
MOVES = {
    move.name: move
    for move in (
        Move("accept", "Accepted by Microsoft", (_V,), _U, _accept, _needs_a_past_day),
        Move(
            "refuse",
            "Refused by Microsoft",
            (_V,),
            None,
            lambda _now, facts: {"refusal": facts["reason"]},
            _needs_reason,
        ),
        Move("users-not-now", "Not now", (_U,), _P, _users(UsersChoice.NOT_NOW)),
        Move("users-later", "Later, by hand", (_U,), _P, _users(UsersChoice.LATER)),
        Move("users-added", "Users were added", (_U,), _P, _users(UsersChoice.ADDED)),
        Move("users-since", "Users have been added since", (_P, _A), None, _users(UsersChoice.ADDED)),
        Move("skip-purpose", "Skip: activate with nothing ticked", (_P,), _A, _skip),
        Move("choose-services", "Choose services", (_P, _A), _A, _choose, _needs_services),
    )
}
