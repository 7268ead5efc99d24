"""The preview of a file of 50,000 rows, a fifth of them bad, in a process that does nothing else.

    python -m bench.board.importing [--database postgres://…]

Fails when it takes 15 s or more, or the process 300 MB or more.
"""

from __future__ import annotations

import resource
import time
from contextlib import ExitStack

from bench.board.rows import database_asked, made_databases, make_tables, set_up, within

ROWS, TENANTS = 50_000, 10
SECONDS, MEGABYTES = 15, 300
NAME = "onward_bench_import"
EXPECTED = {"new": ROWS * 4 // 5, "refused": ROWS // 5}


def upload() -> bytes:
    """The file."""
    names = (f"bad name {n}" if n % 5 == 0 else f"host{n}.company{n % 9000}.com" for n in range(ROWS))
    lines = (f"{name},MS=ms{n:08d},Tenant {n % TENANTS}\n" for n, name in enumerate(names))
    return ("Domain,TXT value,Tenant\n" + "".join(lines)).encode()


def main() -> int:
    """Judge it as the worker does; 1 when a target is missed."""
    url = database_asked(__doc__)
    with ExitStack() as stack:
        stack.enter_context(made_databases(url, [NAME]))
        set_up(stack, within(url, NAME))
        from django.db import connection
        from django.utils import timezone

        from onboarding.models import Batch
        from onboarding.working import work
        from tenants.models import Tenant, User

        make_tables()
        for number in range(TENANTS):
            Tenant.objects.create(name=f"Tenant {number}")
        batch = Batch.objects.create(
            user=User.objects.create(email="operator@example.org", is_operator=True),
            kind="import",
            state="reading",
            created_at=timezone.now(),
            upload=upload(),
            options={"zone": "UTC"},
        )
        began = time.monotonic()
        work(timezone.now, 100)
        spent, size = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        batch.refresh_from_db()
        connection.close()
    met = spent < SECONDS and size < MEGABYTES and batch.counts == EXPECTED
    print(f"  {ROWS:,} rows: {batch.counts} in {spent:.1f} s, at most {size:.0f} MB: {'met' if met else 'MISSED'}")
    return int(not met)


if __name__ == "__main__":
    raise SystemExit(main())
