"""One statement that leases due domains and reads what a look needs of them: the row count decides who won."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from operator import attrgetter
from typing import Any

import orjson
from django.db import connections, router, transaction
from django.db.models import DateTimeField, JSONField, QuerySet

from onboarding.models import Domain

Converter = Callable[[Any], Any]
NOBODY = uuid.UUID(int=0)


@dataclass(slots=True)
class Claimed:
    """The columns a look needs, and no model: this is the hot path."""

    pk: int
    public_id: str
    tenant_id: int
    name: str
    token: str
    epoch: int
    stage: str
    created_at: datetime
    eager_since: datetime | None
    seen_at: datetime | None
    looked_at: datetime | None
    accepted_at: datetime | None
    verdict: str
    verdict_since: datetime | None
    progress: str
    finding: str
    facts: str  # as the database keeps it: only a full look reads it
    settled: str
    round: int
    memory: dict[str, Any]
    fingerprint: bytes
    marks: bytes
    priority: int
    lost_leases: int
    window_start: datetime | None = None
    window_end: datetime | None = None
    doubted_at: datetime | None = None
    mail_moved: bool = False
    lease: uuid.UUID = NOBODY  # this very claim's: each has its own, so that none passes for another


def column_of(name: str) -> Any:
    """The model's field that is stored under ``name``."""
    return Domain._meta.get_field(name)


COLUMNS = tuple(column_of("id" if name == "pk" else name) for name in Claimed.__slots__ if name != "lease")
# Materialized: PostgreSQL could otherwise run the inner statement more than once, and lease more than its limit.
STATEMENT = """WITH picked AS MATERIALIZED ({picked})
UPDATE {table} SET lease_until = %s, lease_token = %s,
 lost_leases = lost_leases + CASE WHEN lease_token IS NULL THEN 0 ELSE 1 END
WHERE id IN (SELECT id FROM picked) RETURNING {columns}"""


def lease(wanted: QuerySet[Domain], until: datetime) -> list[Claimed]:
    """Lease ``wanted`` until ``until``, but for rows that somebody else is leasing just now. Returns what was leased,
    the most urgent first."""
    token = uuid.uuid4()
    alias = router.db_for_write(Domain)
    connection = connections[alias]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        query = wanted.using(alias).select_for_update(skip_locked=True).values("id").query
        picked, params = query.get_compiler(using=alias).as_sql()
        moment = column_of("lease_until").get_db_prep_save(until, connection)
        holder = column_of("lease_token").get_db_prep_save(token, connection)
        cursor.execute(_statement(alias).format(picked=picked), (*params, moment, holder))
        rows = cursor.fetchall()
    return sorted((_claimed(row, connection, token) for row in rows), key=attrgetter("priority"))


@cache
def _statement(alias: str) -> str:
    quote = connections[alias].ops.quote_name
    # As an expression a moment comes as SQLite keeps it, in UTC without saying so; as a column, Django would be asked
    # to read it.
    plainly = "{} || '+00:00'" if connections[alias].vendor == "sqlite" else "{}"
    columns = ", ".join(
        (plainly if isinstance(field, DateTimeField) else "{}").format(quote(field.column)) for field in COLUMNS
    )
    return STATEMENT.format(picked="{picked}", table=quote(Domain._meta.db_table), columns=columns)


def _claimed(row: tuple[Any, ...], connection: Any, token: uuid.UUID) -> Claimed:
    values = list(row)
    for place, convert in _conversions(connection.alias):
        if (value := values[place]) is not None:
            values[place] = convert(value)
    claimed = Claimed(*values)
    claimed.lease = token
    return claimed


@cache
def _conversions(alias: str) -> tuple[tuple[int, Converter], ...]:
    """What turns the database's values into ours, by place; most columns need nothing. Django's own way to read moments
    and JSON takes several times as long."""
    connection = connections[alias]
    found: list[tuple[int, Converter]] = []
    for place, field in enumerate(COLUMNS):
        if field.name == "facts":
            continue
        column = field.get_col(Domain._meta.db_table)
        converters = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        if isinstance(field, JSONField):
            found.append((place, orjson.loads))
        elif connection.vendor == "sqlite" and isinstance(field, DateTimeField):
            found.append((place, datetime.fromisoformat))
        elif converters:
            found.append((place, partial(_converted, converters, column, connection)))
    return tuple(found)


def _converted(converters: tuple[Callable[[Any, Any, Any], Any], ...], column: Any, connection: Any, value: Any) -> Any:
    """``value`` as Django reads it."""
    for convert in converters:
        value = convert(value, column, connection)
    return value
