"""The jobs of one sweep: what is due, and what is in the air (design section 4)."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from django.conf import settings

from onboarding import claiming
from onboarding.committing import Look, Manner, is_unknown
from onboarding.desk import AtOnce, InTheBackground, is_elsewhere
from onboarding.finished import PICTURES, Finished, write
from onboarding.leasing import Claimed
from onboarding.looking import Clock, Looking
from onboarding.schedule import LOOK_NOW
from onboarding.ways import note
from onboarding.wiring import URGENT_ROOM
from publicdns.asking import Budget
from publicdns.delegation import DelegationCache
from publicdns.wire import Crashed, Wire

log = logging.getLogger(__name__)

BATCH = 1000  # domains a claim
AHEAD = 1000  # domains claimed before there is room for them, so that none waits for the database
FEW = 250  # of them that are left when more are claimed
MANY = 100  # domains of one claim: as many make a desk for a database elsewhere worth its connection
CLAIM_EVERY = timedelta(seconds=0.25)  # between two questions to the database for due domains
SUSPECTS_FOR = timedelta(seconds=5)  # at the beginning of a sweep, until which a suspect may be begun
HURRY = timedelta(seconds=1)  # for which a "Look now" has the sweep to itself at most


@dataclass(slots=True)
class Figures:
    """How a sweep went."""

    looked: int = 0
    changed: int = 0
    unknown: int = 0
    crashed: int = 0
    blind: bool = False  # every canary failed when it was last asked
    seconds: float = 0.0


class Sweep:
    """The state of one sweep: what is due, what is in the air, what waits to be written. A sweep with much to write has
    a desk of its own for the database, and asks on while rows are claimed and written there."""

    def __init__(self, wire: Wire, clock: Clock, token: UUID, cache: DelegationCache) -> None:
        self.wire, self.clock, self.token = wire, clock, token
        self.looking = Looking(wire, clock, cache)
        self.figures = Figures()
        self.window, self.look_seconds = settings.SWEEP_WINDOW, settings.DNS_LOOK_SECONDS
        self.running: dict[int, tuple[Coroutine[Any, Any, Any], Claimed]] = {}  # by primary key
        self.ready: deque[Claimed] = deque()
        self.urgent: set[int] = set()  # begun for a person who waits; some may have landed
        self.hurried_at = now = clock()
        self.finished = Finished(now)
        self.told_lost = self.looking.lost  # the ways of whose loss the operator is told
        self.desk: Executor = AtOnce()
        self.claim_under_way: tuple[int, Future[list[Claimed]]] | None = None  # how many it may bring
        self.renew_by = now + claiming.slot_lease() / 4
        self.has_slot = True
        self.more = True  # the last claim left some behind

    def run(self, until: datetime) -> Figures:
        """Claim until ``until``, then only finish what was begun."""
        jobs = chain(self.suspects(min(until, self.clock() + SUSPECTS_FOR)), self.jobs(until))
        try:
            for result in self.wire.run(jobs):
                if isinstance(result, Crashed):
                    self._crashed(result)
                else:
                    self._landed(result.value)
                    if self.finished.is_due(result.value.at):
                        self._write_what_is_due(result.value.at)
            self._write_all()
        finally:
            self.desk.shutdown()
        self.figures.blind = self.looking.canaries.all_failed
        return self.figures

    def suspects(self, until: datetime) -> Iterator[Coroutine[Any, Any, Any] | None]:
        """Domains during whose looks processes have died, each alone, so that none dies for another's fault."""
        while (now := self.clock()) < until and self._keeps_slot(now):
            if (domain := claiming.claim_suspect(now)) is None:
                return
            if domain.lost_leases >= claiming.POISON:
                claiming.put_aside(domain, now)
                continue
            yield self._begin(domain, now)
            while self.running and self._keeps_slot(self.clock()):
                yield None
            self._write_all()

    def jobs(self, until: datetime) -> Iterator[Coroutine[Any, Any, Any] | None]:
        """Due domains as coroutines, as long as there are any; None where the sweep must wait for answers first."""
        claim_by = self.clock() + CLAIM_EVERY
        while True:
            now = self.clock()
            if not self._keeps_slot(now):
                return
            idle = not (self.running or self.ready)
            if self.finished.is_due(now) or idle:
                self._write_what_is_due(now, all_=idle)
            if idle or now >= claim_by or (self.more and len(self.ready) < FEW):
                claim_by = now + CLAIM_EVERY
                self._claim(now, until)
            if self.claim_under_way is not None:
                self._take_claimed(wait=idle)
            if self.ready and self._may_begin(self.ready[0], now):
                yield self._begin(self.ready.popleft(), now)
            elif self.running:
                yield None
            else:
                return

    def _keeps_slot(self, now: datetime) -> bool:
        """Whether this sweep may still ask; its slot is renewed in time."""
        if self.has_slot and now > self.renew_by:
            self.renew_by = now + claiming.slot_lease() / 4
            self.has_slot = claiming.renew_slot(self.token, now)
            if not self.has_slot:
                self.wire.give_up()  # somebody else uses this share of the caps by now
        return self.has_slot

    def _is_hurried(self, now: datetime) -> bool:
        """Whether a "Look now" is in the air: while nothing else is begun, each answer it waits for is read at once.
        Not for long, because a server may not answer."""
        return bool(self.urgent) and now < self.hurried_at + HURRY and not self.urgent.isdisjoint(self.running)

    def _claim(self, now: datetime, until: datetime) -> None:
        """Ask for due domains: as many as there is room for, and some ahead; "Look now" has room of its own."""
        if now >= until or self.claim_under_way is not None:
            return
        room = min(self.window + AHEAD - len(self.running) - len(self.ready), BATCH)
        spare = URGENT_ROOM + min(room, 0)
        if room > 0:
            self.claim_under_way = room, self.desk.submit(claiming.claim, now, room)
        elif spare > 0:
            self.claim_under_way = 0, self.desk.submit(claiming.claim, now, spare, urgent_only=True)

    def _take_claimed(self, *, wait: bool) -> None:
        """What the claim under way has brought, if it is over; ``wait`` for it where nothing else can be done."""
        if self.claim_under_way is None:
            return
        room, claimed = self.claim_under_way
        if not (wait or claimed.done()):
            return
        self.claim_under_way = None
        found = claimed.result()
        if room:
            self.more = len(found) == room
        if len(found) >= MANY and is_elsewhere():
            self._take_a_desk()
        self._supersede(found)
        self.ready.extendleft(reversed(found))

    def _supersede(self, found: list[Claimed]) -> None:
        """A domain that a person has edited is claimed again at once: an older look, finished, begun or about to, was
        about what it was before. One that is being written already has an older lease, and the fence stops it."""
        again = {domain.pk for domain in found}
        self.ready = deque(domain for domain in self.ready if domain.pk not in again)
        self.finished.drop(again)
        for pk in again & self.running.keys():
            del self.running[pk]

    def _may_begin(self, domain: Claimed, now: datetime) -> bool:
        """Whether its turn has come: at once for a "Look now", otherwise when there is room and nobody in a hurry."""
        return domain.priority == LOOK_NOW or (len(self.running) < self.window and not self._is_hurried(now))

    def _begin(self, domain: Claimed, now: datetime) -> Coroutine[Any, Any, Any]:
        if domain.priority == LOOK_NOW:
            self.urgent.intersection_update(self.running)
            self.hurried_at = self.hurried_at if self.urgent else now
            self.urgent.add(domain.pk)
        deadline = self.wire.options.monotonic() + self.look_seconds
        budget = Budget(deadline=deadline, priority=domain.priority)
        job = self.looking.look(domain, budget)
        self.running[domain.pk] = job, domain
        return job

    def _landed(self, done: Look) -> None:
        if not self._is_current(done.domain):
            return
        del self.running[done.domain.pk]
        self.finished.add(done)
        self.figures.looked += 1
        self.figures.changed += bool(done.judged.columns)
        self.figures.unknown += is_unknown(done)

    def _is_current(self, domain: Claimed) -> bool:
        """Whether this very claim is the one in the air."""
        return domain.pk in self.running and self.running[domain.pk][1] is domain

    def _crashed(self, result: Crashed) -> None:
        """A fault of ours in one look: the lease runs out, the others go on."""
        names = [domain for job, domain in self.running.values() if job is result.job]
        for domain in names:
            del self.running[domain.pk]
        self.figures.crashed += 1
        log.error("a look crashed", exc_info=result.exception, extra={"domain": [domain.name for domain in names]})

    def _write_what_is_due(self, now: datetime, *, all_: bool = False) -> None:
        """``all_``: whatever is finished, because nothing else is to be done."""
        if self.looking.canaries.in_the_air and not all_:
            return
        if len(self.finished.pictures) >= PICTURES:
            self._take_a_desk()
        if looks := self.finished.all(now) if all_ else self.finished.due(now):
            self._hand_over(looks, self.clock())

    def _take_a_desk(self) -> None:
        if isinstance(self.desk, AtOnce):
            self.desk = InTheBackground()

    def _write_all(self) -> None:
        """Write everything that is finished, and wait until it is."""
        now = self.clock()
        if looks := self.finished.all(now):
            self._hand_over(looks, now)
        self.finished.settle()

    def _hand_over(self, looks: Sequence[Look], now: datetime) -> None:
        """Have ``looks`` written, and the operator told of ways that were lost or are back."""
        if self.looking.lost != self.told_lost:
            self.told_lost = self.looking.lost
            self.finished.hand_over(self.desk, note, self.told_lost, now)
        self.finished.hand_over(self.desk, write, looks, now, self._manner())

    def _manner(self) -> Manner:
        how = self.looking
        return Manner(how.rhythm, how.patience, how.canaries.all_failed)
