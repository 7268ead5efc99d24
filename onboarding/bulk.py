"""Acts on many domains at once: what each would do to a domain, doing it, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from notices.subscribing import follow, mute, standing
from onboarding.adding import AddingRefused, remove_domain, restore_domain
from onboarding.batches import Row, Rows, lay_out
from onboarding.cutover import PlanRefused, Window, plan
from onboarding.models import Batch, Domain, Group
from onboarding.models.domain import DomainQuerySet
from onboarding.schedule import locked, look_now
from tenants.audit import record_many
from tenants.models import Tenant, User
from tenants.roles import Action

WILL, WILL_NOT = "will", "skipped"  # outcomes of a preview
DONE, FAILED, UNDONE = "done", "failed", "undone"  # results of a row


@dataclass(slots=True)
class Chunk:
    """Some domains and what their batch says about them."""

    batch: Batch
    domains: dict[str, Domain]
    now: datetime

    @property
    def by(self) -> User:
        """Who acts."""
        return self.batch.user


Doing = Callable[[Chunk, Rows], None]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done to many. ``words`` says what it will do to a domain, or gives ("", why not)."""

    name: str
    label: str | Promise
    needs: Action
    field: str  # what the form must say: "group", "assignee", "window", or nothing
    words: Callable[[Domain, dict[str, Any]], tuple[str, str]]
    do: Doing
    undo: Doing | None = None


def preview(batch: Batch, domains: DomainQuerySet) -> None:
    """Store what the batch will do to each of ``domains``. Nothing is done yet."""
    act = ACTS[batch.kind]
    allowed = set(Tenant.objects.for_user(batch.user, act.needs).values_list("pk", flat=True))
    lay_out(batch, _rows(act, batch.options, domains, allowed), lambda outcome: outcome == WILL)


def _rows(act: Act, options: dict[str, Any], domains: DomainQuerySet, allowed: set[int]) -> Iterator[Row]:
    kept = (
        "public_id",
        "name",
        "tenant__name",
        "group__name",
        "assignee__email",
        "assignee__name",
        "asked_at",
        "stage",
    )
    wanted = domains.order_by("name", "pk").select_related("tenant", "group", "assignee").only(*kept)
    for domain in wanted.iterator(chunk_size=2000):
        may = domain.tenant_id in allowed
        will, why = act.words(domain, options) if may else ("", _("You may not do this in its tenant."))
        outcome = WILL if will else WILL_NOT
        yield {
            "id": domain.public_id,
            "name": domain.unicode_name,
            "tenant": domain.tenant.name,
            "words": will or why,
            "outcome": outcome,
        }


def run(batch: Batch, rows: Rows, now: datetime) -> Rows:
    """Do, or take back, the act on the domains of ``rows``; each row says afterwards what became of it."""
    act = ACTS[batch.kind]
    back = batch.undone_at is not None
    doing = act.undo if back else act.do
    allowed = Domain.objects.for_user(batch.user, act.needs).select_related("tenant", "group", "assignee")
    domains = {d.public_id: d for d in allowed.filter(public_id__in=[row["id"] for row in rows])}
    locked([domain.pk for domain in domains.values()])  # all of them, before the first is written
    wanted = [row for row in rows if row.get("result") == DONE] if back else rows
    for row in wanted:
        if row["id"] not in domains:
            row |= {"result": FAILED, "said": _("It is gone, or you may not do this any more.")}
    if doing is not None:
        doing(Chunk(batch, domains, now), [row for row in wanted if row["id"] in domains])
    return rows


def _each(row: Row, *, back: bool = False, said: str = "") -> None:
    row |= {"result": UNDONE if back else DONE, "said": said}


# --- Looking ----------------------------------------------------------------------------------------------------------
def _look_words(domain: Domain, _options: dict[str, Any]) -> tuple[str, str]:
    return (str(_("Is looked at within seconds.")), "") if not domain.removed_at else ("", _("It has been removed."))


def _look(chunk: Chunk, rows: Rows) -> None:
    for row in rows:
        asked = look_now(chunk.domains[row["id"]], chunk.now)
        _each(row, said=_("On its way") if asked else _("A look was asked for a moment ago"))


# --- Columns that only people set -------------------------------------------------------------------------------------
def _group_words(domain: Domain, options: dict[str, Any]) -> tuple[str, str]:
    now, name = domain.group.name if domain.group else "", options["group"]
    if now == name:
        return "", _("It is in that group already.") if name else _("It is in no group.")
    if not name:
        return _("Leaves the group {}.").format(now), ""
    return (_("Moves from {} to {}.").format(now, name) if now else _("Joins {}.").format(name)), ""


def _assign_words(domain: Domain, options: dict[str, Any]) -> tuple[str, str]:
    now, to = str(domain.assignee or ""), options["assignee_name"]
    if now == to:
        return "", _("It is assigned so already.")
    if not to:
        return _("Is {}'s no more.").format(now), ""
    return (_("Goes from {} to {}.").format(now, to) if now else _("Goes to {}.").format(to)), ""


def _set_column(column: str, find: Callable[[Chunk, Row, Domain], Any], *, back: bool) -> Doing:
    """Set ``column`` of each domain to what ``find`` gives; what it was is kept in the row."""

    def doing(chunk: Chunk, rows: Rows) -> None:
        acts = []
        for row in rows:
            domain = chunk.domains[row["id"]]
            before, value = getattr(domain, column), find(chunk, row, domain)
            if back and (before.pk if before else None) != row.get("set"):
                row |= {"result": FAILED, "said": _("Somebody has changed it since; it stays as it is.")}
                continue
            Domain.objects.filter(pk=domain.pk).update(**{column: value})
            row |= {"before": before.pk if before else None, "set": value.pk if value else None}
            _each(row, back=back)
            told = ({column: str(before or "")}, {column: str(value or "")})
            acts.append((domain.name, domain.tenant, *told))
        record_many(chunk.by, f"{column}-set", acts, at=chunk.now, address=chunk.batch.address)

    return doing


def _named_group(chunk: Chunk, _row: Row, domain: Domain) -> Group | None:
    name = chunk.batch.options["group"]
    return Group.objects.get_or_create(tenant=domain.tenant, name=name)[0] if name else None


def _group_before(_chunk: Chunk, row: Row, domain: Domain) -> Group | None:
    return Group.objects.filter(pk=row["before"], tenant=domain.tenant).first()


def _named_person(chunk: Chunk, _row: Row, domain: Domain) -> User | None:
    person = User.objects.filter(public_id=chunk.batch.options["assignee"], is_active=True).first()
    return person if person and person.may(Action.VIEW, domain.tenant) else None


def _person_before(_chunk: Chunk, row: Row, _domain: Domain) -> User | None:
    return User.objects.filter(pk=row["before"]).first()


# --- Following --------------------------------------------------------------------------------------------------------
def _mute_words(_domain: Domain, _options: dict[str, Any]) -> tuple[str, str]:
    return _("You are not mailed about it any more."), ""


def _mute(chunk: Chunk, rows: Rows) -> None:
    for row in rows:
        domain = chunk.domains[row["id"]]
        row["before"] = standing(chunk.by, domain.tenant, domain.public_id)
        mute(chunk.by, domain.tenant, domain.public_id)
        _each(row)


def _unmute(chunk: Chunk, rows: Rows) -> None:
    for row in rows:
        domain = chunk.domains[row["id"]]
        if row["before"] != "muted":
            follow(chunk.by, domain.tenant, domain.public_id)
        _each(row, back=True)


# --- Removing ---------------------------------------------------------------------------------------------------------
def _remove_words(_domain: Domain, _options: dict[str, Any]) -> tuple[str, str]:
    return _("Nobody looks at it any more; its history stays."), ""


def _remove(chunk: Chunk, rows: Rows) -> None:
    for row in rows:
        remove_domain(chunk.domains[row["id"]], by=chunk.by, now=chunk.now, address=chunk.batch.address)
        _each(row)


def _restore(chunk: Chunk, rows: Rows) -> None:
    for row in rows:
        try:
            restore_domain(chunk.domains[row["id"]], by=chunk.by, now=chunk.now, address=chunk.batch.address)
        except AddingRefused as refused:
            row |= {"result": FAILED, "said": refused.sentence}
        else:
            _each(row, back=True)


# --- Planning ---------------------------------------------------------------------------------------------------------
def _plan_words(domain: Domain, options: dict[str, Any]) -> tuple[str, str]:
    if domain.window_start:
        return "", _("It is in an open cut-over plan already.")
    return _("Moves in {}.").format(options["plan"]), ""


def _plan(chunk: Chunk, rows: Rows) -> None:
    """One plan for each tenant and each page of rows."""
    options = chunk.batch.options
    window = Window(datetime.fromisoformat(options["starts"]), datetime.fromisoformat(options["ends"]), options["zone"])
    tenants: dict[int, Rows] = {}
    for row in rows:
        tenants.setdefault(chunk.domains[row["id"]].tenant_id, []).append(row)
    for ours in tenants.values():
        domains = [chunk.domains[row["id"]] for row in ours]
        try:
            plan(
                domains[0].tenant,
                options["plan"],
                domains,
                window,
                by=chunk.by,
                now=chunk.now,
                address=chunk.batch.address,
            )
        except PlanRefused as refused:
            for row in ours:
                row |= {"result": FAILED, "said": str(refused)}
        else:
            for row in ours:
                _each(row)


ACTS = {
    act.name: act
    for act in (
        Act("look", lazy("Look now"), Action.LOOK, "", _look_words, _look),
        Act(
            "group",
            lazy("Put into a group"),
            Action.EDIT,
            "group",
            _group_words,
            _set_column("group", _named_group, back=False),
            _set_column("group", _group_before, back=True),
        ),
        Act(
            "assign",
            lazy("Assign"),
            Action.EDIT,
            "assignee",
            _assign_words,
            _set_column("assignee", _named_person, back=False),
            _set_column("assignee", _person_before, back=True),
        ),
        Act("mute", lazy("Mute for me"), Action.FOLLOW, "", _mute_words, _mute, _unmute),
        Act("cutover", lazy("Plan the cut-over"), Action.EDIT, "window", _plan_words, _plan),
        Act("remove", lazy("Remove"), Action.EDIT, "", _remove_words, _remove, _restore),
    )
}
