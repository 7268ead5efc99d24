"""Whether a domain costs the same among a thousand as among a hundred thousand.

    python -m bench.flat [--sizes N,N,N] [--database postgres://…]

The worker's CPU for one domain of a sweep that finds everything unchanged, and of one that finds 2 % changed, by the
number of domains in the database. As bench.sweep otherwise.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack

from bench.sweep import all_due, disturb, fill, headline, prepare, run_sweep, warm, write_marks
from bench.workers import cpu_of, worker

SIZES = (1_000, 10_000, 100_000)
LEAST = 40_000  # domains looked at for one figure: a few seconds of CPU, which the kernel counts in hundredths
MOST = 1.2  # the largest size's cost over the smallest's


def main() -> int:
    """Print the table; 1 when the cost grows by more than MOST."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    figures = {}
    with ExitStack() as stack:
        prepare(stack, max(asked.sizes), asked.database)
        pid = stack.enter_context(worker("config", "-P", "threads", "-c", "4"))
        for size in asked.sizes:
            fill(size)
            warm(pid)
            settle(pid)
            figures[size] = cost(pid, size, 0.0), cost(pid, size, 0.02)
            print(f"{size:8,}{figures[size][0]:10.3f}{figures[size][1]:14.3f}", flush=True)
    first, last = figures[min(asked.sizes)], figures[max(asked.sizes)]
    grown = [after / before for before, after in zip(first, last, strict=True)]
    print(headline())
    print(f"CPU ms a domain by size, unchanged and 2 % changed; largest over smallest: {grown[0]:.2f}, {grown[1]:.2f}")
    met = max(grown) <= MOST
    print(f"gate: at most {MOST} x: {'met' if met else 'NOT met'}")
    return 0 if met else 1


def settle(pid: int) -> None:
    """The first sight, then glances until nothing is on its way any more. That they may follow at once is written into
    the rows: the look between them, which asks why the record is missing, is bench.sweep's to measure."""
    from onboarding.models import Domain

    all_due()
    run_sweep(pid)
    until = int(time.time()) + 86_400
    marks = Domain.objects.values_list("pk", "marks")
    write_marks([(pk, until.to_bytes(4, "big") + bytes(old)[4:]) for pk, old in marks])
    for _ in range(2):
        all_due()
        run_sweep(pid)


def cost(pid: int, size: int, changed: float) -> float:
    """CPU milliseconds for one domain, over as many sweeps as make LEAST domains."""
    used, sweeps = 0.0, max(1, LEAST // size)
    for _ in range(sweeps):
        if changed:
            disturb(changed)
        all_due()
        before = cpu_of(pid)
        figures = run_sweep(pid)
        used += cpu_of(pid) - before
        if figures.get("looked") != size:
            raise RuntimeError(f"looked at {figures.get('looked')} of {size}: {figures}")
    return used / (sweeps * size) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
