"""Tables as CSV, XLSX and JSON, streamed. What was typed or seen elsewhere can neither compute nor turn direction in a
spreadsheet (OWASP CSV injection; ASVS 5.0 §1.2.10)."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

CHUNK = 64 * 1024  # bytes
LONGEST = 32_000  # characters that a spreadsheet's cell holds
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # general categories of Unicode
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")  # a cell that begins so may be computed
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
Line = Sequence[object]


def stream(form: str, headings: Sequence[str], lines: Iterable[Line]) -> Iterator[bytes]:
    """``lines`` as ``form``: "csv", "xlsx" or "json"."""
    return {"csv": _csv, "xlsx": _xlsx, "json": _json}[form](headings, lines)


def cell(value: object) -> str:
    """What a spreadsheet shows of ``value``: nothing in it computes, turns the writing direction or breaks a line."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _moment(value)
    said = str(value)
    text = "".join(_visible(char) for char in said[:LONGEST])
    return f"'{text}" if said.lstrip().startswith(FORMULA) else text


def _visible(char: str) -> str:
    """``char``, or its escape where it is invisible, turns the writing direction or ends a line."""
    hidden = char != " " and (unicodedata.category(char) in HIDDEN or char.isspace())
    return char.encode("unicode_escape").decode("ascii") if hidden else char


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(" ", "minutes")


def _csv(headings: Sequence[str], lines: Iterable[Line]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")  # spreadsheets take UTF-8 for something else without it
    writer.writerow(headings)
    for line in lines:
        writer.writerow([cell(value) for value in line])
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _xlsx(headings: Sequence[str], lines: Iterable[Line]) -> Iterator[bytes]:
    """Written row by row into a temporary file: the format's directory comes last."""
    # Here, because it costs every worker several megabytes and none writes a workbook.
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Onward")
    sheet.append(list(headings))
    for line in lines:
        cells = [WriteOnlyCell(sheet, cell(value)) for value in line]
        for one in cells:
            one.data_type = "s"  # text, whatever it begins with
        sheet.append(cells)
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _json(headings: Sequence[str], lines: Iterable[Line]) -> Iterator[bytes]:
    yield b'{"version": 1, "exported": ' + json.dumps(_moment(timezone.now())).encode() + b', "rows": ['
    mark = ""
    for line in lines:
        row: dict[str, Any] = {
            heading: _moment(value) if isinstance(value, datetime) else value if value is None else str(value)
            for heading, value in zip(headings, line, strict=True)
        }
        yield (mark + "\n" + json.dumps(row)).encode()
        mark = ","
    yield b"\n]}\n"
