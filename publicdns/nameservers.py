"""One name server: its addresses, and asking it by whichever of them answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from publicdns.answers import Answer, Lookup, Outcome, Question, Reason, Record, Server
from publicdns.asking import gather
from publicdns.delegation import FAILURE_KEPT, Addresses, DelegationCache, NameServer

MOST_ADDRESSES = 6  # of one server
TRIES = 3  # of them that are asked


async def name_servers(
    hosts: Sequence[str], lookup: Lookup, cache: DelegationCache, now: float, glue: Sequence[Record] = ()
) -> list[NameServer]:
    """Every one of ``hosts`` as :func:`name_server` knows it; nothing waits where all addresses are known."""
    if all(cache.addresses(host, now) for host in hosts):
        return [await name_server(host, lookup, cache, now, glue) for host in hosts]
    return await gather(*[name_server(host, lookup, cache, now, glue) for host in hosts])


async def name_server(
    host: str, lookup: Lookup, cache: DelegationCache, now: float, glue: Sequence[Record] = ()
) -> NameServer:
    """The name server ``host`` with the addresses a resolver knows; the parent zone's ``glue`` where there are none."""
    given = tuple(sorted({record.value for record in glue if record.owner == host}))[:MOST_ADDRESSES] if glue else ()
    addresses = cache.addresses(host, now) or await _looked_up(host, lookup, cache, now)
    if addresses.found:
        return _known(host, addresses.found, Reason.NONE, given)
    return _known(host, given, addresses.trouble, given)


@lru_cache(maxsize=4096)  # thousands of domains share a provider's servers
def _known(host: str, addresses: tuple[str, ...], trouble: Reason, glue: tuple[str, ...]) -> NameServer:
    return NameServer(host, addresses, trouble=trouble, glue=glue)


async def ask_server(
    server: NameServer, name: str, rdtype: str, lookup: Lookup, port: int = 53, zone: str = ""
) -> Answer:
    """What ``server`` says, by its first address that answers. Without one: FAILED, with the most telling reason.

    ``zone`` is the one it is asked as responsible for: that there is nothing, it can only say in the name of that zone
    or of one below, never of one above (RFC 2308 §2). Empty: it may be any.
    """
    (answer,) = await ask_server_all(server, [(name, rdtype)], lookup, port, zone)
    return answer


async def ask_server_all(
    server: NameServer, questions: Sequence[tuple[str, str]], lookup: Lookup, port: int = 53, zone: str = ""
) -> list[Answer]:
    """What ``server`` says to each of ``questions`` (name and type), asked at once; each as in :func:`ask_server`.

    One that is lost while the others are answered is asked once more, but for probes, which know no ``zone``: they
    decide nothing, and a server that drops one type of question would cost them three more waits.
    """
    if not server.addresses:
        nowhere, reason = Server("", port, server.name), server.trouble or Reason.NO_SERVER
        return [Answer(Question(*asked), nowhere, Outcome.FAILED, reason) for asked in questions]
    first = _at(server.addresses[0], port, server.name)
    asked = [lookup(name, rdtype, first) for name, rdtype in questions]
    answers = [await asked[0]] if len(asked) == 1 else await gather(*asked)
    if zone:
        answers = [_within(answer, zone) if answer.soa_above else answer for answer in answers]
    if Outcome.FAILED not in [answer.outcome for answer in answers]:
        return answers
    lost = [seat for seat, answer in enumerate(answers) if answer.reason is Reason.TIMEOUT]
    if lost and zone and any(answer.authoritative for answer in answers):  # it is there: this is our way's, or chance
        for seat, answer in zip(lost, await gather(*[lookup(*questions[seat], first) for seat in lost]), strict=True):
            answers[seat] = _within(answer, zone)
    again = [seat for seat, a in enumerate(answers) if a.outcome is Outcome.FAILED and _says_nothing(a)]
    if again and len(server.addresses) > 1:
        better = await gather(*[_elsewhere(server, answers[seat], lookup, port, zone) for seat in again])
        for seat, answer in zip(again, better, strict=True):
            answers[seat] = answer
    return answers


async def _elsewhere(server: NameServer, worst: Answer, lookup: Lookup, port: int, zone: str) -> Answer:
    """The same question to the server's other addresses, until one answers; otherwise the worst."""
    asked = worst.question
    for address in server.addresses[1:TRIES]:
        answer = _within(await lookup(asked.name, asked.rdtype, _at(address, port, server.name)), zone)
        if not _says_nothing(answer):
            return answer
        if worst.reason is Reason.NO_FAMILY:  # a family this machine lacks says nothing about the server
            worst = answer
    return worst


def _within(answer: Answer, zone: str) -> Answer:
    """``answer``; lame where its server says no in the name of a zone above ``zone``, which it does not know then."""
    if not answer.soa_above or answer.aliases or not zone:
        return answer
    if answer.soa_above <= answer.question.name.count(".") - zone.count("."):
        return answer
    said = "it says no in the name of a zone above"
    return replace(answer, outcome=Outcome.FAILED, reason=Reason.LAME, negative_ttl=None, detail=said, fingerprint=b"")


def _says_nothing(answer: Answer) -> bool:
    return answer.outcome is Outcome.FAILED and not answer.authority and not answer.aliases


@lru_cache(maxsize=4096)  # thousands of domains share a provider's servers
def _at(address: str, port: int, name: str) -> Server:
    return Server(address, port, name)


async def _looked_up(host: str, lookup: Lookup, cache: DelegationCache, now: float) -> Addresses:
    """What a resolver says: IPv4 first, because more networks have it."""
    answers = await gather(lookup(host, "A"), lookup(host, "AAAA"))
    found = tuple(value for answer in answers for value in answer.values)[:MOST_ADDRESSES]
    failed = [answer.reason for answer in answers if answer.failed]
    if not failed and not all(answer.records or answer.proves_absence for answer in answers):
        failed = [Reason.UNPROVEN]
    trouble = Reason.NONE if found else failed[0] if failed else Reason.NO_SERVER
    ttl: float = min((answer.ttl or answer.negative_ttl or 0 for answer in answers if not answer.failed), default=0)
    if failed:  # the other family's addresses may be all that can be reached from here
        ttl = min(ttl, FAILURE_KEPT)
    addresses = Addresses(found, trouble)
    cache.keep_addresses(host, addresses, ttl, now)
    return addresses
