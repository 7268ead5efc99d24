"""One domain, looked at: a glance where nothing is expected to have changed, otherwise the whole picture."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from onboarding.canaries import Canaries
from onboarding.committing import Look
from onboarding.guard import Sight
from onboarding.judging import glanced, judged, unmoved
from onboarding.leasing import Claimed
from onboarding.remembering import subject_of
from onboarding.schedule import LOOK_NOW, Rhythm, near_window
from onboarding.stage import Stage
from onboarding.wiring import look_options, patience, resolvers
from publicdns.answers import Answer, Reason
from publicdns.asking import Budget, gather
from publicdns.delegation import DelegationCache
from publicdns.flow import Part, flow_of
from publicdns.glancing import glance, having_heard, marks_of, valid_until
from publicdns.look import bounded, look
from publicdns.names import public_suffix
from publicdns.picture import Picture
from publicdns.receiving import is_at_microsoft
from publicdns.wire import Way, Wire
from publicdns.wire.glances import content_mark

Clock = Callable[[], datetime]
WAYLESS = frozenset({Reason.BLOCKED, Reason.NO_FAMILY})
FULL_WHILE_WAITING, FULL_OTHERWISE = 300, 3600  # seconds for which glances may follow a full look


def has_failures(picture: Picture) -> bool:
    """Whether a question was not answered."""
    return any(answer.failed for answer in (*picture.authoritative, *picture.resolvers))


class Looking:
    """How one sweep looks. The settings are read once: each costs a microsecond, and they are needed for every
    domain."""

    def __init__(self, wire: Wire, clock: Clock, cache: DelegationCache) -> None:
        self.wire, self.clock, self.cache = wire, clock, cache
        self.rhythm, self.patience = Rhythm.from_settings(), patience()
        self.resolvers, self.options = resolvers(), look_options()
        self.bulk_options = replace(self.options, diagnose=False)
        self.canaries = Canaries(settings.DNS_CANARIES, self.resolvers)
        self.lost: frozenset[Way] = wire.options.lacking  # the ways found to lead nowhere

    async def look(self, domain: Claimed, budget: Budget) -> Look:
        """What ``domain`` shows now, judged."""
        now = self.clock()
        heard: tuple[Answer, ...] = ()
        if _may_glance(domain, now) and (standing := unmoved(domain, now, self.patience)) is not None:
            seen = await glance(domain.marks, domain.name, self.resolvers, budget)
            if seen.marks is not None:
                return Look(domain, glanced(domain, seen.marks, standing), self.clock())
            heard = seen.answers
        in_bulk = domain.looked_at is None and domain.priority != LOOK_NOW  # why it is not there, the next look asks
        picture = await self._picture(domain, budget, now, heard, in_bulk=in_bulk)
        if domain.window_start is not None:
            picture = await self._following(domain, picture, budget, now)
        seen_at = self.clock()
        until = seen_at.timestamp() + (0 if in_bulk else self._rest(domain, now))
        marks = marks_of(picture, self.resolvers, until, self.options.port, content_mark)
        result = judged(domain, picture, marks, seen_at, self.patience)
        if domain.doubted_at is not None or result.doubts or has_failures(picture):
            # Not on this domain's budget: what its servers have used up would look like our own blindness.
            await self.canaries.ask(self.wire.lookup(Budget(priority=budget.priority)), now)
            await self._ask_directly(domain, picture, now)
        if self.lost or self.wire.ways.lost:
            self._review_ways()
        # What the commit needs of the picture is taken from it while it is at hand. Kept until then, hundreds of
        # pictures would be most of the worker's memory.
        kept = picture if domain.window_start is not None else None
        return Look(domain, result, seen_at, Sight(domain, flow_of(picture, self.options.silent_limit), seen_at, kept))

    async def _ask_directly(self, domain: Claimed, picture: Picture, now: datetime) -> None:
        """The canaries' own name servers, where nobody who was asked some way has answered yet; of a way that is known
        to be lost a few of them, for a moment: is it back?"""
        doubtful = self.wire.ways.doubtful
        told = doubtful <= self.lost
        if (
            not doubtful
            or self.canaries.all_failed
            or (told and not WAYLESS & {a.reason for a in picture.authoritative})
        ):
            return
        options = self.wire.options
        deadline = options.monotonic() + options.timeout if told else None
        lookup = self.wire.lookup(Budget(deadline=deadline, priority=domain.priority, regardless=True))
        suffix, port = public_suffix(domain.name), self.options.port
        await self.canaries.ask_directly(lookup, doubtful, suffix, self.cache, now, port, few=told)

    def _review_ways(self) -> None:
        """What is lost for certain by now, and what is back."""
        lost = self.wire.ways.review()
        if not self.canaries.known_directly:
            lost -= {Way.NAME_SERVERS} - self.lost  # so far they may all be dead
        self.lost = lost

    def _rest(self, domain: Claimed, now: datetime) -> float:
        """Seconds for which glances may follow a full look. Only a full one asks the registry who is responsible, so
        the guard needs one in each of its intervals, and each time near a cut-over."""
        if near_window(domain.window_start, domain.window_end, now, self.rhythm) is not None:
            return 0.0
        return FULL_WHILE_WAITING if domain.stage == Stage.VALIDATE else min(FULL_OTHERWISE, self.rhythm.guarded)

    def _picture(
        self, domain: Claimed, budget: Budget, now: datetime, heard: tuple[Answer, ...], *, in_bulk: bool
    ) -> Coroutine[Any, Any, Picture]:
        lookup = self.wire.lookup(budget)
        return look(
            subject_of(domain, now),
            having_heard(heard, lookup),
            resolvers=self.resolvers,
            cache=self.cache,
            now=now.timestamp(),
            unchecked=partial(lookup, checking_disabled=True),
            options=self.bulk_options if in_bulk else self.options,
        )

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


def _may_glance(domain: Claimed, now: datetime) -> bool:
    return domain.priority != LOOK_NOW and valid_until(domain.marks) > now.timestamp()
