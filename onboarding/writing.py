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

Row = tuple[int, Mapping[str, Any]]  # primary key, and the columns that change
Converter = Callable[[Any], Any]
PARAMETERS = 999  # of one statement: what every SQLite takes
PLAIN = (CharField, IntegerField, BooleanField, BinaryField, ForeignKey)  # their values are the database's


def update_rows(model: type[Model], rows: Sequence[Row]) -> None:
    """Write each row's own columns; one statement for rows that change the same columns."""
    alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[tuple(row[1])].append(row)
    for names, group in alike.items():
        _Bulk(model, names).update([(*columns.values(), pk) for pk, columns in group])


def update_alike(model: type[Model], pks: Sequence[int], columns: Mapping[str, Any], leases: Collection[UUID]) -> None:
    """Write the same ``columns`` into all rows ``pks`` that are leased by one of ``leases``."""
    bulk = _Bulk(model, tuple(columns))
    values = [bulk.stored(name, value) for name, value in columns.items()]
    assigned = ", ".join(f"{bulk.quote(field.column)} = %s" for field in bulk.fields)
    pk: Any = model._meta.pk
    keys = ", ".join(map(str, map(int, pks)))
    fence, holders = bulk.fence(leases)
    with bulk.connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {bulk.table} SET {assigned} WHERE {bulk.quote(pk.column)} IN ({keys}) AND {fence}",  # noqa: S608 - names from the model alone, and whole numbers
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
        return _ready(value, _conversion(self.connection.alias, self.model._meta.get_field(name)))

    def insert(self, rows: Sequence[tuple[Any, ...]], instead_of: str) -> None:
        """Rows of values in the order of the fields."""
        columns = [self.quote(field.column) for field in self.fields]
        replaced = ", ".join(f"{name} = excluded.{name}" for name in columns)
        # "WHERE true", or SQLite takes ON CONFLICT for a join's condition.
        otherwise = f" WHERE true ON CONFLICT ({self.quote(instead_of)}) DO UPDATE SET {replaced}" if instead_of else ""
        layout = _Layout(self.fields, rows, self.connection)
        into = f"INSERT INTO {self.table} ({', '.join(columns)}) SELECT {', '.join(layout.read)} FROM "  # noqa: S608 - names from the model alone
        for source, values in layout.sources():
            with self.connection.cursor() as cursor:
                cursor.execute(f"{into}({source}) AS v{otherwise}", [*layout.constants, *values])

    def update(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows of values in the order of the fields, and then the key of the row that is to have them."""
        key: Any = self.model._meta.pk
        layout = _Layout([*self.fields, key], rows, self.connection)
        assigned = ", ".join(
            f"{self.quote(field.column)} = {read}" for field, read in zip(self.fields, layout.read[:-1], strict=True)
        )
        mine = f"{self.table}.{self.quote(key.column)} = {layout.read[-1]}"
        for source, values in layout.sources():
            statement = f"UPDATE {self.table} SET {assigned} FROM ({source}) AS v WHERE {mine}"  # noqa: S608 - names from the model alone
            with self.connection.cursor() as cursor:
                cursor.execute(statement, [*layout.constants, *values])


class _Layout:
    """How the values of many rows travel: what is the same in all of them once in a statement, and once what two fields
    share. That is known by identity: most of a sweep's columns are one object in every row. The last field is the
    rows' own in any case.
    """

    def __init__(self, fields: Sequence[Any], rows: Sequence[tuple[Any, ...]], connection: Any) -> None:
        self.connection = connection
        self.read: list[str] = []  # for each field, what stands for its value in a statement
        self.constants: list[Any] = []  # the values for those that are the same in all rows
        self.fields: list[Any] = []  # those that have a column of their own in the sources
        self.columns: list[list[Any]] = []
        known: dict[tuple[Any, ...], str] = {}
        for field, column in zip(fields, zip(*rows, strict=True), strict=True):
            convert, same = _conversion(connection.alias, field), tuple(map(id, column))
            if field is not fields[-1] and same.count(same[0]) == len(same):
                self.read.append("%s" if connection.vendor == "sqlite" else f"%s::{_kind(connection.alias, field)}")
                self.constants.append(_ready(column[0], convert))
                continue
            alike = (_kind(connection.alias, field), convert, same)
            if alike not in known:
                self.fields.append(field)
                self.columns.append(list(column) if convert is None else _converted(column, same, convert))
                known[alike] = f"v.column{len(self.fields)}"
            self.read.append(known[alike])

    def sources(self) -> Iterator[tuple[str, list[Any]]]:
        """The rows as tables with the columns column1, column2 …: SQL, and the values for it."""
        if self.connection.vendor == "postgresql":
            yield _arrays(self.fields, self.connection), list(map(_array, self.fields, self.columns))
            return
        room = PARAMETERS - len(self.constants)
        # SQLite's own sign for a parameter, and no spaces: Django goes through a statement letter by letter.
        one, most = f"({','.join('?' * len(self.fields))})", max(room // len(self.fields), 1)
        whole = list(zip(*self.columns, strict=True))
        for first in range(0, len(whole), most):
            some = whole[first : first + most]
            yield f"VALUES {','.join([one] * len(some))}", list(chain.from_iterable(some))


def _converted(column: tuple[Any, ...], same: tuple[int, ...], convert: Converter) -> list[Any]:
    """``column`` as the database takes it; ``same`` tells which of its values are one object, and need one
    conversion."""
    ready = {name: _ready(value, convert) for name, value in dict(zip(same, column, strict=True)).items()}
    return [ready[name] for name in same]


def _ready(value: Any, convert: Converter | None) -> Any:
    """``value`` as the database takes it."""
    return value if value is None or convert is None else convert(value)


def _arrays(fields: list[Any], connection: Any) -> str:
    """A table of one array a column, for PostgreSQL. JSON comes as one document: in an array each of its quotes would
    have to be escaped twice over, which takes longer than storing it."""
    arrays, taken, names = [], [], []
    for number, field in enumerate(fields, 1):
        name, is_json = f"column{number}", isinstance(field, JSONField)
        arrays.append("json_array_elements(%s::json)" if is_json else f"unnest(%s::{_kind(connection.alias, field)}[])")
        taken.append(f"nullif({name}::jsonb, 'null') AS {name}" if is_json else name)
        names.append(name)
    return f"SELECT {', '.join(taken)} FROM ROWS FROM ({', '.join(arrays)}) AS u ({', '.join(names)})"  # noqa: S608 - names from the model alone


def _array(field: Any, column: list[Any]) -> str:
    """The value for one of :func:`_arrays`' columns."""
    if isinstance(field, JSONField):
        return f"[{','.join([value or 'null' for value in column])}]"
    return f"{{{','.join(map(_element, column))}}}"


def _element(value: Any) -> str:
    """``value`` within an array that is written as text (PostgreSQL's manual, 8.15.6). The driver's own way to dump a
    list took a third of what storing a first look cost."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, bytes | bytearray | memoryview):
        return f'"\\\\x{value.hex()}"'
    return "NULL" if value is None else str(value)


@cache
def _kind(alias: str, field: Any) -> str:
    """The database's type of ``field``, without its length: a cast would cut to it in silence; storing complains."""
    kind: str = field.db_type(connections[alias])
    return kind.partition("(")[0]


@cache
def _conversion(alias: str, field: Any) -> Converter | None:
    """What makes a value of ``field`` ready for the database; None: it takes it as it is."""
    connection = connections[alias]
    if isinstance(field, JSONField):
        return _json
    if isinstance(field, PLAIN):
        return None
    if isinstance(field, DateTimeField):
        return _in_utc if connection.vendor == "sqlite" else datetime.isoformat
    return partial(field.get_db_prep_save, connection=connection)


def _in_utc(moment: datetime) -> str:
    """As SQLite keeps it: in UTC without saying so. Django's own way to it takes eight times as long."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ")[: -len("+00:00")]


def _json(value: Any) -> str:
    """As JSON; bytes are JSON already."""
    return (value if isinstance(value, bytes) else encoded(value)).decode()
