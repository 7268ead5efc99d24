"""The jobs of one sweep: what is in the air, and what waits to be written (design section 4)."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
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
PICTURE = 5  # a whole picture counts for so many: hundreds of them at once would be most of the worker's memory
CLAIM_EVERY = timedelta(seconds=0.25)  # between two questions to the database for due domains
COMMIT_WITHIN = timedelta(seconds=0.5)  # a finished look waits no longer for company


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
        self.finished: list[Look] = []
        self.weight = 0  # of what is finished, in glances
        self.ready: deque[Claimed] = deque()
        self.committed_at = clock()
        self.more = True  # the last claim left some behind

    def run(self, until: datetime) -> Figures:
        """Claim until ``until``, then only finish what was begun."""
        for result in self.wire.run(self._jobs(until)):
            if isinstance(result, Crashed):
                self._crashed(result)
            else:
                self._landed(result.value)
                self._commit_if_time(result.value.at)
        self._commit()
        self.figures.blind = self.looking.canaries.all_failed
        return self.figures

    def _jobs(self, until: datetime) -> Iterator[Coroutine[Any, Any, Any] | None]:
        """Due domains as coroutines, as long as there are any; None where the sweep must wait for answers first."""
        renewed = asked = self.clock()
        while True:
            now = self.clock()
            if now - renewed > claiming.slot_lease() / 4:
                renewed = now
                if not claiming.renew_slot(self.token, now):
                    self.wire.give_up()  # somebody else uses this share of the caps by now
                    return
            if self.running or self.ready:
                self._commit_if_time(now)
            elif self.finished:
                self._commit()
            crowded = len(self.running) > self.window // 2
            idle = not self.running
            if not self.ready and (idle or now - asked >= CLAIM_EVERY or (self.more and not crowded)):
                asked = now
                self.ready = deque(self._claim(now) if now < until else ())
                if not self.ready and not self.running:
                    return
            if self.ready:
                yield self._begin(self.ready.popleft())
            elif now >= until and not self.running:
                return
            else:
                yield None

    def _claim(self, now: datetime) -> list[Claimed]:
        room = min(self.window - len(self.running), BATCH)
        if room <= 0:
            spare = URGENT_ROOM + room
            found = claiming.claim(self.token, now, spare, urgent_only=True) if spare > 0 else []
        else:
            found = claiming.claim(self.token, now, room)
            self.more = len(found) == room
        self._supersede(found)
        poisoned = [domain for domain in found if domain.lost_leases >= claiming.POISON]
        for domain in poisoned:
            claiming.put_aside(domain, self.token, now)
        return [domain for domain in found if domain.lost_leases < claiming.POISON]

    def _supersede(self, found: list[Claimed]) -> None:
        """A domain that a person has edited is claimed again at once: an older look, begun or finished, was about what
        it was before, and the fence cannot tell two claims of one sweep apart."""
        again = {domain.pk for domain in found}
        self.finished = [look for look in self.finished if look.domain.pk not in again]
        for pk in again & self.running.keys():
            del self.running[pk]

    def _begin(self, domain: Claimed) -> Coroutine[Any, Any, Any]:
        deadline = self.wire.options.monotonic() + self.look_seconds
        budget = Budget(deadline=deadline, priority=domain.priority)
        job = self.looking.look(domain, budget)
        self.running[domain.pk] = job, domain
        return job

    def _landed(self, done: Look) -> None:
        if not self._is_current(done.domain):
            return
        del self.running[done.domain.pk]
        self.finished.append(done)
        self.weight += 1 if done.picture is None else PICTURE
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
        waited = now - self.committed_at
        if self.weight >= BATCH or waited >= COMMIT_WITHIN or self.finished[-1].domain.priority == LOOK_NOW:
            self._commit()

    def _commit(self) -> None:
        looks, self.finished, self.weight = self.finished, [], 0
        if looks:
            how = self.looking
            manner = Manner(how.rhythm, how.patience, how.options.silent_limit, how.canaries.all_failed)
            ring(commit(looks, self.token, self.clock(), manner))
        self.committed_at = self.clock()
