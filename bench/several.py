"""How fast several workers sweep side by side, beside the naive design in as many processes.

    python -m bench.several [--workers N] [--domains N] [--rounds N] [--database postgres://…]

As bench.sweep, with SWEEPERS=N and the N workers that `./run` starts then. Told, not gated: rates are noisy.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bench.sweep import all_due, changed_zone, changing, fill, headline, naive_once, prepare, zone_of
from bench.workers import is_alive, naive, worker

LINES = ("first sight", "unchanged", "2 % changed", "naive")
ASK_EVERY = 0.1  # seconds, in place of beat's


def main() -> int:
    """Run the rounds and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--domains", type=int, default=20_000)
    parser.add_argument("--naive", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    os.environ["SWEEPERS"] = str(asked.workers)
    rates: dict[str, list[float]] = {name: [] for name in LINES}
    changed = changing(asked.domains)
    with ExitStack() as stack:
        server = prepare(stack, asked.domains, asked.database)
        for _ in range(asked.rounds):
            with ExitStack() as workers:
                started = [
                    workers.enter_context(worker("config.worker", f"worker{number}"))
                    for number in range(1, asked.workers + 1)
                ]
                fill(asked.domains)
                rates["first sight"].append(rate(started, asked.domains))
                rate(started, asked.domains)  # diagnosed
                rate(started, asked.domains)  # the absence is proven, which is written once
                rates["unchanged"].append(rate(started, asked.domains))
                server.publish({f"d{number:06d}.test": changed_zone(number) for number in changed})
                rates["2 % changed"].append(rate(started, asked.domains))
            server.publish({f"d{number:06d}.test": zone_of(number) for number in changed})
            with worker(*naive(asked.workers)) as pid:
                rates["naive"].append(naive_once(pid, asked.naive)[1])
    report(rates, asked.domains, asked.workers)
    return 0


def rate(workers: Sequence[int], count: int) -> float:
    """Domains a second while everything is looked at once. Raises RuntimeError when a worker ends, TimeoutError."""
    from django.utils import timezone

    from config.celery import app
    from onboarding.models import Schedule

    all_due()
    began, since = time.monotonic(), timezone.now()
    left = Schedule.objects.filter(due_at__lt=since)
    while left.exists():  # by the index: counting rows would cost a tenth of a core
        if not all(map(is_alive, workers)):
            raise RuntimeError("a worker has ended before its work was done")
        if time.monotonic() - began > 600:
            raise TimeoutError("not everything in ten minutes")
        app.send_task("onboarding.tasks.sweep")
        time.sleep(ASK_EVERY)
    seconds = time.monotonic() - began
    if (looked := Schedule.objects.filter(looked_at__gte=since).count()) != count:
        raise RuntimeError(f"{looked} of {count} looked at")
    return count / seconds


def report(rates: dict[str, list[float]], domains: int, workers: int) -> None:
    """Print medians."""
    naive = statistics.median(rates["naive"])
    print(headline())
    print(f"{domains:,} domains x 5 lookups, {workers} workers, medians of {len(rates['naive'])}; caps off")
    for name, found in rates.items():
        print(f"{name:14}{statistics.median(found):10,.0f} domains/s{statistics.median(found) / naive:8.1f} x naive")


if __name__ == "__main__":
    raise SystemExit(main())
