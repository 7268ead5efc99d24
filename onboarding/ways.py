"""Ways into public DNS that this machine lacks: the operator is told of each once, and again only after it was back.

The history of transitions is the memory: it outlives a sweep and a process, so that the next sweep begins with it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from notices.models import Transition
from notices.transitions import tell_operators
from publicdns.wire import Way

LOST, BACK = "way-lost", "way-back"


def known_lost() -> frozenset[Way]:
    """The ways that were found to lead nowhere, and not to be back since."""
    return frozenset(way for way, (kind, _) in _newest().items() if kind == LOST)


@transaction.atomic
def note(lost: Collection[Way], now: datetime) -> None:
    """Write down that these ways are lost at ``now``, and the others not. Safe for several workers at once."""
    newest = _newest()
    for way in Way:
        kind, number = newest.get(way, (BACK, 0))
        if way in lost and kind == BACK:
            tell_operators(LOST, f"{way} {number + 1}", {"way": way.value}, now)
        elif way not in lost and kind == LOST:
            _remember_back(way, number, now)


def _remember_back(way: Way, number: int, now: datetime) -> None:
    Transition.objects.get_or_create(
        subject_kind="installation",
        subject_id="",
        kind=BACK,
        once=f"{way} {number}",
        defaults={"subject_name": "Onward", "at": now, "facts": {"way": way.value}},
    )


def _newest() -> dict[Way, tuple[str, int]]:
    """By way, what was noted last, and for the how many-th time."""
    rows = Transition.objects.filter(subject_kind="installation", subject_id="", kind__in=(LOST, BACK))
    noted = ((once.split(" "), kind) for once, kind in rows.order_by("pk").values_list("once", "kind"))
    return {Way(way): (kind, int(number)) for (way, number), kind in noted}
