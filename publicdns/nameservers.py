"""One name server: its addresses, and asking it by whichever of them answers."""

from __future__ import annotations

from collections.abc import Sequence

from publicdns.answers import Answer, Lookup, Outcome, Question, Reason, Record, Server
from publicdns.asking import gather
from publicdns.delegation import Addresses, DelegationCache, NameServer

MOST_ADDRESSES = 6  # of one server
TRIES = 3  # of them that are asked


async def name_server(
    host: str, lookup: Lookup, cache: DelegationCache, now: float, glue: Sequence[Record] = ()
) -> NameServer:
    """The name server ``host`` with the addresses a resolver knows; the parent zone's ``glue`` where there are none."""
    given = tuple(sorted({record.value for record in glue if record.owner == host}))[:MOST_ADDRESSES]
    addresses = cache.addresses(host, now) or await _looked_up(host, lookup, cache, now)
    if addresses.found:
        return NameServer(host, addresses.found, glue=given)
    return NameServer(host, given, trouble=addresses.trouble, glue=given)


async def ask_server(server: NameServer, name: str, rdtype: str, lookup: Lookup, port: int = 53) -> Answer:
    """What ``server`` says, by its first address that answers. Without one: FAILED, with the most telling reason."""
    reason = server.trouble or Reason.NO_SERVER
    worst = Answer(Question(name, rdtype), Server("", port, server.name), Outcome.FAILED, reason)
    for address in server.addresses[:TRIES]:
        answer = await lookup(name, rdtype, Server(address, port, server.name))
        if not answer.failed or answer.authority or answer.aliases:
            return answer
        # A family this machine lacks says nothing about the server.
        if worst.server.address == "" or worst.reason is Reason.NO_FAMILY:
            worst = answer
    return worst


async def _looked_up(host: str, lookup: Lookup, cache: DelegationCache, now: float) -> Addresses:
    """What a resolver says: IPv4 first, because more networks have it."""
    answers = await gather(lookup(host, "A"), lookup(host, "AAAA"))
    found = tuple(value for answer in answers for value in answer.values)[:MOST_ADDRESSES]
    failed = [answer.reason for answer in answers if answer.failed]
    trouble = Reason.NONE if found else failed[0] if failed else Reason.NO_SERVER
    ttl = min((answer.ttl or answer.negative_ttl or 0 for answer in answers if not answer.failed), default=0)
    addresses = Addresses(found, trouble)
    cache.keep_addresses(host, addresses, ttl, now)
    return addresses
