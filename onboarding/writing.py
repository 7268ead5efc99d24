"""New rows, and changed columns of many domains, in few statements: the hot end of a sweep."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
from django.db import connections, router
from django.db.models import JSONField, Model

from onboarding.leasing import column_of
from onboarding.models import Domain

Row = tuple[int, Mapping[str, Any]]  # primary key, and the columns that change


def update_rows(rows: Sequence[Row], token: uuid.UUID) -> None:
    """Write each row's own columns, as long as it is leased to ``token``.

    One prepared statement for all rows that change the same columns: compiling a query for each row would cost more
    than everything else a look does.
    """
    alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[tuple(row[1])].append(row)
    connection = connections[router.db_for_write(Domain)]
    lease = column_of("lease_token").get_db_prep_save(token, connection)
    quote = connection.ops.quote_name
    table = quote(Domain._meta.db_table)
    for names, group in alike.items():
        fields = [column_of(name) for name in names]
        assigned = ", ".join(f"{quote(field.column)} = %s" for field in fields)
        prepared = [
            (*(_stored(field, columns[field.name], connection) for field in fields), pk, lease) for pk, columns in group
        ]
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {assigned} WHERE id = %s AND lease_token = %s", prepared)  # noqa: S608 - names from the model alone


def update_alike(pks: Sequence[int], columns: Mapping[str, Any], token: uuid.UUID) -> None:
    """Write the same ``columns`` into all rows ``pks`` that are leased to ``token``."""
    connection = connections[router.db_for_write(Domain)]
    quote = connection.ops.quote_name
    fields = [column_of(name) for name in columns]
    values = [field.get_db_prep_save(value, connection) for field, value in zip(fields, columns.values(), strict=True)]
    lease = column_of("lease_token").get_db_prep_save(token, connection)
    assigned = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    keys = ", ".join(map(str, map(int, pks)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(Domain._meta.db_table)} SET {assigned} WHERE id IN ({keys}) AND lease_token = %s",  # noqa: S608 - names from the model alone, and whole numbers
            (*values, lease),
        )


def rewrite_rows(objects: Sequence[Model], names: Sequence[str]) -> None:
    """Write the fields ``names`` of ``objects``, all of one model, by one prepared statement: Django's ``bulk_update``
    costs several times as much."""
    if not objects:
        return
    model = type(objects[0])
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key: Any = model._meta.pk
    assigned = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    prepared = [
        [_stored(field, getattr(one, field.attname), connection) for field in (*fields, key)] for one in objects
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {assigned} WHERE {quote(key.column)} = %s",  # noqa: S608 - names from the model alone
            prepared,
        )


def insert_rows(model: type[Model], rows: Sequence[Mapping[str, Any]], *, instead_of: str = "") -> None:
    """Insert ``rows``, which all have the same fields, by one prepared statement, for the same reason.

    ``instead_of`` names a unique column: where a row with the same value is there already it takes the new one's place.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in rows[0]]
    columns = [quote(field.column) for field in fields]
    replaced = ", ".join(f"{name} = excluded.{name}" for name in columns)
    otherwise = f" ON CONFLICT ({quote(instead_of)}) DO UPDATE SET {replaced}" if instead_of else ""
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES ({places}){otherwise}"  # noqa: S608 - names from the model alone
    prepare = _Preparing(connection)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[*map(prepare, fields, row.values())] for row in rows])


class _Preparing:
    """Values as the database takes them. One moment or list that stands in many places is made ready once."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known: dict[tuple[type[Any], int], Any] = {}  # by identity: the rows keep their values alive

    def __call__(self, field: Any, value: Any) -> Any:
        key = field.__class__, id(value)
        if key not in self._known:
            self._known[key] = _stored(field, value, self._connection)
        return self._known[key]


def _stored(field: Any, value: Any, connection: Any) -> Any:
    """``value`` as the database takes it. Most of what a look stores is JSON, and Django's own way takes ten times as
    long."""
    if value is not None and isinstance(field, JSONField):
        with suppress(orjson.JSONEncodeError):  # a lone surrogate: UTF-8 cannot hold it, JSON's escapes can
            return orjson.dumps(value).decode()
    return field.get_db_prep_save(value, connection)
