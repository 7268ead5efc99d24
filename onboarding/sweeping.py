"""The jobs of one sweep: what is in the air, and what waits to be written (design section 4)."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.conf import settings

from notices.doorbell import ring
from onboarding import claiming
from onboarding.committing import Look, Manner, commit, is_unknown
from onboarding.leasing import Claimed
from onboarding.looking import Clock, Looking
from onboarding.schedule import LOOK_NOW
from onboarding.wiring import URGENT_ROOM
from publicdns.asking import Budget
from publicdns.delegation import DelegationCache
from publicdns.wire import Crashed, Wire

log = logging.getLogger(__name__)

BATCH = 500  # finished glances a transaction
PICTURES = 100  # whole pictures a transaction: hundreds of them at once would be most of the worker's memory
CLAIM_EVERY = timedelta(seconds=0.25)  # between two questions to the database for due domains
COMMIT_WITHIN = timedelta(seconds=0.5)  # a finished look waits no longer for company
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
    """The state of one sweep: what is in the air, what waits to be written."""

    def __init__(self, wire: Wire, clock: Clock, token: uuid.UUID, cache: DelegationCache) -> None:
        self.wire, self.clock, self.token = wire, clock, token
        self.looking = Looking(wire, clock, cache)
        self.figures = Figures()
        self.window, self.look_seconds = settings.SWEEP_WINDOW, settings.DNS_LOOK_SECONDS
        self.running: dict[int, tuple[Coroutine[Any, Any, Any], Claimed]] = {}  # by primary key
        self.glances: list[Look] = []  # finished, and not written yet
        self.pictures: list[Look] = []  # the same with a picture each; they wait for more company
        self.ready: deque[Claimed] = deque()
        self.urgent: set[int] = set()  # begun for a person who waits; some may have landed
        self.hurried_at = now = clock()
        self.commit_by, self.renew_by = now + COMMIT_WITHIN, now + claiming.slot_lease() / 4
        self.is_awaited = False  # somebody who has pressed "Look now" waits for what is finished
        self.has_slot = True
        self.more = True  # the last claim left some behind

    def run(self, until: datetime) -> Figures:
        """Claim until ``until``, then only finish what was begun."""
        for result in self.wire.run(chain(self.suspects(min(until, self.clock() + SUSPECTS_FOR)), self.jobs(until))):
            if isinstance(result, Crashed):
                self._crashed(result)
            else:
                self._landed(result.value)
                self._commit_if_time(result.value.at)
        self._commit()
        self.figures.blind = self.looking.canaries.all_failed
        return self.figures

    def suspects(self, until: datetime) -> Iterator[Coroutine[Any, Any, Any] | None]:
        """Domains during whose looks processes have died, each alone, so that none dies for another's fault."""
        while (now := self.clock()) < until and self._keeps_slot(now):
            if (domain := claiming.claim_suspect(self.token, now)) is None:
                return
            if domain.lost_leases >= claiming.POISON:
                claiming.put_aside(domain, self.token, now)
                continue
            yield self._begin(domain, now)
            while self.running and self._keeps_slot(self.clock()):
                yield None
            self._commit()

    def jobs(self, until: datetime) -> Iterator[Coroutine[Any, Any, Any] | None]:
        """Due domains as coroutines, as long as there are any; None where the sweep must wait for answers first."""
        claim_by = self.clock() + CLAIM_EVERY
        while True:
            now = self.clock()
            if not self._keeps_slot(now):
                return
            if self.running or self.ready:
                self._commit_if_time(now)
            elif self.finished:
                self._commit()
            crowded = len(self.running) > self.window // 2
            wanted = not self.ready and (not self.running or (self.more and not crowded))
            if wanted or now >= claim_by:
                claim_by = now + CLAIM_EVERY
                found = self._claim(now) if now < until else []
                self.ready.extendleft(reversed(found))
                if not self.ready and not self.running:
                    return
            if self.ready and (self.ready[0].priority == LOOK_NOW or not self._is_hurried(now)):
                yield self._begin(self.ready.popleft(), now)
            elif now >= until and not self.running:
                return
            else:
                yield None

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

    @property
    def finished(self) -> bool:
        """Whether something waits to be written."""
        return bool(self.glances or self.pictures)

    def _claim(self, now: datetime) -> list[Claimed]:
        room = min(self.window - len(self.running) - len(self.ready), BATCH)
        if room <= 0:
            spare = URGENT_ROOM + room
            found = claiming.claim(self.token, now, spare, urgent_only=True) if spare > 0 else []
        else:
            found = claiming.claim(self.token, now, room)
            self.more = len(found) == room
        self._supersede(found)
        return found

    def _supersede(self, found: list[Claimed]) -> None:
        """A domain that a person has edited is claimed again at once: an older look, finished, begun or about to, was
        about what it was before, and the fence cannot tell two claims of one sweep apart."""
        again = {domain.pk for domain in found}
        self.ready = deque(domain for domain in self.ready if domain.pk not in again)
        self.glances = [look for look in self.glances if look.domain.pk not in again]
        self.pictures = [look for look in self.pictures if look.domain.pk not in again]
        for pk in again & self.running.keys():
            del self.running[pk]

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
        (self.glances if done.picture is None else self.pictures).append(done)
        self.is_awaited = self.is_awaited or done.domain.priority == LOOK_NOW
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

    def _commit_if_time(self, now: datetime) -> None:
        """Soon, but in company: a transaction costs as much for one look as for hundreds."""
        if not self.finished or self.looking.canaries.in_the_air:
            return
        if self.is_awaited or now >= self.commit_by or len(self.pictures) >= PICTURES:
            self._commit()
        elif len(self.glances) >= BATCH:
            self._write(self._taken_glances())

    def _commit(self) -> None:
        pictures, self.pictures = self.pictures, []
        self._write(self._taken_glances() + pictures)
        self.is_awaited, self.commit_by = False, self.clock() + COMMIT_WITHIN

    def _taken_glances(self) -> list[Look]:
        glances, self.glances = self.glances, []
        return glances

    def _write(self, looks: list[Look]) -> None:
        if looks:
            how = self.looking
            manner = Manner(how.rhythm, how.patience, how.options.silent_limit, how.canaries.all_failed)
            ring(commit(looks, self.token, self.clock(), manner))
