"""Whether a domain costs the same among a thousand as among a hundred thousand.

    python -m bench.flat [--sizes N,N,N] [--database postgres://…]

The worker's CPU for one domain of a sweep that finds everything unchanged, by the number of domains in the database. As
bench.sweep otherwise.
"""

from __future__ import annotations

import argparse
import ipaddress
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from typing import Any

from bench.sweep import all_due, fill, headline, prepare, run_sweep, warm, write_marks
from bench.workers import cpu_of, worker
from publicdns.answers import Server
from publicdns.asking import Glance
from publicdns.glancing import HEAD, SEAT
from publicdns.look import standing_questions
from publicdns.wire import Crashed, Wire, WireOptions

SIZES = (1_000, 10_000, 100_000)
LEAST = 20_000  # domains looked at for one figure: some seconds of CPU, which the kernel counts in hundredths
MOST = 1.2  # the largest size's cost over the smallest's
ADDRESS = "127.0.0.1"


def main() -> int:
    """Print the table; 1 when the cost grows by more than MOST."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    costs = {}
    with ExitStack() as stack:
        prepare(stack, max(asked.sizes), asked.database)
        pid = stack.enter_context(worker())
        for size in asked.sizes:
            fill(size)
            settle()
            warm(pid)
            costs[size] = cost(pid, size)
            print(f"{size:8,}{costs[size]:10.3f} ms CPU a domain", flush=True)
    grown = costs[max(asked.sizes)] / costs[min(asked.sizes)]
    met = grown <= MOST
    print(headline())
    print(f"unchanged, caps off; the largest over the smallest: {grown:.2f}")
    print(f"gate: at most {MOST} x: {'met' if met else 'NOT met'}")
    return 0 if met else 1


def settle() -> None:
    """Let every row be as after some looks that found the same. Really looking so often at a hundred thousand would
    take longer than everything that is measured here."""
    from django.conf import settings
    from django.utils import timezone

    from onboarding.models import Domain, Schedule

    now = time.time()
    memory = {"seen": ["missing", True, False, ""], "pending": ["missing", now, 3, "", False]}
    Domain.objects.update(memory=memory, verdict="missing", verdict_since=timezone.now())
    Schedule.objects.update(looked_at=timezone.now())
    head = HEAD.pack(int(now) + 86_400, 0, settings.DNS_AUTHORITATIVE_PORT, 1)
    packed = ipaddress.ip_address(ADDRESS).packed
    keys = dict(Domain.objects.values_list("name", "pk"))
    marks = sights(list(keys), Server(ADDRESS, settings.DNS_AUTHORITATIVE_PORT))
    write_marks([(keys[name], head + SEAT.pack(4, packed, mark)) for name, mark in marks])


def sights(names: list[str], server: Server) -> Iterator[tuple[str, bytes]]:
    """Each name with the mark of what ``server`` answers."""

    async def look(name: str) -> tuple[str, bytes]:
        sight = await Glance(server, standing_questions(name, name))
        return name, sight.mark

    jobs: Iterator[Coroutine[Any, Any, Any]] = map(look, names)
    with Wire(options=WireOptions(per_server=None, overall=None, allowed_networks=("127.0.0.0/8",))) as wire:
        for result in wire.run(jobs):
            if isinstance(result, Crashed):
                raise result.exception
            yield result.value


def cost(pid: int, size: int) -> float:
    """CPU milliseconds for one domain, over as many sweeps as make LEAST domains."""
    used, sweeps = 0.0, max(1, LEAST // size)
    for _ in range(sweeps):
        all_due()
        before = cpu_of(pid)
        figures = run_sweep(pid)
        used += cpu_of(pid) - before
        if (figures.get("looked"), figures.get("changed")) != (size, 0):
            raise RuntimeError(f"found {size} domains not as they were: {figures}")
    return used / (sweeps * size) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
