"""The guard: each full look's mail flow against its baseline, and the alarms that follow (decision 9).

Called by onboarding.committing inside its transaction, for full looks only: while glances find everything unchanged
nothing here is loaded. A sight that differs is believed as any other: again after a minute, an absence on three looks.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notices.models import SubjectKind, Transition
from onboarding.alarming import alarm_facts
from onboarding.leasing import Claimed
from onboarding.models import Baseline, Guard
from onboarding.writing import insert_rows, rewrite_rows
from publicdns.answers import Verdict
from publicdns.confirmation import Patience, Pending, confirm
from publicdns.flow import Doubt, Flow, Part, Shown
from publicdns.frozen import frozen
from publicdns.movement import Shift, movement
from publicdns.picture import Picture

ALARM, CLEAR, NOTED, PROGRESS = "guard-alarm", "guard-clear", "guard-noted", "guard-progress"
Fields = dict[str, Any]  # of a new row, without a model around them: a first sight makes five
BELIEVED = ("now_records", "now_ttl", "now_since", "ttl_since", "pending")
TOLD_STATE = ("state", "shifts", "alarmed", "changed_at", "round")


@frozen
class Sight:
    """What one full look of one domain showed of its mail flow."""

    domain: Claimed
    flow: Flow
    at: datetime
    picture: Picture | None = None  # kept near a cut-over alone, whose steps are ticked from it


@dataclass(slots=True)
class Watched:
    """What the guard makes of one look. ``doubts``: the sight, once believed, would be an alarm that nobody planned."""

    transition: Transition | None = None
    again_in: float | None = None
    doubts: bool = False
    turns: bool = False  # an unplanned alarm is believed: the brake may hold it
    new: list[Fields] = field(default_factory=list)  # baselines
    changed: list[Baseline] = field(default_factory=list)
    begun: Fields | None = None  # the guard that begins with this look
    guard: Guard | None = None  # one that was there and has changed


def watch(sights: Sequence[Sight], patience: Patience) -> dict[int, Watched]:
    """What each look means for the guard, by the domain's key. Nothing is written; two queries in all, none for what
    was never looked at before."""
    keys = [sight.domain.pk for sight in sights if sight.domain.looked_at is not None]
    rows: dict[int, dict[Part, Baseline]] = defaultdict(dict)
    guards = Guard.objects.in_bulk(keys) if keys else {}
    for row in Baseline.objects.filter(domain__in=keys) if keys else ():
        rows[row.domain_id][Part(row.part)] = row
    return {
        sight.domain.pk: _Watch(sight, rows[sight.domain.pk], guards.get(sight.domain.pk), patience).run()
        for sight in sights
    }


def keep(watched: Sequence[Watched]) -> None:
    """Write what :func:`watch` found, in the caller's transaction."""
    insert_rows(Guard, [one.begun for one in watched if one.begun is not None])
    insert_rows(Baseline, [row for one in watched for row in one.new])
    rewrite_rows([row for one in watched for row in one.changed], BELIEVED)
    rewrite_rows([one.guard for one in watched if one.guard is not None], TOLD_STATE)


def flows(rows: Mapping[Part, Baseline]) -> tuple[Flow, Flow]:
    """The baseline, and what is believed now."""
    before = Flow({part: Shown(tuple(row.records), row.ttl) for part, row in rows.items()})
    return before, Flow({part: Shown(tuple(row.now_records), row.now_ttl) for part, row in rows.items()})


def key_of(shift: Shift) -> str:
    """A shift as the guard remembers it: other names are another story."""
    return f"{shift.code} {' '.join(shift.names)}"[:400]


@dataclass(slots=True)
class _Watch:
    sight: Sight
    rows: dict[Part, Baseline]
    guard: Guard | None
    patience: Patience
    watched: Watched = field(default_factory=Watched)

    def run(self) -> Watched:
        seen = self.sight.flow
        if self.guard is None:
            self.first(seen)
            return self.watched
        before = self.settled_before()
        for part in Part:
            self.part(part, seen)
        self.watched.doubts = self.would_alarm(seen)
        self.judge(before, seen)
        return self.watched

    def first(self, seen: Flow) -> None:
        """The first proven answers are the baseline, and it does not differ from itself: all that can be noted is a
        gateway in front. A domain that does not exist yet has nothing to guard."""
        if not seen.zone or not seen.parts:
            return
        self.watched.new = [self.fields(part, shown) for part, shown in seen.parts.items()]
        shifts = movement(seen, seen, self.sight.domain.name)
        self.watched.begun = {
            "domain_id": self.sight.domain.pk,
            "since": self.sight.at,
            "state": shifts[0].state.value if shifts else "",
            "shifts": [key_of(shift) for shift in shifts],
            "alarmed": False,
            "changed_at": self.sight.at if shifts else None,
            "round": 0,
        }

    def settled_before(self) -> dict[Part, tuple[str, ...]]:
        return {part: tuple(row.now_records) for part, row in self.rows.items()}

    @property
    def planned(self) -> bool:
        """Whether mail is meant to move just now."""
        start, end = self.sight.domain.window_start, self.sight.domain.window_end
        return start is not None and end is not None and start <= self.sight.at <= end

    def part(self, part: Part, seen: Flow) -> None:
        """Take one part's sight into account."""
        row, shown = self.rows.get(part), seen.of(part)
        if row is None:
            if shown is not None and seen.zone:  # a domain that does not exist yet has nothing to guard
                self.begin(part, shown)
        elif shown is None:
            self.unsure(row, seen.doubts.get(part))
        elif shown.records == tuple(row.now_records):
            self.same(row, shown)
        else:
            self.differs(row, shown)

    def begin(self, part: Part, shown: Shown) -> None:
        """A part that was not known before: its first proven answer is its baseline."""
        fields = self.fields(part, shown)
        self.watched.new.append(fields)
        self.rows[part] = Baseline(**fields)

    def fields(self, part: Part, shown: Shown) -> Fields:
        at, records = self.sight.at, list(shown.records)
        return {
            "domain_id": self.sight.domain.pk, "part": part.value, "records": records, "ttl": shown.ttl, "since": at,
            "by_id": None, "reason": "", "now_records": records, "now_ttl": shown.ttl, "now_since": at, "ttl_since": at,
            "pending": None,
        }  # fmt: skip

    def unsure(self, row: Baseline, doubt: Doubt | None) -> None:
        """Could not ask: that moves nothing. Name servers that differ end what was on its way."""
        pending = pending_of(row)
        if pending is None or pending.settled:
            return
        if doubt is Doubt.MIXED:
            self.note(row, None)
        self.sooner(self.patience.unknown)

    def same(self, row: Baseline, shown: Shown) -> None:
        if row.pending is not None:
            self.note(row, None)
        if shown.ttl != row.now_ttl and shown.ttl is not None:
            row.now_ttl, row.ttl_since = shown.ttl, self.sight.at
            self.touch(row)

    def differs(self, row: Baseline, shown: Shown) -> None:
        verdict = Verdict.WRONG if shown.records else Verdict.MISSING
        mark = hashlib.blake2b("\n".join(shown.records).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
        found = confirm(pending_of(row), verdict, self.sight.at.timestamp(), shown=mark, patience=self.patience)
        self.note(row, found.pending)
        if found.look_again_in is not None:
            self.sooner(found.look_again_in)
        if found.settled is not None and found.pending is not None:
            row.now_records, row.now_ttl = list(shown.records), shown.ttl
            row.now_since = datetime.fromtimestamp(found.pending.first_at, self.sight.at.tzinfo)
            row.ttl_since = row.now_since
            self.note(row, None)

    def note(self, row: Baseline, pending: Pending | None) -> None:
        kept = None
        if pending is not None:
            kept = [pending.verdict.value, pending.first_at, pending.looks, pending.shown, pending.settled]
        if row.pending != kept or pending is None:
            row.pending = kept
            self.touch(row)

    def touch(self, row: Baseline) -> None:
        if row not in self.watched.changed and row.pk is not None:
            self.watched.changed.append(row)

    def sooner(self, seconds: float) -> None:
        self.watched.again_in = min(seconds, self.watched.again_in or seconds)

    def would_alarm(self, seen: Flow) -> bool:
        """Whether the newest sight, believed, would be an alarm that is not known yet."""
        if self.planned or self.guard is None:
            return False
        before, believed = flows(self.rows)
        newest = Flow({**believed.parts, **seen.parts}, dead_hosts=seen.dead_hosts)
        known = set(self.guard.shifts)
        return any(s.alarm and key_of(s) not in known for s in movement(before, newest, self.sight.domain.name))

    def judge(self, settled_before: dict[Part, tuple[str, ...]], seen: Flow) -> None:
        """Compare with the baseline once something is newly believed."""
        assert self.guard is not None
        now_believed = {part: tuple(row.now_records) for part, row in self.rows.items()}
        if now_believed == settled_before:
            return
        before, believed = flows(self.rows)
        shifts = movement(before, Flow(believed.parts, dead_hosts=seen.dead_hosts), self.sight.domain.name)
        keys = [key_of(shift) for shift in shifts]
        if keys == self.guard.shifts:
            return
        self.conclude(shifts, keys, before, believed)

    def conclude(self, shifts: tuple[Shift, ...], keys: list[str], before: Flow, believed: Flow) -> None:
        guard = self.guard
        assert guard is not None
        fresh = [shift for shift in shifts if shift.alarm and key_of(shift) not in guard.shifts]
        alarms = any(shift.alarm for shift in shifts)
        kind = NOTED
        if self.planned:
            kind = PROGRESS
        elif fresh:
            kind, guard.alarmed, self.watched.turns = ALARM, True, True
        elif guard.alarmed and not alarms:
            kind, guard.alarmed = CLEAR, False
        guard.state = shifts[0].state.value if shifts else ""
        guard.shifts, guard.changed_at = keys, self.sight.at
        self.watched.guard = guard
        guard.round += 1
        facts = alarm_facts(self.sight.domain.name, shifts, before, believed, dict(self.rows), self.sight.at)
        self.watched.transition = self.transition(kind, facts)

    def transition(self, kind: str, facts: dict[str, object]) -> Transition:
        domain, guard = self.sight.domain, self.guard
        assert guard is not None
        return Transition(
            tenant_id=domain.tenant_id,
            subject_kind=SubjectKind.DOMAIN,
            subject_id=domain.public_id,
            subject_name=domain.name,
            kind=kind,
            once=f"{domain.epoch}/g{guard.round}",
            at=self.sight.at,
            facts=facts,
        )


def pending_of(row: Baseline) -> Pending | None:
    """The other sight on its way to being believed."""
    if row.pending is None:
        return None
    verdict, first_at, looks, shown, settled = row.pending
    return Pending(Verdict(verdict), first_at, looks, shown, settled)
