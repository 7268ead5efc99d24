"""Looking at what is published of a domain's expected records: when somebody opens its page, and now and then.

Kept apart from the sweep of every domain: some twenty questions to each name server that only a page needs. It takes a
sweeper slot of its own and with it that slot's share of the caps (decision 12); without a slot it does not ask.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from notices.doorbell import ring
from onboarding import claiming
from onboarding.models import Domain, Publication
from onboarding.stage import PurposeChoice, Stage
from onboarding.wiring import resolvers
from publicdns.answers import Answer, Server
from publicdns.asking import Budget, gather
from publicdns.delegation import DelegationCache
from publicdns.expectations.judging import questions
from publicdns.expectations.records import Expected
from publicdns.look import bounded
from publicdns.nameservers import ask_server
from publicdns.packing import pack, unpack
from publicdns.wire import Crashed, Wire
from publicdns.zone import find_delegation

MOST_SERVERS = 3  # of one zone that are asked
MOST_DOMAINS = 100  # in one go; the others come with the next
QUESTIONS = 200  # of one domain, tries included
LATER = timedelta(hours=1)  # a look that failed inside is not tried again before


@dataclass(frozen=True, slots=True)
class Wanted:
    """One domain to look at, and what to ask."""

    pk: int
    public_id: str
    name: str
    again: bool  # whether it is looked at now and then, also when nobody opens its page
    asked: tuple[tuple[str, str], ...]


def ask_for(domain: Domain, now: datetime, *, at_least: timedelta = timedelta(0)) -> None:
    """Have the expected records looked at soon, unless that was done less than ``at_least`` ago."""
    row, made = Publication.objects.get_or_create(domain=domain, defaults={"due_at": now})
    if not made and (row.looked_at is None or row.looked_at <= now - at_least):
        Publication.objects.filter(domain=domain).filter(Q(due_at__isnull=True) | Q(due_at__gt=now)).update(due_at=now)


def answers_of(publication: Publication | None) -> dict[tuple[str, str], tuple[Answer, ...]]:
    """What was answered, by name and type, one answer from each name server; empty for rows of an older version."""
    if publication is None:
        return {}
    try:
        answers: tuple[Answer, ...] = tuple(unpack(Answer, one) for one in publication.answers)
    except ValueError:
        return {}
    found: dict[tuple[str, str], tuple[Answer, ...]] = {}
    for answer in answers:
        key = answer.question.name, answer.question.rdtype
        found[key] = (*found.get(key, ()), answer)
    return found


Make = Callable[[], Wire]
Records = Callable[[Domain], tuple[Expected, ...]]
Stored = Callable[[int], set[str]]  # told a domain whose answers are new, gives more topics to ring


def look_at_due(
    clock: Callable[[], datetime],
    wire: Make,
    records: Records,
    cache: DelegationCache,
    stored: Stored = lambda _pk: set(),
) -> int:
    """Look at everything due, and say how many domains that were; 0 as well when every sweeper slot is held."""
    now = clock()
    due = Publication.objects.filter(due_at__lte=now, domain__removed_at__isnull=True).order_by("due_at")
    if not due.exists():
        return 0
    token = uuid.uuid4()
    if claiming.take_slot(token, now, slots=settings.SWEEPERS) is None:
        return 0
    try:
        wanted = [_wanted(row, records) for row in due.select_related("domain__tenant")[:MOST_DOMAINS]]
        Publication.objects.filter(pk__in=[one.pk for one in wanted]).update(due_at=now + LATER)
        with wire() as line:
            topics = _run(line, wanted, clock, cache, stored)
    finally:
        claiming.leave_slot(token, clock(), {})
    ring(topics)
    return len(wanted)


def _wanted(row: Publication, records: Records) -> Wanted:
    domain = row.domain
    again = domain.at_stage is Stage.ACTIVE and domain.purpose_choice == PurposeChoice.SERVICES
    return Wanted(domain.pk, domain.public_id, domain.name, again, questions(records(domain)))


def _run(
    wire: Wire, wanted: list[Wanted], clock: Callable[[], datetime], cache: DelegationCache, stored: Stored
) -> set[str]:
    named = resolvers()

    def jobs() -> Iterator[Coroutine[Any, Any, tuple[Wanted, list[Answer]]]]:
        for one in wanted:
            budget = Budget(QUESTIONS, wire.options.monotonic() + settings.DNS_LOOK_SECONDS, priority=1)
            yield _asked(one, wire, budget, clock().timestamp(), cache, named)

    topics: set[str] = set()
    for result in wire.run(jobs()):
        if not isinstance(result, Crashed):
            one, answers = result.value
            _store(one, answers, clock())
            topics |= {f"domain-{one.public_id}"} | stored(one.pk)
    return topics


async def _asked(
    one: Wanted, wire: Wire, budget: Budget, now: float, cache: DelegationCache, named: tuple[Server, ...]
) -> tuple[Wanted, list[Answer]]:
    """Every question to each of a few name servers."""
    lookup = wire.lookup(budget)
    port = settings.DNS_AUTHORITATIVE_PORT
    delegation = await find_delegation(one.name, lookup, cache, now, resolvers=named, port=port)
    asked = [
        ask_server(server, name, rdtype, lookup, port, delegation.zone)
        for server in delegation.servers[:MOST_SERVERS]
        for name, rdtype in one.asked
    ]
    answers = await gather(*asked)
    return one, [replace(bounded(answer), fingerprint=b"", glue=(), authority=()) for answer in answers]


def _store(one: Wanted, answers: list[Answer], now: datetime) -> None:
    due = now + timedelta(seconds=settings.RHYTHM_RARE) if one.again else None
    Publication.objects.filter(pk=one.pk).update(looked_at=now, due_at=due, answers=pack(answers))
