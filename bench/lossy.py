"""The whole sweep over a long way: 30 ms round trip, with and without 1 % loss.

    python -m bench.lossy [--domains N] [--rounds N] [--database postgres://…]

As bench.sweep, but every question to a name server passes bench.relay; what is looked at again has been made ready as
in bench.flat. Fails when a domain could not be looked at, or when the worker grew beyond what the target allows; the
rate with loss is told as a share of the rate without.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.flat import settle
from bench.nsd import free_port
from bench.sweep import fill, headline, prepare, sweep_once
from bench.workers import worker

MEMORY = 150  # MB of the worker
SHARE = 0.35  # of the rate without loss
NAMES = ("first sight", "first sight with loss", "without loss", "with loss")


class Way:
    """The relay's process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def lose(self, share: float) -> None:
        """From now on this share of the questions goes unanswered."""
        assert self.process.stdin is not None
        print(share, file=self.process.stdin, flush=True)


@contextmanager
def way(upstream: int, seconds: float) -> Iterator[Way]:
    """A relay in front of ``upstream``."""
    port = free_port()
    command = [sys.executable, "-m", "bench.relay", *map(str, (port, upstream, seconds, 0))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        try:
            yield Way(process, port)
        finally:
            process.terminate()


def peak_memory(pid: int) -> float:
    """The most a process ever had in memory, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> int:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--milliseconds", type=float, default=30)
    parser.add_argument("--loss", type=float, default=0.01)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    sweeps: list[dict[str, Any]] = []
    with ExitStack() as stack:
        ways: list[Way] = []

        def through(port: int) -> int:
            ways.append(stack.enter_context(way(port, asked.milliseconds / 1000)))
            return ways[0].port

        prepare(stack, asked.domains, asked.database, through)
        fill_anew = partial(fill, asked.domains)
        for _ in range(asked.rounds):
            with worker() as pid:
                for name, loss, ready in (
                    ("first sight", 0.0, fill_anew),
                    ("without loss", 0.0, settle),
                    ("with loss", asked.loss, settle),
                    ("first sight with loss", asked.loss, fill_anew),
                ):
                    if ways[0].process.poll() is not None:
                        raise RuntimeError("the relay has ended")
                    ways[0].lose(0.0)
                    ready()
                    ways[0].lose(loss)
                    cpu, rate, figures = sweep_once(pid, asked.domains)
                    sweeps.append({"name": name, "cpu": cpu, "rate": rate, **figures})
                sweeps.append({"name": "memory", "megabytes": peak_memory(pid)})
    return report(sweeps, asked)


def report(sweeps: list[dict[str, Any]], asked: argparse.Namespace) -> int:
    """Print medians; 1 when a domain failed or the memory is too much."""
    rates = {}
    print(headline())
    print(
        f"{asked.domains:,} domains, {asked.milliseconds:g} ms, {asked.loss:.1%} lost, {asked.rounds} rounds, caps off"
    )
    for name in NAMES:
        these = [sweep for sweep in sweeps if sweep["name"] == name]
        rates[name] = statistics.median(sweep["rate"] for sweep in these)
        cpu = statistics.median(sweep["cpu"] for sweep in these)
        print(f"{name:22}{rates[name]:10,.0f} domains/s{cpu:10.3f} ms CPU a domain")
    failed = sum(sweep["unknown"] + sweep["crashed"] for sweep in sweeps if "unknown" in sweep)
    memory = max(sweep["megabytes"] for sweep in sweeps if "megabytes" in sweep)
    share = rates["with loss"] / rates["without loss"]
    print(f"with loss / without: {share:.2f} (target {SHARE}); failed: {failed}; worker's memory: {memory:.0f} MB")
    return 0 if not failed and memory < MEMORY else 1


if __name__ == "__main__":
    raise SystemExit(main())
