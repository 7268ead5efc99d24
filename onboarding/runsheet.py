"""A plan as people follow it: each domain's state, steps, TTL arithmetic and way back. Nothing is asked or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from onboarding.models import Baseline, CutOver, CutOverDomain, Domain, Guard
from onboarding.presenting import Look
from onboarding.shifts import Text
from onboarding.ticking import Step
from publicdns.flow import Part, Shown
from publicdns.printable import printable
from publicdns.ttl_plan import LOW, TtlPlan, plan_ttl
from publicdns.undoing import Undo, records_of

LOOKS = {
    look.code: look
    for look in (
        Look("unguarded", lazy("Not known"), "question", "dim"),
        Look("open", lazy("To prepare"), "clock", "warn"),
        Look("ready", lazy("Ready"), "check", "wait"),
        Look("moving", lazy("Moving"), "half", "wait"),
        Look("following", lazy("Following"), "half", "good"),
        Look("done", lazy("Moved"), "check-all", "good"),
        Look("alarm", lazy("Alarm"), "alert", "bad"),
    )
}
SIGHTS = {
    "new": Look("new", lazy("new MX"), "check", "good"),
    "old": Look("old", lazy("old MX"), "ring", "warn"),
    "unknown": Look("unknown", lazy("not known"), "question", "dim"),
}
STEPS: dict[Step, tuple[Text, Text]] = {
    Step.TTL_LOWERED: (lazy("TTL of the MX lowered"), lazy("Set it to 300 seconds at the DNS provider.")),
    Step.MAILBOXES: (lazy("Mailboxes exist"), lazy("A person confirms: mail for an address without one bounces.")),
    Step.MX_MOVED: (lazy("MX moved"), lazy("Every name server shows Microsoft 365 first.")),
    Step.RESOLVERS: (lazy("Resolvers follow"), lazy("Every public resolver that answers shows the new MX.")),
    Step.SPF: (lazy("SPF names Microsoft 365"), lazy("Beside the old senders, as long as those still send.")),
    Step.AUTODISCOVER: (lazy("Autodiscover moved"), lazy("Outlook finds the new mailboxes.")),
    Step.DKIM: (lazy("DKIM published"), lazy("selector1._domainkey exists; then switch signing on.")),
    Step.TTL_RAISED: (lazy("TTL raised again"), lazy("Back to an hour once all is well.")),
    Step.OLD_MX_GONE: (lazy("Old MX removed"), lazy("No host but Microsoft's is left.")),
}


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of one domain."""

    code: str
    label: Text
    hint: Text
    at: datetime | None  # None: not done
    who: str


@dataclass(frozen=True, slots=True)
class Place:
    """A name server or resolver, and which MX it shows."""

    name: str
    look: Look
    ttl: int | None  # seconds it keeps that, where that is known


@dataclass(frozen=True, slots=True)
class Row:
    """One domain of a plan."""

    domain: Domain
    look: Look
    sentence: str
    steps: tuple[StepShown, ...]
    ttl: TtlPlan | None
    advice: str
    until: datetime | None  # by when the last cache has followed
    rollback: tuple[Undo, ...]
    done: int
    places: tuple[Place, ...]  # once the first one shows the new MX

    @property
    def mailboxes(self) -> bool:
        """Whether a person has confirmed them."""
        return any(step.code == Step.MAILBOXES and step.at for step in self.steps)


def rows_of(cutover: CutOver, now: datetime) -> tuple[Row, ...]:
    """Every domain of the plan, in three queries."""
    entries = list(cutover.entries.select_related("domain", "domain__tenant"))
    keys = [entry.domain_id for entry in entries]
    baselines: dict[int, dict[Part, Baseline]] = {key: {} for key in keys}
    for row in Baseline.objects.filter(domain__in=keys):
        baselines[row.domain_id][Part(row.part)] = row
    guards = Guard.objects.in_bulk(keys)
    return tuple(_row(e, cutover, baselines[e.domain_id], guards.get(e.domain_id), now) for e in entries)


def tally(rows: Sequence[Row]) -> list[tuple[Look, int]]:
    """How many are in each state, in the order of states."""
    return [(look, count) for code, look in LOOKS.items() if (count := sum(row.look.code == code for row in rows))]


def _row(
    entry: CutOverDomain, cutover: CutOver, rows: Mapping[Part, Baseline], guard: Guard | None, now: datetime
) -> Row:
    mx = rows.get(Part.MX)
    plan = _ttl(entry, cutover, mx)
    moved_at = ticked_at(entry, Step.MX_MOVED)
    until = plan.followed_by(moved_at) if plan and moved_at else None
    code, sentence = _state(entry, cutover, mx, guard, plan, now)
    steps = tuple(
        StepShown(step.value, label, hint, ticked_at(entry, step), entry.ticks.get(step, ["", ""])[1])
        for step, (label, hint) in STEPS.items()
    )
    return Row(
        entry.domain,
        LOOKS[code],
        sentence,
        steps,
        plan,
        _advice(plan, cutover, now),
        until,
        tuple(records_of(p, Shown(tuple(r.records), r.ttl), entry.domain.name) for p, r in rows.items() if r.records),
        sum(step.at is not None for step in steps),
        _places(entry),
    )


def _places(entry: CutOverDomain) -> tuple[Place, ...]:
    seen = [*entry.sights.get("servers", ()), *entry.sights.get("resolvers", ())]
    if not any(sight == "new" for _, sight, _ in seen):
        return ()
    return tuple(Place(printable(name, 120), SIGHTS[sight], ttl) for name, sight, ttl in seen)


def ticked_at(entry: CutOverDomain, step: Step) -> datetime | None:
    """When ``step`` was done."""
    tick = entry.ticks.get(step)
    return datetime.fromisoformat(tick[0]) if tick else None


def _ttl(entry: CutOverDomain, cutover: CutOver, mx: Baseline | None) -> TtlPlan | None:
    if mx is None or mx.now_ttl is None:
        return None
    return plan_ttl(cutover.starts_at, entry.old_ttl or mx.now_ttl, mx.now_ttl, ticked_at(entry, Step.TTL_LOWERED))


def _state(
    entry: CutOverDomain,
    cutover: CutOver,
    mx: Baseline | None,
    guard: Guard | None,
    plan: TtlPlan | None,
    now: datetime,
) -> tuple[str, str]:
    servers, resolvers = (entry.sights.get(part, []) for part in ("servers", "resolvers"))
    new = sum(sight == "new" for _, sight, _ in servers)
    if mx is None:
        return "unguarded", _("No name server has answered for it yet.")
    if guard is not None and guard.alarmed and now < cutover.starts_at:
        return "alarm", _("Its mail flow changed before its day. See the domain's page.")
    if Step.MX_MOVED in entry.ticks:
        return _following(resolvers, done=Step.RESOLVERS in entry.ticks)
    if new:
        text = ngettext("{new} of {all} name server shows it.", "{new} of {all} name servers show it.", len(servers))
        return "moving", text.format(new=new, all=len(servers))
    if plan is not None and plan.in_time and Step.MAILBOXES in entry.ticks:
        return "ready", _("The TTL is low and the mailboxes exist: the MX may be moved from the start of the window.")
    return "open", _what_is_open(entry, plan)


def _following(resolvers: Sequence[Sequence[object]], *, done: bool) -> tuple[str, str]:
    heard = [sight for _, sight, _ in resolvers if sight != "unknown"]
    new = heard.count("new")
    if done:
        return "done", _("Every name server and all {} resolvers show it.").format(new)
    if not heard:
        return "following", _("Every name server shows it; the resolvers are asked next.")
    return "following", _("{new} of {all} resolvers show it.").format(new=new, all=len(heard))


def _what_is_open(entry: CutOverDomain, plan: TtlPlan | None) -> str:
    if plan is not None and not plan.lowered:
        return _("TTL {} s: lower it to {}.").format(plan.ttl, LOW)
    if plan is not None and not plan.in_time:
        return _("The TTL was lowered too late for the start of the window.")
    if Step.MAILBOXES not in entry.ticks:
        return _("The TTL is low. Do the mailboxes exist?")
    return _("The TTL is not known yet.")


def _advice(plan: TtlPlan | None, cutover: CutOver, now: datetime) -> str:
    """The arithmetic in words, in the plan's own zone."""
    if plan is None:
        return _("The TTL of the MX is not known yet.")
    if plan.lower_by is None and plan.safe_from is not None:
        if plan.old_ttl <= LOW:
            return _("The TTL is {} s and was never higher: safe at any time.").format(plan.ttl)
        when = local(plan.safe_from, cutover.zone)
        return _("The TTL is {ttl} s; the old {old} s expires {when}; safe from then.").format(
            ttl=plan.ttl, old=plan.old_ttl, when=when
        )
    expires = local(now + timedelta(seconds=plan.old_ttl), cutover.zone)
    lower_by = plan.lower_by or plan.start
    said = _("Lower the TTL to {low} now; the old {old} s expires {when}; safe from then.").format(
        low=LOW, old=plan.old_ttl, when=expires
    )
    if now > lower_by:
        return said + " " + _("That is too late for the start of the window: some caches will follow only then.")
    return said + " " + _("At the latest {}.").format(local(lower_by, cutover.zone))


def local(at: datetime, zone: str) -> str:
    """A moment as the plan's people read it: weekday, date, time and zone."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%A} {there.day} {there:%b %H:%M %Z}"


def lower_by(rows: Sequence[Row]) -> datetime | None:
    """The earliest of the last moments at which lowering the TTLs is in time; None when nothing is to be lowered."""
    return min((row.ttl.lower_by for row in rows if row.ttl and row.ttl.lower_by), default=None)
