"""One statement that leases due schedules: its row count decides who won. And one that reads what a look needs of their
domains."""

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

from onboarding.models import Domain, Schedule

Converter = Callable[[Any], Any]
NOBODY = uuid.UUID(int=0)


@dataclass(slots=True)
class Claimed:
    """The columns a look needs, and no model: this is the hot path. First those of the schedule."""

    pk: int
    priority: int
    lost_leases: int
    looked_at: datetime | None
    public_id: str
    tenant_id: int
    name: str
    token: str
    epoch: int
    stage: str
    created_at: datetime
    eager_since: datetime | None
    seen_at: datetime | None
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
    window_start: datetime | None = None
    window_end: datetime | None = None
    doubted_at: datetime | None = None
    mail_moved: bool = False
    lease: uuid.UUID = NOBODY  # this very claim's: each has its own, so that none passes for another


OF_SCHEDULE: tuple[Any, ...] = tuple(map(Schedule._meta.get_field, ("domain", *Claimed.__slots__[1:4])))
OF_DOMAIN: tuple[Any, ...] = tuple(map(Domain._meta.get_field, ("id", *Claimed.__slots__[4:-1])))
# Materialized: PostgreSQL could otherwise run the inner statement more than once, and lease more than its limit.
LEASE = """WITH picked (chosen) AS MATERIALIZED ({picked})
UPDATE {table} SET lease_until = %s, lease_token = %s,
 lost_leases = lost_leases + CASE WHEN lease_token IS NULL THEN 0 ELSE 1 END
WHERE domain_id IN (SELECT chosen FROM picked) RETURNING {columns}"""
READ = "SELECT {columns} FROM {table} WHERE id IN ({keys})"


def lease(wanted: QuerySet[Schedule], until: datetime) -> list[Claimed]:
    """Lease ``wanted`` until ``until``, but for rows that somebody else is leasing just now. Returns what was leased,
    the most urgent first.

    The domains are read by a statement of their own, which sees what was committed before their schedules were locked.
    Joined to the first, a domain would be read as it was when that began: a look would hold the lease, and be about a
    token that a person has just replaced.
    """
    token = uuid.uuid4()
    alias = router.db_for_write(Schedule)
    connection = connections[alias]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        query = wanted.using(alias).select_for_update(skip_locked=True).values("pk").query
        picked, params = query.get_compiler(using=alias).as_sql()
        moment = _stored("lease_until", until, connection)
        cursor.execute(
            _statement(LEASE, OF_SCHEDULE, alias).format(picked=picked),
            (*params, moment, _stored("lease_token", token, connection)),
        )
        schedules = {row[0]: row for row in cursor.fetchall()}
        if not schedules:
            return []
        cursor.execute(_statement(READ, OF_DOMAIN, alias).format(keys=", ".join(map(str, schedules))))
        rows = cursor.fetchall()
    found = (_claimed([*schedules[row[0]], *row[1:]], alias, token) for row in rows)
    return sorted(found, key=attrgetter("priority"))


def _stored(name: str, value: Any, connection: Any) -> Any:
    """What the database keeps of a schedule's ``value``."""
    field: Any = Schedule._meta.get_field(name)
    return field.get_db_prep_save(value, connection)


@cache
def _statement(text: str, fields: tuple[Any, ...], alias: str) -> str:
    """``text`` with its table and the columns of ``fields``; what is in it only when it runs is left in."""
    quote = connections[alias].ops.quote_name
    # As an expression a moment comes as text: SQLite keeps it in UTC without saying so, and PostgreSQL says so. As a
    # column, Django would be asked to read it.
    plainly = "{} || '+00:00'" if connections[alias].vendor == "sqlite" else "{}::text"
    columns = ", ".join(
        (plainly if isinstance(field, DateTimeField) else "{}").format(quote(field.column)) for field in fields
    )
    table = quote(fields[0].model._meta.db_table)
    return text.format(picked="{picked}", keys="{keys}", table=table, columns=columns)


def _claimed(values: list[Any], alias: str, token: uuid.UUID) -> Claimed:
    for place, convert in _conversions(alias):
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
    for place, field in enumerate((*OF_SCHEDULE, *OF_DOMAIN[1:])):
        if field.name == "facts":
            continue
        column = field.get_col(field.model._meta.db_table)
        converters = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        if isinstance(field, JSONField):
            found.append((place, orjson.loads))
        elif isinstance(field, DateTimeField):
            found.append((place, datetime.fromisoformat))
        elif converters:
            found.append((place, partial(_converted, converters, column, connection)))
    return tuple(found)


def _converted(converters: tuple[Callable[[Any, Any, Any], Any], ...], column: Any, connection: Any, value: Any) -> Any:
    """``value`` as Django reads it."""
    for convert in converters:
        value = convert(value, column, connection)
    return value
