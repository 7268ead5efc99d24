"""What DNS says about a relay: SPF of its hosted domains for its public address, and its internal record."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from django.conf import settings

from publicdns.answers import Answer, Lookup, Outcome, Server
from publicdns.asking import Budget, gather
from publicdns.packing import pack, unpack
from publicdns.spf.addresses import Address
from publicdns.spf.evaluate import check_host
from publicdns.spf.record import is_spf
from publicdns.spf.result import Result
from publicdns.wire import Wire, WireOptions
from publicdns.wire.resolvers import parse_resolver
from relaycheck.engine.policy import RelayPolicy
from relaycheck.engine.reach import InvalidTarget, Reach, target
from relaycheck.engine.relay_rules.told import SpfSeen, Told
from relaycheck.models import Relay
from relaycheck.reaching import allowed, own_ports
from relaycheck.relay_policy import declared

Work = Callable[[Lookup], Coroutine[Any, Any, Any]]
Ask = Callable[[Work, tuple[str, ...]], Any]  # a coroutine over a lookup, and networks that may be asked besides
MOST_DOMAINS = 50
QUESTIONS = 2000
SECONDS = 60.0


def ask(work: Work, networks: tuple[str, ...] = ()) -> Any:
    """Run ``work`` over the resolvers of the settings, with this process's share of the caps."""
    options = WireOptions(
        timeout=settings.DNS_TIMEOUT_SECONDS,
        tries=settings.DNS_TRIES,
        per_server=settings.DNS_PER_SERVER or None,
        overall=settings.DNS_OVERALL or None,
        share=1 / settings.SWEEPERS,
        allowed_networks=(*settings.DNS_ALLOWED_NETWORKS, *networks),
        ca_file=settings.DNS_CA_FILE or None,
    )
    servers = [parse_resolver(text) for text in settings.DNS_RESOLVERS]
    with Wire(servers, options) as wire:
        return wire.run_one(work(wire.lookup(Budget(QUESTIONS, options.monotonic() + SECONDS))))


def seen_names(relay: Relay, asking: Ask) -> dict[str, Any]:
    """Ask everything about the names of ``relay``; what could not be asked says why. Plain JSON."""
    policy, why = declared(relay)
    if policy is None:
        return {"why": why}
    found: dict[str, Any] = {"spf": [], "address": None, "why": ""}
    if policy.nat_address:
        found["spf"] = asking(lambda lookup: _spf(policy, lookup), ())
    server, found["resolver_refusal"] = own_resolver(relay.resolver)
    if server is not None:
        rdtype = "AAAA" if ":" in policy.internal_address else "A"
        answer = asking(lambda lookup: _one(lookup(policy.fqdn, rdtype, server)), (f"{server.address}",))
        found["address"] = pack(answer)
    return found


async def _one(question: Awaitable[Answer]) -> Answer:
    return await question


async def _spf(policy: RelayPolicy, lookup: Lookup) -> list[dict[str, Any]]:
    domains = [hosted.domain for hosted in policy.hosted[:MOST_DOMAINS]]
    return await gather(*(_spf_of(domain, policy, lookup) for domain in domains))


async def _spf_of(domain: str, policy: RelayPolicy, lookup: Lookup) -> dict[str, Any]:
    published = await lookup(domain, "TXT")
    address = Address.parse(policy.nat_address)
    result = await check_host(
        address, domain, f"postmaster@{domain}", policy.fqdn, lookup, now=time.time(), answer=published
    )
    records = [text for text in published.values if is_spf(text)]
    known = published.outcome is not Outcome.FAILED
    return {"domain": domain, "records": records, "known": known, "result": pack(result)}


def own_resolver(text: str) -> tuple[Server | None, str]:
    """The relay's own resolver as a server to ask, or why it is not asked: only in a network the operator allowed."""
    if not text:
        return None, "No resolver is named."
    try:
        found = target(text, port=53)
        reach = allowed()
    except (InvalidTarget, ValueError) as error:
        return None, str(error)
    asked = Reach(reach.networks, frozenset({53, *reach.ports}) - own_ports())
    if refusal := asked.refusal(found.host, found.port):
        return None, refusal
    return Server(found.host, found.port, text, recursive=True), ""


def told_of(relay: Relay, policy: RelayPolicy | None) -> Told:
    """What the rules are told: the policy, and what DNS said when it was last asked."""
    names = relay.names or {}
    spf = tuple(
        SpfSeen(row["domain"], next(iter(row["records"]), "v=spf1"), unpack(Result, row["result"]))
        for row in names.get("spf", ())
    )
    packed = names.get("address")
    return Told(policy, spf, unpack(Answer, packed) if packed else None)


def published_spf(relay: Relay) -> dict[str, list[str]]:
    """The SPF records that were seen, by domain; a domain that could not be asked is left out."""
    return {row["domain"]: row["records"] for row in (relay.names or {}).get("spf", ()) if row["known"]}


def addresses_of(host: str, asking: Ask) -> tuple[str, ...]:
    """The public addresses of a mail exchanger, IPv4 first."""

    async def both(lookup: Lookup) -> list[Answer]:
        return await gather(_one(lookup(host, "A")), _one(lookup(host, "AAAA")))

    return tuple(value for answer in asking(both, ()) for value in answer.values)
