"""Which column is which: by the headings of usual exports, in any order; without headings by what is in the cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Our own export; the admin center's list of domains ("Domain name", "Status"); `Get-MgDomain | Export-Csv` ("Id",
# "IsVerified", …); and what people call such columns. A heading is compared without blanks, dashes and capitals.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("domain", "domainname", "name", "id", "fqdn", "zone", "host", "url"),
    "token": ("txtvalue", "token", "txt", "txtrecord", "verification", "record", "value", "verificationcode"),
    "tenant": ("tenant", "tenantname", "organisation", "organization", "customer", "tenantid"),
    "group": ("group", "wave", "batch"),
    "cutover": ("cutover", "cutoverdate", "cutoverstart", "migrationdate", "go-live", "golive"),
    "verified": ("isverified", "verified"),
}
TOKEN = re.compile(r"\s*[\"']?(?:MS=)?ms\d{5,}[\"']?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each thing is; ``headed`` tells whether the first row is headings."""

    places: dict[str, int]
    headed: bool

    def of(self, cells: Sequence[str], name: str) -> str:
        """The cell, empty when there is none."""
        place = self.places.get(name)
        return cells[place] if place is not None and place < len(cells) else ""


def recognised(first: Sequence[str]) -> Columns:
    """The columns by the first row that is not empty."""
    places: dict[str, int] = {}
    headings = [re.sub(r"[\s_\-./]+", "", cell).lower() for cell in first]
    for name, known in HEADINGS.items():
        found = [(known.index(heading), place) for place, heading in enumerate(headings) if heading in known]
        if found:
            places[name] = min(found)[1]
    if "name" in places and "." not in first[places["name"]]:
        return Columns(places, headed=True)
    return Columns(_guessed(first), headed=False)


def _guessed(first: Sequence[str]) -> dict[str, int]:
    """The first cell that is no token is the name."""
    places: dict[str, int] = {}
    for place, cell in enumerate(first):
        kind = "token" if TOKEN.fullmatch(cell) else "name" if "name" not in places else "tenant"
        places.setdefault(kind, place)
    return places
