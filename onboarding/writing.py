"""New rows, and changed columns of many rows, in few statements: the hot end of a sweep.

A statement carries as many rows as the database takes: SQLite as a list of values, PostgreSQL as one array a column,
which it reads in a fifth of the time that it needs for a statement a row. Django's own ways cost more than everything
else a look does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connections, router
from django.db.models import BinaryField, BooleanField, CharField, DateTimeField, IntegerField, JSONField, Model
from django.db.models.fields.related import ForeignKey

from onboarding.json_text import encoded
from onboarding.leasing import column_of
from onboarding.models import Domain

Row = tuple[int, Mapping[str, Any]]  # primary key, and the columns that change
Converter = Callable[[Any], Any]
PARAMETERS = 999  # of one statement: what every SQLite takes
PLAIN = (CharField, IntegerField, BooleanField, BinaryField, ForeignKey)  # their values are the database's


def update_rows(rows: Sequence[Row], leases: Collection[UUID]) -> None:
    """Write each row's own columns, as long as it is leased by one of ``leases``; one statement for rows that change
    the same columns."""
    alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[tuple(row[1])].append(row)
    for names, group in alike.items():
        bulk = _Bulk(Domain, names)
        bulk.update([(*columns.values(), pk) for pk, columns in group], *bulk.fence(leases))


def update_alike(pks: Sequence[int], columns: Mapping[str, Any], leases: Collection[UUID]) -> None:
    """Write the same ``columns`` into all rows ``pks`` that are leased by one of ``leases``."""
    bulk = _Bulk(Domain, tuple(columns))
    values = [bulk.stored(name, value) for name, value in columns.items()]
    assigned = ", ".join(f"{bulk.quote(column_of(name).column)} = %s" for name in columns)
    keys = ", ".join(map(str, map(int, pks)))
    fence, holders = bulk.fence(leases)
    with bulk.connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {bulk.table} SET {assigned} WHERE id IN ({keys}) AND {fence}",  # noqa: S608 - names from the model alone, and whole numbers
            [*values, *holders],
        )


def rewrite_rows(objects: Sequence[Model], names: Sequence[str]) -> None:
    """Write the fields ``names`` of ``objects``, all of one model."""
    if objects:
        bulk = _Bulk(type(objects[0]), tuple(names))
        bulk.update([(*(getattr(one, field.attname) for field in bulk.fields), one.pk) for one in objects])


def insert_rows(model: type[Model], rows: Sequence[Mapping[str, Any]], *, instead_of: str = "") -> None:
    """Insert ``rows``, which all have the same fields.

    ``instead_of`` names a unique column: where a row with the same value is there already it takes the new one's place.
    """
    if rows:
        _Bulk(model, tuple(rows[0])).insert([tuple(row.values()) for row in rows], instead_of)


class _Bulk:
    """Statements about the fields ``names`` of many rows of one model."""

    def __init__(self, model: type[Model], names: tuple[str, ...]) -> None:
        self.connection = connections[router.db_for_write(model)]
        self.quote = self.connection.ops.quote_name
        self.model, self.table = model, self.quote(model._meta.db_table)
        self.fields: list[Any] = [model._meta.get_field(name) for name in names]

    def fence(self, leases: Collection[UUID]) -> tuple[str, list[Any]]:
        """The condition that a row is leased by one of ``leases``, and the values for it."""
        places = ", ".join(["%s"] * len(leases))
        return f"{self.table}.lease_token IN ({places})", [self.stored("lease_token", lease) for lease in leases]

    def stored(self, name: str, value: Any) -> Any:
        """One value as the database takes it."""
        convert = _conversion(self.connection.alias, self.model._meta.get_field(name))
        return value if value is None or convert is None else convert(value)

    def insert(self, rows: Sequence[tuple[Any, ...]], instead_of: str) -> None:
        """Rows of values in the order of the fields."""
        columns = [self.quote(field.column) for field in self.fields]
        replaced = ", ".join(f"{name} = excluded.{name}" for name in columns)
        otherwise = f" ON CONFLICT ({self.quote(instead_of)}) DO UPDATE SET {replaced}" if instead_of else ""
        for source, values in self._sources(self.fields, rows):
            with self.connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {self.table} ({', '.join(columns)}) {source}{otherwise}", values)

    def update(self, rows: Sequence[tuple[Any, ...]], condition: str = "", values: Sequence[Any] = ()) -> None:
        """Rows of values in the order of the fields, and then the key of the row that is to have them, if it fits
        ``condition``."""
        key: Any = self.model._meta.pk
        fields = [*self.fields, key]
        assigned = ", ".join(f"{self.quote(field.column)} = v.{place}" for field, place in _places(self.fields))
        mine = f"{self.table}.{self.quote(key.column)} = v.column{len(fields)}"
        where = f"{mine} AND {condition}" if condition else mine
        for source, given in self._sources(fields, rows):
            statement = f"UPDATE {self.table} SET {assigned} FROM ({source}) AS v WHERE {where}"  # noqa: S608 - names from the model alone
            with self.connection.cursor() as cursor:
                cursor.execute(statement, [*given, *values])

    def _sources(self, fields: list[Any], rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[Any]]]:
        """``rows`` as tables with the columns column1, column2 …: SQL, and the values for it."""
        prepared = [
            self._prepared(field, column) for field, column in zip(fields, zip(*rows, strict=True), strict=True)
        ]
        if self.connection.vendor == "postgresql":
            yield (
                _arrays(fields, self.connection),
                [
                    f"[{','.join([value or 'null' for value in column])}]" if isinstance(field, JSONField) else column
                    for field, column in zip(fields, prepared, strict=True)
                ],
            )
            return
        one, most = f"({', '.join(['%s'] * len(fields))})", PARAMETERS // (len(fields) + 1)
        whole = list(zip(*prepared, strict=True))
        for first in range(0, len(whole), most):
            some = whole[first : first + most]
            yield f"VALUES {', '.join([one] * len(some))}", list(chain.from_iterable(some))

    def _prepared(self, field: Any, column: tuple[Any, ...]) -> list[Any]:
        convert = _conversion(self.connection.alias, field)
        return list(column) if convert is None else [None if value is None else convert(value) for value in column]


def _places(fields: Sequence[Any]) -> list[tuple[Any, str]]:
    """Each field with the name of its column in a source."""
    return [(field, f"column{number}") for number, field in enumerate(fields, 1)]


def _arrays(fields: list[Any], connection: Any) -> str:
    """A table of one array a column, for PostgreSQL. JSON comes as one document: in an array each of its quotes would
    have to be escaped twice over, which takes longer than storing it."""
    arrays, taken = [], []
    for field, name in _places(fields):
        is_json = isinstance(field, JSONField)
        # Without its length: a cast would cut to it in silence; storing complains.
        kind = field.db_type(connection).partition("(")[0]
        arrays.append("json_array_elements(%s::json)" if is_json else f"unnest(%s::{kind}[])")
        taken.append(f"nullif({name}::jsonb, 'null') AS {name}" if is_json else name)
    names = ", ".join(name for _, name in _places(fields))
    return f"SELECT {', '.join(taken)} FROM ROWS FROM ({', '.join(arrays)}) AS u ({names})"  # noqa: S608 - names from the model alone


@cache
def _conversion(alias: str, field: Any) -> Converter | None:
    """What makes a value of ``field`` ready for the database; None: it takes it as it is."""
    connection = connections[alias]
    if isinstance(field, JSONField):
        return _json
    if isinstance(field, PLAIN):
        return None
    if isinstance(field, DateTimeField) and connection.vendor == "sqlite":
        return _in_utc
    return partial(field.get_db_prep_save, connection=connection)


def _in_utc(moment: datetime) -> str:
    """As SQLite keeps it: in UTC without saying so. Django's own way to it takes eight times as long."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _json(value: Any) -> str:
    """As JSON; bytes are JSON already."""
    return (value if isinstance(value, bytes) else encoded(value)).decode()
