"""The whole sweep, claim to commit, through a Celery worker, beside the naive design.

    python -m bench.sweep [--domains N] [--rounds N] [--database postgres://…]

NSD serves the zones, the caps are off, the database has the product's own settings. Prints CPU per domain of the worker
process and domains per second: first sight (every answer parsed), diagnosed, unchanged, and 2 % changed. Each worker is
up and has worked once before its clock starts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from bench.installation import installation
from bench.machine import machine
from bench.nsd import Nsd, serve
from bench.workers import cpu_of, family_cpu, naive, wait_until, worker

RESOLVERS = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
WARM = 20  # domains the naive worker looks at before its clock starts
TOKEN = "MS=ms{:08d}"
ROOT = """$TTL 600
@ SOA ns.nic.test. host.test. 1 60 60 60 60
@ NS ns.nic.test.
test. NS ns.nic.test.
ns.nic.test. A 127.0.0.1
"""
REGISTRY = "$TTL 600\n@ SOA ns.nic host.nic 1 60 60 60 60\n@ NS ns.nic\nns.nic A 127.0.0.1\n"
DISTINCT = 20_000  # texts; more zones share them, each under its own name
ZONE = """$TTL 600
@ SOA ns.nic.test. host.nic.test. 1 600 600 600 300
@ NS ns.nic.test.
@ TXT "v=spf1 include:spf.protection.outlook.com -all"
@ TXT "verification={number}"
@ MX 10 mail
mail A 192.0.2.1
{autodiscover}"""


def zones(count: int, zone: str = ZONE) -> dict[str, str]:
    """A registry and ``count`` zones; seven in ten have an autodiscover record."""
    delegations = [f"d{number:06d} NS ns.nic\n" for number in range(count)]
    return {
        "test": REGISTRY + "".join(delegations),
        **{f"d{number:06d}.test": zone_of(number, zone) for number in range(count)},
    }


def zone_of(number: int, zone: str = ZONE) -> str:
    """What one domain publishes."""
    alias = "autodiscover CNAME autodiscover.outlook.com.\n" if number % 10 < 7 else ""
    return zone.format(number=number % DISTINCT, autodiscover=alias)


def changed_zone(number: int) -> str:
    """What it publishes after a change that is watched for: half of them have their token, half another MX."""
    text = zone_of(number).replace("host.nic.test. 1 ", "host.nic.test. 2 ")
    if number % 100 == 0:
        return text + f'@ TXT "{TOKEN.format(number)}"\n'
    return text.replace("@ MX 10 mail\n", "@ MX 10 post\npost A 192.0.2.2\n")


def changing(count: int) -> range:
    """The numbers of the 2 % that change."""
    return range(0, min(count, DISTINCT), 50)


def all_due() -> None:
    """Let every domain be due, none before the others."""
    from onboarding.models import Schedule

    Schedule.objects.update(due_at="2020-01-01T00:00:00Z", priority=5)


def run_sweep(pid: int, seconds: float = 600) -> dict[str, Any]:
    """Have the worker sweep what is due, and return the sweep's own figures."""
    from config.celery import app
    from onboarding.models import SweeperSlot

    SweeperSlot.objects.update(ended_at=None, figures={})
    app.send_task("onboarding.tasks.sweep")
    wait_until(lambda: SweeperSlot.objects.filter(ended_at__isnull=False).exists(), seconds, pid)
    figures: dict[str, Any] = SweeperSlot.objects.get().figures
    return figures


def warm(pid: int) -> None:
    """One sweep of nothing: what the worker loads and opens on the way is no part of any figure."""
    from onboarding.models import Schedule

    Schedule.objects.update(due_at=None)
    run_sweep(pid)


def sweep_once(pid: int, count: int, changed: int | None = None) -> tuple[float, float, dict[str, Any]]:
    """One sweep of everything: CPU milliseconds a domain, domains a second, and its own figures. Raises RuntimeError
    when it has not looked at ``count`` domains, ``changed`` of them new (None: any number)."""
    all_due()
    before = cpu_of(pid)
    figures = run_sweep(pid)
    used = cpu_of(pid) - before
    if figures.get("looked") != count or changed not in (None, figures.get("changed")):
        raise RuntimeError(f"not {count} looked at and {changed} changed: {figures}")
    return used / count * 1000, count / figures["seconds"], figures


def naive_once(pid: int, count: int) -> tuple[float, float]:
    """The same work, one task a domain."""
    from onboarding.models import Domain

    Domain.objects.update(verdict_since=None)
    pks = list(Domain.objects.order_by("pk").values_list("pk", flat=True)[: WARM + count])
    look_naively(pid, pks[:WARM])
    before, started = family_cpu(pid), time.monotonic()
    look_naively(pid, pks[WARM:])
    count = len(pks) - WARM
    return (family_cpu(pid) - before) / count * 1000, count / (time.monotonic() - started)


def look_naively(pid: int, pks: list[int]) -> None:
    """One task for each, and wait for all."""
    from bench.naive import look
    from onboarding.models import Domain

    for pk in pks:
        look.delay(pk)
    wait_until(lambda: not Domain.objects.filter(pk__in=pks, verdict_since__isnull=True).exists(), 300, pid)


def write_marks(rows: list[tuple[int, bytes]]) -> None:
    """Give domains other marks (publicdns.glancing)."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("UPDATE onboarding_domain SET marks = %s WHERE id = %s", [(new, pk) for pk, new in rows])


def fill(count: int) -> None:
    """``count`` domains that wait for their token."""
    from django.utils import timezone

    from onboarding.models import Domain
    from tenants.models import Tenant

    empty()
    tenant, _ = Tenant.objects.get_or_create(name="Bench")
    now = timezone.now()
    rows = [
        Domain(
            tenant=tenant,
            name=f"d{n:06d}.test",
            token=TOKEN.format(n),
            created_at=now,
            edited_at=now,
            eager_since=now,
        )
        for n in range(count)
    ]
    Domain.objects.bulk_create(rows, batch_size=1000)


def empty() -> None:
    """Let a round begin as the one before did: deleted rows would leave their room behind, scattered over the file."""
    from django.db import connection

    from onboarding.models import Domain

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE onboarding_domain CASCADE")
        else:
            Domain.objects.all().delete()
            cursor.execute("VACUUM")


def prepare(
    stack: ExitStack,
    count: int,
    database: str,
    through: Callable[[int], int] = lambda port: port,
    zone: str = ZONE,
) -> Nsd:
    """Servers, settings, tables and rows. ``through`` puts something in front of the name servers' port; ``zone`` is
    what every domain's says. Returns the name server."""
    # It knows every zone, the root too, so it can stand in for the public resolvers as well.
    server = stack.enter_context(serve({".": ROOT, **zones(count, zone)}, others=RESOLVERS))
    port = server.port
    environment = {
        "DATABASE_URL": database,
        "DNS_AUTHORITATIVE_PORT": str(through(port)),
        "DNS_RESOLVERS": ",".join(f"{address}:{port}" for address in RESOLVERS),
        "DNS_ALLOWED_NETWORKS": "127.0.0.0/8",
        "DNS_PER_SERVER": "0",
        "DNS_OVERALL": "0",
        "SWEEP_SECONDS": "600",
        "RHYTHM_EAGER": "100000",
        "RHYTHM_EAGER_FOR": "100000",
        "CONFIRM_AFTER": "90000",
        "GONE_AFTER": "90000",
        "TICK_SECONDS": "1",
    }
    stack.enter_context(installation(environment))
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    fill(count)
    return server


def main() -> int:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=20_000)
    parser.add_argument("--naive", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    rows: dict[str, list[tuple[float, float]]] = {
        name: [] for name in ("first sight", "diagnosed", "unchanged", "2 % changed", "naive")
    }
    with ExitStack() as stack:
        server = prepare(stack, asked.domains, asked.database)
        changed = changing(asked.domains)
        for _ in range(asked.rounds):
            with worker() as pid:
                fill(asked.domains)
                warm(pid)
                rows["first sight"].append(sweep_once(pid, asked.domains)[:2])
                rows["diagnosed"].append(sweep_once(pid, asked.domains)[:2])
                sweep_once(pid, asked.domains)  # the third look proves the absence: that is written once
                rows["unchanged"].append(sweep_once(pid, asked.domains)[:2])
                server.publish({f"d{number:06d}.test": changed_zone(number) for number in changed})
                rows["2 % changed"].append(sweep_once(pid, asked.domains, len(changed))[:2])
            server.publish({f"d{number:06d}.test": zone_of(number) for number in changed})
            with worker(*naive(2)) as pid:
                rows["naive"].append(naive_once(pid, asked.naive))
    return report(rows, asked.domains)


def headline() -> str:
    """When and on what this runs."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}, load {os.getloadavg()[0]:.1f}"


def report(rows: dict[str, list[tuple[float, float]]], count: int) -> int:
    """Print medians; 1 when a gate is not met."""
    naive_cpu = statistics.median(cpu for cpu, _ in rows["naive"])
    naive_rate = statistics.median(rate for _, rate in rows["naive"])
    print(headline())
    print(f"{count} domains x 5 lookups, medians of {len(rows['naive'])}; caps off")
    print(f"{'':14}{'CPU ms/domain':>15}{'domains/s':>12}{'naive CPU/ours':>16}{'ours/naive rate':>17}")
    for name, figures in rows.items():
        cpu = statistics.median(cpu for cpu, _ in figures)
        rate = statistics.median(rate for _, rate in figures)
        print(f"{name:14}{cpu:15.3f}{rate:12.0f}{naive_cpu / cpu:16.1f}{rate / naive_rate:17.1f}")
    changed = statistics.median(cpu for cpu, _ in rows["2 % changed"])
    met = changed <= 0.12 and naive_cpu / changed >= 50
    print(f"gate: 2 % changed at most 0.12 ms and at least 50 x less than naive: {'met' if met else 'NOT met'}")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
