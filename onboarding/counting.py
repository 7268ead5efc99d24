"""Exact counts. The database adds a row to the tally in the transaction that moves a domain from one cell to another,
so that no path of writing can forget it; a look that changes nothing adds none.

Rows are only added, never changed: two sweeps at once cannot wait for each other. Once in a while they are counted
together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Count, DateField, Func, QuerySet, Sum

from onboarding.models import Domain, Snapshot, Tally
from onboarding.stage import Stage
from onboarding.triggers import put
from tenants.models import Tenant

TOGETHER = 20_000  # rows of the tally that are counted together at once
CELL = ("tenant_id", "stage", "blocked_by", "week")
# What can move a domain to another cell; blocked_by follows from these.
MOVING = "stage, token, verdict, progress, seen_at, refusal, purpose_choice, lacking, removed_at, tenant_id"

SQLITE = """
CREATE TRIGGER tally_insert AFTER INSERT ON onboarding_domain WHEN NEW.removed_at IS NULL BEGIN {add}; END;
CREATE TRIGGER tally_delete AFTER DELETE ON onboarding_domain WHEN OLD.removed_at IS NULL BEGIN {take}; END;
CREATE TRIGGER tally_update AFTER UPDATE OF {moving} ON onboarding_domain WHEN
 (OLD.stage, OLD.blocked_by, OLD.tenant_id, OLD.removed_at IS NULL)
 IS NOT (NEW.stage, NEW.blocked_by, NEW.tenant_id, NEW.removed_at IS NULL)
BEGIN {take} AND OLD.removed_at IS NULL; {add} AND NEW.removed_at IS NULL; END;
"""
SQLITE_ROW = """INSERT INTO onboarding_tally (tenant_id, stage, blocked_by, week, n)
 SELECT {row}.tenant_id, {row}.stage, {row}.blocked_by, date({row}.created_at, 'weekday 0', '-6 days'), {n} WHERE 1"""

POSTGRESQL = """
CREATE OR REPLACE FUNCTION tally_domain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
 IF TG_OP <> 'INSERT' AND OLD.removed_at IS NULL THEN {take}; END IF;
 IF TG_OP <> 'DELETE' AND NEW.removed_at IS NULL THEN {add}; END IF;
 RETURN NULL; END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON onboarding_domain FOR EACH ROW EXECUTE FUNCTION tally_domain();
CREATE TRIGGER tally_delete AFTER DELETE ON onboarding_domain FOR EACH ROW EXECUTE FUNCTION tally_domain();
CREATE TRIGGER tally_update AFTER UPDATE ON onboarding_domain FOR EACH ROW WHEN
 ((OLD.stage, OLD.blocked_by, OLD.tenant_id, OLD.removed_at IS NULL)
 IS DISTINCT FROM (NEW.stage, NEW.blocked_by, NEW.tenant_id, NEW.removed_at IS NULL))
EXECUTE FUNCTION tally_domain();
"""
POSTGRESQL_ROW = """INSERT INTO onboarding_tally (tenant_id, stage, blocked_by, week, n) VALUES
 ({row}.tenant_id, {row}.stage, {row}.blocked_by,
 date_trunc('week', {row}.created_at AT TIME ZONE 'UTC')::date, {n})"""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many domains of one stage, held up by one thing, were added in one week."""

    stage: str
    blocked_by: str
    week: date
    n: int


def monday(at: datetime) -> date:
    """The Monday (UTC) of the week of ``at``."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def install(using: str, **_: Any) -> None:
    """Let the database keep the tally, and count anew. After every migration: SQLite drops triggers with the table it
    makes anew."""
    connection = connections[using]
    if not {"onboarding_domain", "onboarding_tally"} <= set(connection.introspection.table_names()):
        return
    postgresql = connection.vendor == "postgresql"
    row = POSTGRESQL_ROW if postgresql else SQLITE_ROW
    script = (POSTGRESQL if postgresql else SQLITE).format(
        add=row.format(row="NEW", n=1), take=row.format(row="OLD", n=-1), moving=MOVING
    )
    with transaction.atomic(using=using):
        put(connection, script, "tally_insert", "tally_delete", "tally_update")
        recount(using)


def recount(using: str = "default") -> None:
    """Count every domain anew."""
    with transaction.atomic(using=using):
        Tally.objects.using(using).all().delete()
        cells = grouped(Domain.objects.using(using).present(), "tenant_id")
        Tally.objects.using(using).bulk_create(Tally(**cell) for cell in cells)


class Monday(Func):
    """The Monday (UTC) of a moment's week, by the database's own means: a function in Python costs as much as the rest
    of a count."""

    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """As the trigger of the tally writes it."""
        return self.as_sql(compiler, connection, template="date(%(expressions)s, 'weekday 0', '-6 days')", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """As the trigger of the tally writes it."""
        template = "date_trunc('week', %(expressions)s AT TIME ZONE 'UTC')::date"
        return self.as_sql(compiler, connection, template=template, **more)


def grouped(domains: QuerySet[Domain], *more: str) -> Iterable[dict[str, Any]]:
    """``domains`` counted by cell, with one statement."""
    cells: Iterable[dict[str, Any]] = (
        domains.order_by().values(*more, "stage", "blocked_by", week=Monday("created_at")).annotate(n=Count("pk"))
    )
    return cells


def cells_of(tenants: QuerySet[Tenant] | Iterable[int]) -> list[Cell]:
    """The exact counts of ``tenants``, summed over them."""
    rows = Tally.objects.filter(tenant__in=tenants).values("stage", "blocked_by", "week").annotate(n=Sum("n"))
    return [Cell(**row) for row in rows if row["n"]]


@transaction.atomic
def count_together() -> int:
    """Replace the oldest rows of the tally by their sums. Returns how many rows went."""
    rows = list(Tally.objects.select_for_update().order_by("pk")[:TOGETHER])
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        sums[tuple(getattr(row, name) for name in CELL)] += row.n
    if len(sums) == len(rows):
        return 0
    Tally.objects.filter(pk__in=[row.pk for row in rows]).delete()
    left = [Tally(**dict(zip(CELL, cell, strict=True)), n=n) for cell, n in sums.items() if n]
    Tally.objects.bulk_create(left)
    return len(rows) - len(left)


def remember(day: date) -> None:
    """Write down how many domains are in which stage, as ``day``'s count; the last of the day stays."""
    counts = {
        (row["tenant"], row["stage"]): row["n"] for row in Tally.objects.values("tenant", "stage").annotate(n=Sum("n"))
    }
    Snapshot.objects.bulk_create(
        [
            Snapshot(day=day, tenant_id=tenant, stage=stage.value, n=counts.get((tenant, stage.value), 0))
            for tenant in Tenant.objects.values_list("pk", flat=True)
            for stage in Stage
        ],
        update_conflicts=True,
        unique_fields=["tenant", "day", "stage"],
        update_fields=["n"],
    )
