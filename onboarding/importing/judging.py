"""Every row of an import: new, already there, repaired, or refused with the reason. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from onboarding.adding import AddingRefused, propose, read_token
from onboarding.batches import Row
from onboarding.importing.columns import Columns, recognised
from onboarding.importing.reading import Cells
from onboarding.models import Domain
from tenants.models import Tenant, User
from tenants.roles import Action

NEW, REPAIRED, THERE, REFUSED = "new", "repaired", "there", "refused"
WRITTEN = frozenset({NEW, REPAIRED})
HERE = {"several": lazy("One name was expected here; there are blanks or commas in it.")}  # this is the import
DATES = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")


class _Refused(Exception):
    """Why a row cannot be taken."""


@dataclass(slots=True)
class Judge:
    """What has to be known to judge rows: which tenants there are, and which domains."""

    tenants: dict[str, Tenant]  # by name, first domain and id, in lower case
    default: Tenant | None
    zone: ZoneInfo
    there: dict[int, dict[str, str]] = field(default_factory=dict)  # tenant → name → token
    taken: dict[tuple[int, str], int] = field(default_factory=dict)  # in this file → its row
    heading: Cells = field(default_factory=list)

    @classmethod
    def of(cls, user: User, default: Tenant | None, zone: ZoneInfo) -> Judge:
        """For what ``user`` may change."""
        known = {}
        for tenant in Tenant.objects.for_user(user, Action.EDIT):
            for name in (tenant.name, tenant.initial_domain, tenant.public_id):
                if name:
                    known[name.lower()] = tenant
        return cls(known, default, zone)

    def rows(self, read: Iterable[tuple[int, Cells]]) -> Iterator[Row]:
        """Each row with its outcome and a word about it."""
        columns: Columns | None = None
        for number, cells in read:
            if columns is None:
                columns = recognised(cells)
                if columns.headed:
                    self.heading = cells
                    continue
            yield self._row(number, cells, columns if columns.headed else recognised(cells))

    def _row(self, number: int, cells: Cells, columns: Columns) -> Row:
        try:
            return {"row": number, **self._good(number, cells, columns)}
        except AddingRefused as refused:
            why = str(HERE.get(refused.code, refused.sentence))
        except _Refused as refused:
            why = str(refused)
        shown = columns.of(cells, "name") or cells[0]
        tenant = columns.of(cells, "tenant")[:120]
        return {
            "row": number,
            "name": shown[:253],
            "tenant": tenant,
            "outcome": REFUSED,
            "words": why,
            "cells": cells,
        }

    def _good(self, number: int, cells: Cells, columns: Columns) -> Row:
        proposal = propose(columns.of(cells, "name"))
        token, repaired = read_token(columns.of(cells, "token"))
        tenant = self._tenant(columns.of(cells, "tenant"))
        cutover = self._moment(columns.of(cells, "cutover"))
        row: Row = {
            "name": proposal.name,
            "token": token,
            "tenant": tenant.public_id,
            "tenant_name": tenant.name,
            "group": columns.of(cells, "group")[:60],
            "cutover": cutover.isoformat() if cutover else "",
        }
        if (same := self._same(tenant, proposal.name, token, number)) is not None:
            return row | {"outcome": THERE, "words": same}
        words = [word for word in (*proposal.repairs, repaired) if word]
        if columns.of(cells, "verified").lower() == "true":
            words.append(_("Microsoft says it is verified already; record it on its page."))
        outcome = REPAIRED if proposal.repairs or repaired else NEW
        return row | {"outcome": outcome, "words": " ".join(words)}

    def _tenant(self, text: str) -> Tenant:
        if not text:
            if self.default is None:
                raise _Refused(_("It names no tenant, and none was chosen for such rows."))
            return self.default
        if (tenant := self.tenants.get(text.lower())) is None:
            raise _Refused(_("There is no tenant of this name in which you may add domains."))
        return tenant

    def _moment(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = next(filter(None, (_by_format(text, pattern) for pattern in DATES)), None)  # type: ignore[assignment]
        if found is None:
            raise _Refused(_("The cut-over is no date that can be read. Write it as 2026-12-05 20:00."))
        return found if found.tzinfo else found.replace(tzinfo=self.zone)

    def _same(self, tenant: Tenant, name: str, token: str, number: int) -> str | None:
        """Why nothing is to be done: it is in the tenant already, or earlier in the file."""
        if (earlier := self.taken.setdefault((tenant.pk, name), number)) != number:
            return _("The same as row {}.").format(earlier)
        if tenant.pk not in self.there:
            ours = Domain.objects.present().filter(tenant=tenant).order_by()
            self.there[tenant.pk] = dict(ours.values_list("name", "token").iterator())
        if (known := self.there[tenant.pk].get(name)) is None:
            return None
        if token and token != known:
            return _("It is in the tenant with another TXT value, which stays. Change it on the domain's page.")
        return _("It is in the tenant already.")


def _by_format(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the reader's, and added by the caller
    except ValueError:
        return None
