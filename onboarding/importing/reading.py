"""From a file or a pasted list to rows of cells, streamed and bounded. Raises :class:`Unreadable`."""

from __future__ import annotations

import csv
import io
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from datetime import datetime

from tenants.sheets import FORMULA

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000  # without the headings
MOST_CELLS = 60  # of a row; more are left out
LONGEST_CELL = 4096  # characters; the rest is left out
ZIP_MEMBERS, ZIP_BYTES, ZIP_RATIO = 200, 200 * 1024 * 1024, 200
Cells = list[str]

csv.field_size_limit(MOST_BYTES)


class Unreadable(Exception):
    """The file cannot be read; the text says why, to be shown."""


def rows_of(content: bytes) -> Iterator[tuple[int, Cells]]:
    """The rows of a CSV, a workbook or a list, each with its number (from 1), empty ones left out."""
    if len(content) > MOST_BYTES:
        raise Unreadable("The file is larger than 20 MB. Split it.")
    rows = _workbook(content) if content.startswith(b"PK\x03\x04") else _text(content)
    kept = 0
    for number, cells in enumerate(rows, 1):
        tidy = [plain(cell) for cell in cells[:MOST_CELLS]]
        if not any(tidy) or (number == 1 and tidy[0].startswith("#TYPE")):
            continue
        kept += 1
        if kept > MOST_ROWS + 1:
            raise Unreadable("The file has more than 50,000 rows. Split it.")
        yield number, tidy


def plain(cell: str) -> str:
    """A cell without blanks around it and without the apostrophe that keeps a spreadsheet from computing it."""
    text = cell[:LONGEST_CELL].replace("\0", "").strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _text(content: bytes) -> Iterator[Cells]:
    text = _decoded(content)
    lines = io.StringIO(text, newline="")
    try:
        yield from csv.reader(lines, delimiter=_delimiter(text))
    except csv.Error as error:
        raise Unreadable(f"This is no CSV file: {error}.") from None


def _decoded(content: bytes) -> str:
    """By its byte-order mark; without one UTF-8, or what old spreadsheets write."""
    for mark, encoding in ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    """The character that separates most cells in the first lines that hold any; lists of names have none."""
    head = [line for line in text[:20_000].splitlines() if line and not line.startswith("#TYPE")][:5]
    counted = {mark: sum(line.count(mark) for line in head) for mark in (",", ";", "\t")}
    return max(counted, key=lambda mark: counted[mark])


def _workbook(content: bytes) -> Iterator[Cells]:
    # Here, because it costs every worker several megabytes and few ever see a workbook.
    import openpyxl  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    _bounded_zip(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True, max_col=MOST_CELLS):
            yield [_shown(value) for value in row]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, SyntaxError) as error:
        raise Unreadable("This workbook cannot be read. Save it as .xlsx or .csv once more.") from error


def _shown(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else str(value)


def _bounded_zip(content: bytes) -> None:
    """Refuse an archive that unpacks to far more than it weighs."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        raise Unreadable("This workbook is damaged.") from None
    unpacked = sum(member.file_size for member in members)
    if len(members) > ZIP_MEMBERS or unpacked > ZIP_BYTES or unpacked > ZIP_RATIO * len(content):
        raise Unreadable("This workbook unpacks to too much. Save it as .csv.")
