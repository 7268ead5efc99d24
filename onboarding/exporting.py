"""Lists as CSV, XLSX and JSON, streamed. What was typed or seen elsewhere can neither compute nor turn direction in a
spreadsheet (OWASP CSV injection; ASVS 5.0 §1.2.10). An export that is imported again changes nothing."""

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
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from onboarding.blocking import ACTORS, ACTS, Blocked
from onboarding.blocking import LABELS as BLOCKS
from onboarding.importing.reading import FORMULA
from onboarding.models import Domain
from onboarding.models.domain import DomainQuerySet
from onboarding.presenting import shown

CHUNK = 64 * 1024  # bytes
LONGEST = 32_000  # characters that a spreadsheet's cell holds
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # general categories of Unicode
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
HEADINGS = (
    "Domain",
    "In its own script",
    "TXT value",
    "Tenant",
    "Group",
    "Cut-over",
    "Assigned to",
    "Stage",
    "Blocked by",
    "Who must act",
    "What is seen",
    "Added (UTC)",
    "Seen (UTC)",
    "Accepted (UTC)",
    "Last looked (UTC)",
)
Line = Sequence[object]


def domain_lines(domains: DomainQuerySet) -> Iterator[Line]:
    """A line for each of ``domains``, read a page at a time in short queries of their own: a long one would keep the
    write-ahead log from being emptied."""
    wanted = domains.select_related("tenant", "group", "assignee").defer("memory", "marks")
    for page in pages(wanted):
        for domain in page:
            yield _line(domain)


def pages(domains: DomainQuerySet, size: int = 1000) -> Iterator[list[Domain]]:
    """``domains`` page by page, in the order of their ids."""
    last = 0
    while page := list(domains.order_by("pk").filter(pk__gt=last)[:size]):
        last = page[-1].pk
        yield page


def _line(domain: Domain) -> Line:
    said = shown(domain)
    actor = ACTS[Blocked(domain.blocked_by)]
    return (
        domain.name,
        domain.unicode_name,
        domain.token,
        domain.tenant.name,
        domain.group.name if domain.group else "",
        domain.window_start,
        str(domain.assignee or ""),
        domain.get_stage_display(),
        BLOCKS[Blocked(domain.blocked_by)],
        ACTORS[actor] if actor else "",
        f"{said.look.label}: {said.sentence}",
        domain.created_at,
        domain.seen_at,
        domain.accepted_at,
        domain.looked_at,
    )


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
