"""What the address bar asks of the board: words, facets, an order. Nothing is read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from onboarding.blocking import ACTS, Actor, Blocked
from onboarding.counting import monday
from onboarding.searching import LONGEST
from onboarding.stage import Stage
from tenants.words import stripped

WEEK = timedelta(days=7)
EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
Span = tuple[date | None, date | None]  # from a Monday, to before a Monday


class Age:
    """Since when a domain is with us, in whole weeks that begin on Monday (UTC)."""

    LABELS: Mapping[str, str | Promise] = {
        "week": lazy("This week"),
        "last": lazy("Last week"),
        "month": lazy("2 to 4 weeks ago"),
        "older": lazy("Longer ago"),
    }

    @staticmethod
    def spans(now: datetime) -> dict[str, Span]:
        """The weeks of each age."""
        this = monday(now)
        return {
            "week": (this, None),
            "last": (this - WEEK, this),
            "month": (this - 4 * WEEK, this - WEEK),
            "older": (None, this - 4 * WEEK),
        }


class CutOverIn:
    """When a domain's open cut-over begins."""

    LABELS: Mapping[str, str | Promise] = {
        "past": lazy("Has begun"),
        "week": lazy("Within 7 days"),
        "month": lazy("Within 30 days"),
        "later": lazy("Later"),
    }

    @staticmethod
    def spans(now: datetime) -> dict[str, tuple[datetime, datetime]]:
        """After which moment, and until which, the window begins."""
        week, month = now + timedelta(days=7), now + timedelta(days=30)
        return {"past": (EVER[0], now), "week": (now, week), "month": (week, month), "later": (month, EVER[1])}


ORDERS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "": (lazy("Name"), ("name", "pk")),
    "oldest": (lazy("Longest with us"), ("created_at", "pk")),
    "newest": (lazy("Added last"), ("-created_at", "-pk")),
    "cutover": (lazy("Cut-over"), ("window_start", "name", "pk")),
}
KNOWN: dict[str, Callable[[], set[str]]] = {
    "stage": lambda: set(Stage),
    "blocked": lambda: set(Blocked),
    "act": lambda: set(Actor),
    "age": lambda: set(Age.LABELS),
    "cutover": lambda: set(CutOverIn.LABELS),
    "order": lambda: set(ORDERS),
    "notes": lambda: {"1"},
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address bar asks for; what it does not know it leaves out."""

    q: str = ""
    stage: str = ""
    blocked: str = ""
    act: str = ""
    age: str = ""
    cutover: str = ""
    tenant: str = ""
    group: str = ""
    assignee: str = ""  # a person's public id, "me" or "nobody"
    order: str = ""
    notes: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """Read them from the address bar's part after the question mark, or from a form."""
        found = {name: stripped(asked, name, LONGEST) for name in cls.__slots__}
        for name, known in KNOWN.items():
            if found[name] not in known():
                found[name] = ""
        return cls(**found)

    def query(self, **changed: str) -> str:
        """The address bar's part for these filters, or for changed ones."""
        return urlencode({key: value for key, value in asdict(replace(self, **changed)).items() if value})

    @property
    def narrowing(self) -> bool:
        """Whether anything is left out."""
        return bool(replace(self, order="", notes="").query())

    @property
    def with_notes(self) -> str:
        """The address bar's part for the same search among notes, too."""
        return self.query(notes="1")

    @property
    def hidden(self) -> dict[str, str]:
        """All but the text, for a form that changes the text."""
        return {key: value for key, value in asdict(self).items() if value and key not in ("q", "notes")}

    @property
    def counted(self) -> bool:
        """Whether the tally alone knows the counts."""
        return not (self.q or self.group or self.assignee or self.cutover)

    @property
    def blocks(self) -> set[str]:
        """The values of blocked_by that the one who must act stands for; empty for all."""
        return {one.value for one, actor in ACTS.items() if actor == self.act} if self.act else set()
