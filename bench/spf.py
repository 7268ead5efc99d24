"""CPU per SPF evaluation beside pyspf and checkdmarc: same zones, same server, every client a process of its own.

``python -m bench.spf [--domains 1000] [--rounds 5]`` prints a table and ends with 1 when a gate is missed. The peers
live in ``.venv-bench`` (made from requirements-bench.txt). Everything runs in a network namespace that has only
loopback, because the peers do not always ask the resolver they are given; making one needs root or unprivileged user
namespaces.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PEERS = Path(__file__).resolve().parent.parent / ".venv-bench" / "bin" / "python"
INSIDE = "BENCH_SPF_INSIDE"
PROVIDERS = 20
CLIENTS = ("evaluate", "pyspf", "walk", "checkdmarc")
# ours, peer, pass, at most this share of the peer's CPU
GATES = (
    ("evaluate", "checkdmarc", "first", 1 / 20),
    ("evaluate", "pyspf", "first", 1 / 5),
    ("evaluate", "checkdmarc", "second", 1 / 20),
    ("evaluate", "pyspf", "second", 1 / 20),
    ("walk", "checkdmarc", "first", 1 / 20),
    ("walk", "checkdmarc", "second", 1 / 20),
)


def zone(domains: int) -> str:
    """``domains`` that list an address of their own and two or three of twenty providers, some of which nest."""
    dice = random.Random(7208)
    text = ["$ORIGIN test.\n$TTL 3600\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n"]
    for number in range(PROVIDERS):
        ranges = " ".join(f"ip4:198.{18 + number % 2}.{number}.{16 * part}/28" for part in range(10))
        inner = f"include:spf-b.p{number}.test " if number % 3 == 0 else ""
        text.append(f'spf.p{number} TXT "v=spf1 {inner}{ranges} ~all"\n')
        text.append(f'spf-b.p{number} TXT "v=spf1 ip4:203.0.113.{number} ip6:2001:db8:{number:x}::/48 ~all"\n')
    for number in range(domains):
        chosen = dice.sample(range(PROVIDERS), dice.choice((2, 2, 3)))
        includes = " ".join(f"include:spf.p{provider}.test" for provider in chosen)
        text.append(f'd{number} TXT "v=spf1 ip4:100.64.{number // 256}.{number % 256} {includes} -all"\n')
        text.append(f'd{number} TXT "MS=ms{number:08}"\n')
    return "".join(text)


def messages(domains: int) -> list[tuple[str, str]]:
    """A client address and a domain each: the domain's own address, a provider's, or nobody's, a third each."""
    dice = random.Random(208)
    made = []
    for number in range(domains):
        own = f"100.64.{number // 256}.{number % 256}"
        provider = dice.randrange(PROVIDERS)
        made.append(((own, f"198.{18 + provider % 2}.{provider}.7", "192.0.2.99")[number % 3], f"d{number}.test"))
    return made


class Clock:
    """CPU (user and system, of this process) and wall seconds of one pass."""

    def __init__(self) -> None:
        self.cpu, self.wall = self._cpu(), time.perf_counter()

    def stop(self, domains: int, answers: list[Any]) -> dict[str, Any]:
        cpu, wall = self._cpu() - self.cpu, time.perf_counter() - self.wall
        return {"us": cpu / domains * 1e6, "rate": domains / wall, "answers": answers}

    @staticmethod
    def _cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime


def run_evaluate(port: int, domains: int) -> Iterator[dict[str, Any]]:
    """Our check_host(), one wire and one cache for both passes.

    The second pass asks for every domain's record again, as a sweep does: with the fingerprint of the answer it has.
    """
    from publicdns.answers import Answer
    from publicdns.spf.addresses import Address
    from publicdns.spf.cache import SharedAnswers
    from publicdns.spf.evaluate import check_host

    cache = SharedAnswers()
    known: dict[str, Answer] = {}
    with _wire(port) as wire:
        lookup = wire.lookup()

        async def one(number: int, ip: str, domain: str) -> tuple[int, str]:
            answer = await lookup(domain, "TXT", known=known[domain].fingerprint if domain in known else b"")
            answer = known[domain] if answer.unchanged else known.setdefault(domain, answer)
            who, address, now = f"user@{domain}", Address.parse(ip), time.time()
            result = await check_host(address, domain, who, "mail.test", lookup, now=now, cache=cache, answer=answer)
            return number, result.code.value

        for _ in range(2):
            clock = Clock()
            jobs = (one(number, ip, domain) for number, (ip, domain) in enumerate(messages(domains)))
            found = sorted(end.value for end in wire.run(jobs, window=64))
            yield clock.stop(domains, [code for _, code in found])


def run_walk(port: int, domains: int) -> Iterator[dict[str, Any]]:
    """Our tree with its lookup counts and all findings: the work checkdmarc does."""
    from publicdns.answers import Answer
    from publicdns.spf.cache import SharedAnswers
    from publicdns.spf.judging import judged
    from publicdns.spf.rules import Case
    from publicdns.spf.walk import walk

    cache = SharedAnswers()
    with _wire(port) as wire:
        lookup = wire.lookup()

        async def one(number: int, domain: str) -> tuple[int, int]:
            answer: Answer = await lookup(domain, "TXT")
            records = cache.records(answer)
            tree = await walk(records[0], domain, lookup, now=time.time(), cache=cache)
            judged(Case(domain, answer, records, "spf.protection.outlook.com", tree=tree))
            return number, tree.lookups

        for _ in range(2):
            clock = Clock()
            jobs = (one(number, domain) for number, (_, domain) in enumerate(messages(domains)))
            found = sorted(end.value for end in wire.run(jobs, window=64))
            yield clock.stop(domains, [lookups for _, lookups in found])


def _wire(port: int) -> Any:
    from publicdns.answers import Server
    from publicdns.wire import Wire, WireOptions

    options = WireOptions(per_server=None, overall=None, allowed_networks=("127.0.0.0/8",))
    return Wire([Server("127.0.0.1", port, recursive=True)], options)


def run_pyspf(port: int, domains: int) -> Iterator[dict[str, Any]]:
    """pyspf's check2()."""
    import dns.resolver
    import spf

    dns.resolver.default_resolver = _resolver(port)
    for _ in range(2):
        clock = Clock()
        found = [spf.check2(ip, f"user@{domain}", "mail.test")[0] for ip, domain in messages(domains)]
        yield clock.stop(domains, found)


def run_checkdmarc(port: int, domains: int) -> Iterator[dict[str, Any]]:
    """checkdmarc's check_spf(): record, tree and warnings; it keeps answers of its own for the second pass."""
    import dns.resolver
    from checkdmarc.spf import check_spf

    dns.resolver.default_resolver = resolver = _resolver(port)
    for _ in range(2):
        clock = Clock()
        found = [check_spf(domain, resolver=resolver).get("dns_lookups") for _, domain in messages(domains)]
        yield clock.stop(domains, found)


def _resolver(port: int) -> Any:
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    return resolver


def enter_namespace() -> int:
    """Run this again in a network namespace with nothing but loopback; its exit code."""
    command = f'ip link set lo up && exec "{sys.executable}" -m bench.spf "$@"'
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    arguments = ["unshare", *rights, "--net", "sh", "-c", command, "sh", *sys.argv[1:]]
    return subprocess.run(arguments, env={**os.environ, INSIDE: "1"}, check=False).returncode


def measured(client: str, port: int, domains: int) -> dict[str, dict[str, Any]]:
    """Both passes of one client, in a process of its own."""
    python = sys.executable if client in ("evaluate", "walk") else str(PEERS)
    command = [python, "-m", "bench.spf", "--client", client, "--port", str(port), "--domains", str(domains)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    return {"first": first, "second": second}


def compare(rounds: list[dict[str, dict[str, dict[str, Any]]]]) -> bool:
    """Print what was measured; False when a gate is missed."""
    print(f"{'client':12} {'pass':7} {'us CPU':>9} {'min':>9} {'max':>9} {'domains/s':>10}")
    for client in CLIENTS:
        for which in ("first", "second"):
            cpu = [each[client][which]["us"] for each in rounds]
            rate = statistics.median(each[client][which]["rate"] for each in rounds)
            print(f"{client:12} {which:7} {statistics.median(cpu):9.1f} {min(cpu):9.1f} {max(cpu):9.1f} {rate:10,.0f}")
    good = True
    for ours, peer, which, most in GATES:
        ratio = statistics.median(each[ours][which]["us"] / each[peer][which]["us"] for each in rounds)
        verdict = f"at most 1/{1 / most:.0f}: {'held' if ratio <= most else 'MISSED'}"
        good = good and ratio <= most
        print(f"{ours} / {peer}, {which} pass: 1/{1 / ratio:.1f} of its CPU  {verdict}")
    return good


def agree(each: dict[str, dict[str, dict[str, Any]]]) -> None:
    """End the run when two clients that do the same work come to different answers."""
    for ours, peer in (("evaluate", "pyspf"), ("walk", "checkdmarc")):
        for which in ("first", "second"):
            if each[ours][which]["answers"] != each[peer][which]["answers"]:
                sys.exit(f"{ours} and {peer} disagree in the {which} pass")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        for row in globals()[f"run_{options.client}"](options.port, options.domains):
            print(json.dumps(row), flush=True)
        return 0
    if not PEERS.exists() or shutil.which("unshare") is None:
        sys.exit(
            "this needs unshare, and the peers: uv venv .venv-bench && "
            "uv pip install --python .venv-bench/bin/python -r requirements-bench.txt"
        )
    if INSIDE not in os.environ:
        return enter_namespace()
    from bench.machine import machine
    from bench.nsd import nsd

    with nsd({"test": zone(options.domains)}) as port:
        rounds = []
        for _ in range(options.rounds):
            rounds.append({client: measured(client, port, options.domains) for client in CLIENTS})
            agree(rounds[-1])
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}")
    print(f"{options.domains:,} domains, {PROVIDERS} providers, medians of {options.rounds} rounds")
    return 0 if compare(rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
