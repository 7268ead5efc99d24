"""Export-Csv, with whichever separator the culture chose, with or without the #TYPE line, several exports
in one file.
"""

from __future__ import annotations

import csv

from relaycheck.engine.connectors.items import KNOWN, MAX_ITEMS, MAX_TEXT, USED, Item, Reading
from relaycheck.engine.connectors.model import Source

_SEPARATORS = ",;\t"


def separator_of(text: str) -> str:
    """The separator of the first header that names at least two known properties, or ``""``: then this is
    no such CSV.
    """
    for line in text[:65536].splitlines()[:20]:
        for separator in _SEPARATORS:
            if len(_names(line.split(separator))) >= 2:
                return separator
    return ""


def _names(cells: list[str]) -> set[str]:
    return {cell.strip().strip('"').lower() for cell in cells} & KNOWN


def read_csv(text: str, file: str) -> Reading:
    """Every row under a header that names known properties; a later header starts another table."""
    reading = Reading()
    separator = separator_of(text) or ","
    header: list[str] = []
    rows = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    while len(reading.items) < MAX_ITEMS:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            reading.problem("unreadable-row", Source(file, rows.line_num), str(error))
            continue
        if not row or row[0].startswith(("#TYPE", '"#TYPE')):
            continue
        if len(_names(row)) >= 2 and _names(row) == {cell.strip().lower() for cell in row} & KNOWN and _is_header(row):
            header = [cell.strip().lower() for cell in row]
        elif header:
            _take(row, header, Source(file, rows.line_num), reading)
    return reading


def _is_header(row: list[str]) -> bool:
    """A header is made of bare property names."""
    return all(cell.strip().isidentifier() or not cell.strip() for cell in row)


def _take(row: list[str], header: list[str], source: Source, reading: Reading) -> None:
    if len(row) > len(header):
        reading.problem("too-many-cells", source)
    fields = {name: cell[:MAX_TEXT] for name, cell in zip(header, row, strict=False) if name in USED}
    reading.items.append(Item(dict(fields), source))
