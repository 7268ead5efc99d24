"""What keeps a domain from going on, and who must act. The database computes it from the row itself, so that no path of
writing can forget it."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Case, CharField, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from onboarding.stage import PurposeChoice, Stage
from publicdns.answers import Verdict
from publicdns.propagation import Progress


class Blocked(StrEnum):
    """What a domain waits for."""

    MISSING = "missing"  # the record is not there
    WRONG = "wrong"  # another value is there
    CACHES = "caches"  # it is there, but not everywhere or not yet twice
    MICROSOFT = "microsoft"  # everybody sees it but Microsoft
    PERSON = "person"  # somebody here has to enter, press or decide something
    UNKNOWN = "unknown"  # not looked at yet, or nobody could be asked
    NOTHING = "nothing"  # it is active, and what its services need is there


class Actor(StrEnum):
    """Who must act."""

    US = "us"
    DNS_ADMIN = "dns"
    MICROSOFT = "microsoft"
    TIME = "time"


LABELS: dict[Blocked, Promise] = {
    Blocked.MISSING: lazy("Missing record"),
    Blocked.WRONG: lazy("Wrong value"),
    Blocked.CACHES: lazy("Caches"),
    Blocked.MICROSOFT: lazy("Microsoft"),
    Blocked.PERSON: lazy("A person"),
    Blocked.UNKNOWN: lazy("Not known yet"),
    Blocked.NOTHING: lazy("Nothing"),
}
ACTORS: dict[Actor, Promise] = {
    Actor.US: lazy("Us"),
    Actor.DNS_ADMIN: lazy("The customer's DNS admin"),
    Actor.MICROSOFT: lazy("Microsoft"),
    Actor.TIME: lazy("Time alone"),
}
ACTS: dict[Blocked, Actor | None] = {
    Blocked.MISSING: Actor.DNS_ADMIN,
    Blocked.WRONG: Actor.DNS_ADMIN,
    Blocked.CACHES: Actor.TIME,
    Blocked.MICROSOFT: Actor.MICROSOFT,
    Blocked.PERSON: Actor.US,
    Blocked.UNKNOWN: Actor.TIME,
    Blocked.NOTHING: None,
}
# Somebody has the record, also where nobody could be asked whether everybody does. A column, and no key of ``facts``:
# the database makes this out anew whenever it writes the row, and JSON would be parsed each time.
SPREADING = (Progress.ALL_SERVERS.value, Progress.SOME_SERVERS.value)
# Why Microsoft said no (onboarding.refusals): it does not see the record yet; only time heals it; somebody has to mend
# it, whatever DNS says.
NOT_FOUND, BEING_REMOVED = "not-found", "being-removed"
OURS_TO_HEAL = ("other-tenant", "unmanaged-tenant", "parent", "other")
LACKING = Q(stage=Stage.ACTIVE.value, purpose_choice=PurposeChoice.SERVICES.value, lacking__gt=0)


def _is(answer: Blocked, condition: Q) -> When:
    return When(condition, then=Value(answer.value))


BLOCKED_BY = Case(
    _is(Blocked.MISSING, LACKING),
    _is(Blocked.NOTHING, Q(stage=Stage.ACTIVE.value)),
    _is(Blocked.PERSON, ~Q(stage=Stage.VALIDATE.value) | Q(token="") | Q(refusal__in=OURS_TO_HEAL)),
    _is(Blocked.MICROSOFT, Q(refusal=BEING_REMOVED)),
    _is(Blocked.WRONG, Q(verdict=Verdict.WRONG.value)),
    _is(Blocked.CACHES, Q(verdict=Verdict.MISSING.value, progress__in=SPREADING, seen_at__isnull=True)),
    _is(Blocked.MISSING, Q(verdict=Verdict.MISSING.value)),
    _is(Blocked.MICROSOFT, Q(seen_at__isnull=False, refusal=NOT_FOUND)),
    _is(Blocked.PERSON, Q(seen_at__isnull=False)),
    _is(Blocked.CACHES, Q(verdict=Verdict.PRESENT.value) | Q(progress__in=SPREADING)),
    default=Value(Blocked.UNKNOWN.value),
    output_field=CharField(max_length=12),
)
