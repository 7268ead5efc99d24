"""Looking up, beside everybody else: ``python -m bench.lookups [--names 20000] [--rounds 5]``.

NSD serves one zone per name on loopback; every client asks the same five questions a name, in a process of its own,
one client after the other in each round. Printed are medians over the rounds; ratios are taken inside a round. CPU is
the client's own, user and system. Fails when ours needs more CPU per unchanged lookup than the target allows.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bench.machine import machine
from bench.nsd import nsd
from publicdns.answers import Answer, Server
from publicdns.asking import Glance
from publicdns.wire import Wire, WireOptions, gather

BASE = Path(__file__).resolve().parent.parent
PEERS = {
    "dnspython": 4_000,
    "asyncresolver": 4_000,
    "checkdmarc": 4_000,
    "aiodns": 20_000,
    "blastdns": 50_000,
}  # questions
TARGET = 2.2  # times dnsperf's CPU
PATIENCE = 300  # seconds for one client
ZONE = """$TTL 600
@ SOA ns.nic.bench. host.nic.bench. 1 600 600 600 300
@ NS ns.nic.bench.
@ TXT "v=spf1 include:spf.protection.outlook.com -all"
@ TXT "google-site-verification={mark:043d}"
@ TXT "MS=ms{mark:08d}"
@ MX 10 mail
mail A 192.0.2.1
{autodiscover}"""
Figures = dict[str, float]


def questions_about(name: str) -> tuple[tuple[str, str], ...]:
    """What is asked about every name."""
    return (name, "TXT"), (name, "MX"), (name, "NS"), (name, "SOA"), (f"autodiscover.{name}", "CNAME")


def measured(wire: Wire, jobs: Iterator[Coroutine[Any, Any, Any]], count: int) -> tuple[Figures, list[Any]]:
    """Run ``jobs``; what ``count`` questions cost, and the jobs' values."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    values = [result.value for result in wire.run(jobs)]
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"questions": count, "seconds": seconds, "cpu": cpu, "memory": after.ru_maxrss / 1024}, values


def ours(address: str, port: int, names: list[str], window: int) -> dict[str, Figures]:
    """Our own lines: everything parsed, nothing changed, 2 % of the names changed, and an Answer per question."""
    server = Server(address, port)
    options = WireOptions(allowed_networks=("127.0.0.0/8",), per_server=None, overall=None, window=window)
    gc.set_threshold(50_000, 10, 10)  # as a sweep does
    marks: dict[str, bytes] = {}
    figures: dict[str, Figures] = {}
    dice = Random(1)

    async def look(name: str) -> tuple[str, Any]:
        return name, await Glance(server, questions_about(name), marks.get(name, b""))

    with Wire(options=options) as wire:
        lookup = wire.lookup()
        fingerprints: dict[tuple[str, str], bytes] = {}

        async def ask(name: str) -> list[Answer]:
            asked = questions_about(name)
            return await gather(*(lookup(*each, server, known=fingerprints.get(each, b"")) for each in asked))

        def round_of(line: str) -> int:
            figures[line], seen = measured(wire, (look(name) for name in names), 5 * len(names))
            marks.update({name: sight.mark for name, sight in seen if sight.mark})
            if any(answer.failed for _, sight in seen for answer in sight.answers):
                raise RuntimeError(f"{line}: a lookup failed")
            return sum(sight.unchanged for _, sight in seen)

        round_of("ours, all parsed")
        assert round_of("ours, unchanged") == len(names)
        for name in dice.sample(names, len(names) // 50):
            marks[name] = bytes(24)
        assert round_of("ours, 2 % changed") == len(names) - len(names) // 50
        _, answers = measured(wire, (ask(name) for name in names), 0)
        fingerprints.update({(a.question.name, a.question.rdtype): a.fingerprint for each in answers for a in each})
        figures["ours, an Answer each, unchanged"], answers = measured(
            wire, (ask(name) for name in names), 5 * len(names)
        )
        assert all(answer.unchanged for each in answers for answer in each)
    return figures


def output_of(command: list[str]) -> str:
    """What a client prints. Raises RuntimeError when it fails, subprocess.TimeoutExpired when it hangs."""
    client = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=BASE, timeout=PATIENCE)
    if client.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} … ended with {client.returncode}")
    return client.stdout


def dnsperf(address: str, port: int, file: Path) -> Figures:
    """The anchor: written in C, counts the answers and looks at nothing else."""
    command = ["dnsperf", "-s", address, "-p", str(port), "-d", str(file), "-n", "1", "-q", "100", "-e"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = output_of(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    completed, seconds = (
        float(re.search(rf"{label}\D+([0-9.]+)", output)[1])  # type: ignore[index]
        for label in ("Queries completed:", r"Run time \(s\):")
    )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"questions": completed, "seconds": seconds, "cpu": cpu}


def one_round(port: int, file: Path, names: int, window: int, peers: str) -> dict[str, Figures]:
    """Every client once."""
    where = ["127.0.0.1", str(port), str(file)]
    figures = {"dnsperf": dnsperf("127.0.0.1", port, file)}
    command = [sys.executable, "-m", "bench.lookups", "--ours", *where, "--names", str(names), "--window", str(window)]
    figures |= json.loads(output_of(command))
    for peer, count in PEERS.items() if peers else ():
        command = [peers, str(BASE / "bench" / "peers.py"), peer, *where, str(count)]
        figures[peer] = json.loads(patiently(command))
    return figures


def patiently(command: list[str]) -> str:
    """What somebody else's client prints; blastdns 2.0.2 aborts now and then, and is asked again."""
    for _ in range(2):
        try:
            return output_of(command)
        except RuntimeError as error:
            print(f"once more: {error}", file=sys.stderr)
    return output_of(command)


def table(rounds: list[dict[str, Figures]]) -> str:
    """Medians over the rounds."""
    lines = [f"{'client':34}{'lookups/s':>11}{'CPU ms/1,000':>14}{'x dnsperf CPU (min-max)':>26}{'memory MB':>11}"]
    for client in rounds[0]:
        rate = statistics.median(r[client]["questions"] / r[client]["seconds"] for r in rounds)
        each = [cpu_each(r[client]) for r in rounds]
        ratios = [cpu_each(r[client]) / cpu_each(r["dnsperf"]) for r in rounds]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        memory = f"{rounds[0][client]['memory']:.0f}" if "memory" in rounds[0][client] else ""
        lines.append(f"{client:34}{rate:>11,.0f}{statistics.median(each) * 1e6:>14.1f}{spread:>26}{memory:>11}")
    return "\n".join(lines)


def cpu_each(figures: Figures) -> float:
    """CPU seconds per lookup."""
    return figures["cpu"] / figures["questions"]


def main() -> int:
    """Print the table; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--window", type=int, default=100, help="names in flight, five questions each")
    parser.add_argument(
        "--peers", default=str(BASE / ".venv-bench" / "bin" / "python"), help="interpreter that has the peers"
    )
    parser.add_argument("--alone", action="store_true", help="where the peers are not installed: without them")
    parser.add_argument("--ours", nargs=3, metavar=("ADDRESS", "PORT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = [f"d{number:06d}.bench" for number in range(options.names)]
    if options.ours:
        print(json.dumps(ours(options.ours[0], int(options.ours[1]), names, options.window)))
        return 0
    if not (peers := shutil.which(options.peers) or "") and not options.alone:
        parser.error(
            f"{options.peers} is not there: uv venv .venv-bench && uv pip install --python .venv-bench/bin/python -r "
            "requirements-bench.txt; or --alone, without the peers"
        )
    alias = "autodiscover CNAME autodiscover.outlook.com.\n"
    zones = {
        name: ZONE.format(mark=number % 100, autodiscover=alias if number % 10 < 7 else "")
        for number, name in enumerate(names)
    }
    with nsd(zones) as port, tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{asked} {rdtype}\n" for name in names for asked, rdtype in questions_about(name)))
        file.flush()
        rounds = [one_round(port, Path(file.name), options.names, options.window, peers) for _ in range(options.rounds)]
    ratio = statistics.median(cpu_each(r["ours, unchanged"]) / cpu_each(r["dnsperf"]) for r in rounds)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}")
    print(
        f"{options.names:,} zones at one NSD, 5 questions each, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print(table(rounds))
    verdict = "met" if ratio <= TARGET else "MISSED"
    print(f"ours, unchanged / dnsperf: {ratio:.2f} times the CPU, target {TARGET}: {verdict}")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
