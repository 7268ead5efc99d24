"""One sweep: claim what is due, ask, judge, commit, ring (design section 4)."""

from __future__ import annotations

import gc
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings

from notices.doorbell import ring
from onboarding import brake, claiming
from onboarding.committing import Look, Manner, commit, is_unknown
from onboarding.judging import glanced, judged, unmoved
from onboarding.leasing import Claimed
from onboarding.remembering import subject_of
from onboarding.schedule import LOOK_NOW, Rhythm, near_window
from onboarding.stage import Stage
from publicdns.answers import Server
from publicdns.asking import Budget, gather
from publicdns.confirmation import Patience
from publicdns.delegation import DelegationCache
from publicdns.flow import Part, flow_of
from publicdns.glancing import glance, marks_of, valid_until
from publicdns.look import LookOptions, bounded, look
from publicdns.picture import Picture
from publicdns.receiving import is_at_microsoft
from publicdns.wire import Crashed, Wire, WireOptions
from publicdns.wire.glances import content_mark
from publicdns.wire.resolvers import parse_resolver

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

BATCH = 500  # finished glances a transaction
PICTURE = 5  # a whole picture counts for so many: hundreds of them at once would be most of the worker's memory
CLAIM_EVERY = timedelta(seconds=0.25)  # between two questions to the database for due domains
COMMIT_WITHIN = timedelta(seconds=0.5)  # a finished look waits no longer for company
FULL_WHILE_WAITING, FULL_OTHERWISE = 300, 3600  # seconds for which glances may follow a full look
CANARIES_EVERY = timedelta(seconds=30)
COLLECT_AFTER = 50_000  # objects more than before, in place of Python's 700
URGENT_ROOM = 64  # jobs beyond the window, kept for "Look now"


@dataclass(slots=True)
class Figures:
    """How a sweep went."""

    looked: int = 0
    changed: int = 0
    unknown: int = 0
    crashed: int = 0
    blind: bool = False  # every canary failed when it was last asked
    seconds: float = 0.0


def sweep(clock: Clock, seconds: float, cache: DelegationCache | None = None) -> Figures | None:
    """Look at everything that is due, for at most ``seconds``. None when every sweeper slot is held by others.

    Any number of callers is harmless. ``cache`` carries delegations from one sweep to the next.
    """
    token = uuid.uuid4()
    started = clock()
    if claiming.take_slot(token, started, slots=settings.SWEEPERS) is None:
        return None
    figures = Figures()
    try:
        with rare_collections(), Wire(resolvers(), options()) as wire:
            figures = _Sweep(wire, clock, token, cache or DelegationCache()).run(started + timedelta(seconds=seconds))
    finally:
        ended = clock()
        figures.seconds = round((ended - started).total_seconds(), 3)
        claiming.leave_slot(token, ended, asdict(figures))
    if figures.looked:
        brake.after_sweep(ended, blind=figures.blind)
    return figures


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector run seldom. A sweep makes hundreds of objects a domain and nearly all die by their
    reference counts: searching them for cycles at the usual pace cost 15 to 20 % of a sweep's processor time."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def resolvers() -> tuple[Server, ...]:
    """The public resolvers the operator names."""
    return tuple(parse_resolver(text) for text in settings.DNS_RESOLVERS)


def options() -> WireOptions:
    """How to ask, by the settings; this process's share of the caps is one slot's."""
    return WireOptions(
        timeout=settings.DNS_TIMEOUT_SECONDS,
        tries=settings.DNS_TRIES,
        window=settings.SWEEP_WINDOW + URGENT_ROOM,
        per_server=settings.DNS_PER_SERVER or None,
        overall=settings.DNS_OVERALL or None,
        share=1 / settings.SWEEPERS,
        allowed_networks=tuple(settings.DNS_ALLOWED_NETWORKS),
        ca_file=settings.DNS_CA_FILE or None,
    )


def patience() -> Patience:
    """How long a verdict must hold, by the settings."""
    third = settings.GONE_AFTER / 3
    return Patience(again=settings.CONFIRM_AFTER, gone_steps=(third, 2 * third), unknown=settings.CONFIRM_AFTER)


def has_failures(picture: Picture) -> bool:
    """Whether a question was not answered."""
    return any(answer.failed for answer in (*picture.authoritative, *picture.resolvers))


class _Sweep:
    """The state of one sweep: what is in the air, what waits to be written."""

    def __init__(self, wire: Wire, clock: Clock, token: uuid.UUID, cache: DelegationCache) -> None:
        self.wire, self.clock, self.token, self.cache = wire, clock, token, cache
        self.figures = Figures()
        self.rhythm, self.patience = Rhythm.from_settings(), patience()
        self.resolvers = resolvers()
        self.options = LookOptions(
            port=settings.DNS_AUTHORITATIVE_PORT,
            silent_limit=settings.SILENT_AFTER,
            fallback_after=settings.DNS_FALLBACK_AFTER,
        )
        # Read once: a setting costs a microsecond, and these are needed for every domain.
        self.window, self.look_seconds = settings.SWEEP_WINDOW, settings.DNS_LOOK_SECONDS
        self.running: dict[int, tuple[Coroutine[Any, Any, Any], Claimed]] = {}  # by primary key
        self.finished: list[Look] = []
        self.weight = 0  # of what is finished, in glances
        self.ready: list[Claimed] = []
        self.committed_at = clock()
        self.canaries_at: datetime | None = None
        self.canaries_asked = False  # and not heard yet: what they say decides what may be told
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
            if not self.ready and (now - asked >= CLAIM_EVERY or (self.more and not crowded)):
                asked = now
                self.ready = self._claim(now) if now < until else []
                if not self.ready and not self.running:
                    return
            if self.ready:
                yield self._begin(self.ready.pop(0))
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
        job = self._look(domain, budget)
        self.running[domain.pk] = job, domain
        return job

    async def _look(self, domain: Claimed, budget: Budget) -> Look:
        """A glance where nothing is expected to have changed, otherwise the whole picture."""
        now = self.clock()
        if self._may_glance(domain, now) and (standing := unmoved(domain, now, self.patience)) is not None:
            marks = await glance(domain.marks, domain.name, self.resolvers, budget)
            if marks is not None:
                return Look(domain, glanced(domain, marks, standing), self.clock())
        in_bulk = domain.looked_at is None and domain.priority != LOOK_NOW  # why it is not there, the next look asks
        picture = await self._picture(domain, budget, now, diagnose=not in_bulk)
        picture = await self._following(domain, picture, budget, now)
        seen_at = self.clock()
        until = seen_at.timestamp() + (0 if in_bulk else self._rest(domain, now))
        marks = marks_of(picture, self.resolvers, until, self.options.port, content_mark)
        result = judged(domain, picture, marks, seen_at, self.patience)
        if domain.doubted_at is not None or result.doubts or has_failures(picture):
            await self._canaries(budget, now)
        return Look(domain, result, seen_at, picture)

    def _rest(self, domain: Claimed, now: datetime) -> float:
        """Seconds for which glances may follow a full look. Only a full one asks the registry who is responsible, so
        the guard needs one in each of its intervals, and each time near a cut-over."""
        if near_window(domain.window_start, domain.window_end, now, self.rhythm) is not None:
            return 0.0
        return FULL_WHILE_WAITING if domain.stage == Stage.VALIDATE else min(FULL_OTHERWISE, self.rhythm.guarded)

    async def _following(self, domain: Claimed, picture: Picture, budget: Budget, now: datetime) -> Picture:
        """During a cut-over, once every name server shows the new MX: whether the public resolvers follow."""
        start, end = domain.window_start, domain.window_end
        if start is None or end is None or not start <= now <= end:
            return picture
        if not is_at_microsoft(flow_of(picture, self.options.silent_limit).of(Part.MX)):
            return picture  # asked now, a resolver would keep the old MX for another TTL
        lookup = self.wire.lookup(budget)
        answers = await gather(*(lookup(domain.name, "MX", resolver) for resolver in self.resolvers))
        return replace(picture, probes=(*picture.probes, *map(bounded, answers)))

    async def _canaries(self, budget: Budget, now: datetime) -> None:
        """When something failed, or would turn: whether anything at all can be asked."""
        if self.canaries_at is not None and now - self.canaries_at < CANARIES_EVERY:
            return
        self.canaries_at, lookup = now, self.wire.lookup(budget)
        asked = [(name, resolver) for name in settings.DNS_CANARIES for resolver in self.resolvers]
        self.canaries_asked = True
        answers = await gather(*(lookup(name, "NS", resolver) for name, resolver in asked))
        self.canaries_asked = False
        self.figures.blind = bool(answers) and all(answer.failed for answer in answers)

    def _may_glance(self, domain: Claimed, now: datetime) -> bool:
        return domain.priority != LOOK_NOW and valid_until(domain.marks) > now.timestamp()

    async def _picture(self, domain: Claimed, budget: Budget, now: datetime, *, diagnose: bool) -> Picture:
        lookup = self.wire.lookup(budget)
        return await look(
            subject_of(domain.name, domain.token, domain.memory),
            lookup,
            resolvers=self.resolvers,
            cache=self.cache,
            now=now.timestamp(),
            unchecked=partial(lookup, checking_disabled=True),
            options=replace(self.options, diagnose=diagnose),
        )

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
        if not self.finished or self.canaries_asked:
            return
        waited = now - self.committed_at
        if self.weight >= BATCH or waited >= COMMIT_WITHIN or self.finished[-1].domain.priority == LOOK_NOW:
            self._commit()

    def _commit(self) -> None:
        looks, self.finished, self.weight = self.finished, [], 0
        if looks:
            manner = Manner(self.rhythm, self.patience, self.options.silent_limit, self.figures.blind)
            ring(commit(looks, self.token, self.clock(), manner))
        self.committed_at = self.clock()
