"""The board's pages at 100, 1,000 and 100,000 domains, measured in turn, and searches at 100,000.

    python -m bench.board.pages [--database postgres://…]

Milliseconds are the server's whole work for one answer: by the clock, the middle of many rounds, and in brackets the
processor time of server and database together, which other work on the machine stretches less. Fails when a page at
100,000 costs more than 1.5 x that at 1,000 (both full), when the number of queries grows, or when a search takes more
than 300 ms, all by the clock.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.board.rows import database_asked, fill, made_databases, make_tables, people, set_up, use, within
from bench.workers import cpu_of

SIZES = (100, 1_000, 100_000)
FIRST = ("", "blocked=wrong", "stage=active&order=oldest", "act=us&age=week")
LIVE = ("order=cutover", "cutover=week", "group={group}", "assignee=me", "assignee=nobody")  # counted in the rows
SEARCHES = ("d0000", "d012345", "d", "c123.com", "ms0004", "nothing-fits", "com", "Tenant 1")
BLOCKS, ROUNDS = 2, 4  # the sizes in turn, so that a busy moment of the machine meets both
RATIO, QUICK = 1.5, 300
FULL = 100  # rows on a page
Key = tuple[str, str]
KEYS: tuple[Key, ...] = (
    *(("operator", query) for query in (*FIRST, *LIVE)),
    *(("manager", query) for query in (*FIRST, LIVE[2])),
)


@dataclass(slots=True)
class Spent:
    """What one address has cost so far, in milliseconds."""

    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def ask(self, client: Any, path: str, rounds: int, **headers: str) -> None:
        """Some rounds, never from the shelf."""
        before = cpu_milliseconds()
        for _ in range(rounds):
            began = time.perf_counter()
            response = client.get(f"{path}&round={time.monotonic_ns()}", **headers)
            self.walls.append((time.perf_counter() - began) * 1000)
            assert response.status_code == 200
        self.cpu += cpu_milliseconds() - before

    @property
    def middle(self) -> float:
        """By the clock."""
        return statistics.median(self.walls)

    def __str__(self) -> str:
        return f"{self.middle:6.1f} ({self.cpu / len(self.walls):5.1f})"


def cpu_milliseconds() -> float:
    """Of this process and of its connection's process in the database, so far."""
    from django.db import connection

    theirs = 0.0
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        theirs = cpu_of(connection.connection.info.backend_pid)
    return (time.process_time() + theirs) * 1000


def queries_of(client: Any, path: str) -> int:
    """How many queries the page takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def rows_on(client: Any, path: str) -> int:
    """How many domains the first page shows: only full ones can be compared."""
    return str(client.get(path).content).count("data-pick")


class Size:
    """One installation of one size."""

    def __init__(self, count: int) -> None:
        from onboarding.models import Group

        self.count, self.name = count, f"onward_bench_{count}"
        use(self.name)
        make_tables()
        fill(count)
        self.people = people()
        self.group = Group.objects.get().public_id
        self.spent: dict[Key, Spent] = {}
        self.queries: dict[Key, int] = {}
        self.rows: dict[Key, int] = {}
        for who, query in KEYS:
            client, path = self.people[who], self.path(query)
            self.rows[who, query] = rows_on(client, path)
            self.queries[who, query] = queries_of(client, path)

    def path(self, query: str) -> str:
        """The address that ``query`` means here."""
        return f"/domains/?{query.format(group=self.group)}"

    def measure(self) -> None:
        """One block of rounds."""
        use(self.name)
        for who, query in KEYS:
            client = self.people[who]
            client.get(self.path(query))  # the connection is new
            self.spent.setdefault((who, query), Spent()).ask(client, self.path(query), ROUNDS)

    def searches(self) -> list[str]:
        """Every search; what was not met."""
        use(self.name)
        missed = []
        for who, client in self.people.items():
            for text in SEARCHES:
                spent = Spent()
                spent.ask(client, f"/domains/?q={text}", BLOCKS * ROUNDS, HTTP_HX_REQUEST="true")
                print(f"  {who:9} search {text:14} {spent} ms, at most {max(spent.walls):.1f}", flush=True)
                missed += [f"{who} search {text}: {spent.middle:.0f} ms"] if spent.middle > QUICK else []
        return missed


def compared(sizes: list[Size]) -> list[str]:
    """Print a line for each page; what was not met."""
    missed = []
    few, middle, most = sizes
    for key in most.spent:
        ratio = most.spent[key].middle / middle.spent[key].middle
        cpu = most.spent[key].cpu / middle.spent[key].cpu
        queries = [size.queries[key] for size in (few, middle, most) if size.rows[key]]
        comparable = min(middle.rows[key], most.rows[key]) == FULL
        who, query = key
        figures = "  ".join(f"{size.count}: {size.spent[key]}" for size in (middle, most))
        remark = "" if comparable else " (not full)"
        print(f"  {who:9} ?{query:27} {figures} ms  x{ratio:.2f} (x{cpu:.2f}){remark}, queries {queries}", flush=True)
        missed += [f"{who} ?{query}: x{ratio:.2f}"] if comparable and ratio > RATIO else []
        missed += [f"{who} ?{query}: {queries} queries"] if queries[-1] > min(queries) else []
    return missed


def main() -> int:
    """Measure; 1 when a target is missed."""
    url = database_asked(__doc__)
    names = [f"onward_bench_{count}" for count in SIZES]
    with ExitStack() as stack:
        stack.enter_context(made_databases(url, names))
        set_up(stack, within(url, names[0]))
        sizes = [Size(count) for count in SIZES]
        for _ in range(BLOCKS):
            for size in sizes[1:]:
                size.measure()
        missed = compared(sizes) + sizes[-1].searches()
        use(names[0])
    print("  targets: " + ("all met" if not missed else "MISSED: " + "; ".join(missed)))
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
