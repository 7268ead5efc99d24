"""Other people's clients asking the same questions; run by the interpreter of the environment they are installed in.

``python bench/peers.py CLIENT ADDRESS PORT FILE COUNT`` asks the first COUNT lines (``name type``) of FILE and prints
one JSON object: questions, answers with records, seconds, CPU seconds.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.resolver

Questions = list[tuple[str, str]]
AT_ONCE = 200


def resolver_for(kind: type[Any], address: str, port: int) -> Any:
    """A dnspython resolver that asks this server only."""
    resolver = kind(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = [address], port, 10
    return resolver


def dnspython(address: str, port: int, questions: Questions) -> int:
    """dns.resolver, one after the other."""
    resolver = resolver_for(dns.resolver.Resolver, address, port)
    found = 0
    for name, rdtype in questions:
        try:
            found += bool([str(record) for record in resolver.resolve(name, rdtype)])
        except dns.exception.DNSException:
            continue
    return found


async def crowd(questions: Questions, ask: Callable[[str, str], Coroutine[Any, Any, bool]]) -> int:
    """``ask`` for everything, AT_ONCE at a time."""
    source = iter(questions)
    found = 0

    async def work() -> None:
        nonlocal found
        for name, rdtype in source:
            found += await ask(name, rdtype)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found


def asyncresolver(address: str, port: int, questions: Questions) -> int:
    """dns.asyncresolver."""
    resolver = resolver_for(dns.asyncresolver.Resolver, address, port)

    async def ask(name: str, rdtype: str) -> bool:
        try:
            return bool([str(record) for record in await resolver.resolve(name, rdtype)])
        except dns.exception.DNSException:
            return False

    return asyncio.run(crowd(questions, ask))


def aiodns(address: str, port: int, questions: Questions) -> int:
    """aiodns over c-ares."""
    import aiodns as library

    async def everything() -> int:
        resolver = library.DNSResolver([address], udp_port=port, tcp_port=port, timeout=2, tries=3)

        async def ask(name: str, rdtype: str) -> bool:
            try:
                return bool((await resolver.query_dns(name, rdtype)).answer)
            except library.error.DNSError:
                return False

        return await crowd(questions, ask)

    return asyncio.run(everything())


def blastdns(address: str, port: int, questions: Questions) -> int:
    """blastdns, a Rust engine; one batch per type, without its cache."""
    from blastdns import Client, ClientConfig

    by_type = defaultdict(list)
    for name, rdtype in questions:
        by_type[rdtype].append(name)

    async def everything() -> int:
        config = ClientConfig(
            max_inflight_per_resolver=AT_ONCE, max_concurrency=AT_ONCE, adaptive=False, cache_capacity=0
        )
        client = Client([f"{address}:{port}"], config)
        found = 0
        for rdtype, names in by_type.items():
            async for _ in client.resolve_batch(names, rdtype):
                found += 1
        return found

    return asyncio.run(everything())


def checkdmarc(address: str, port: int, questions: Questions) -> int:
    """checkdmarc's own query function, without its cache."""
    from checkdmarc.utils import query_dns
    from expiringdict import ExpiringDict

    resolver = resolver_for(dns.resolver.Resolver, address, port)
    found = 0
    for name, rdtype in questions:
        try:
            found += bool(query_dns(name, rdtype, resolver=resolver, cache=ExpiringDict(1, 0)))
        except dns.exception.DNSException:
            continue
    return found


CLIENTS = {client.__name__: client for client in (dnspython, asyncresolver, aiodns, blastdns, checkdmarc)}


def main() -> None:
    """Ask and measure."""
    client, address, port, file, count = sys.argv[1:]
    with open(file) as lines:
        questions = [(name, rdtype) for name, rdtype in map(str.split, lines)][: int(count)]
    ask = CLIENTS[client]
    ask(address, int(port), questions[:20])
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    found = ask(address, int(port), questions)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"questions": len(questions), "found": found, "seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main()
