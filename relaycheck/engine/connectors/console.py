"""Text copied from a PowerShell console: Format-List, Format-Table, prompts between them, wrapped and cut as consoles
do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from relaycheck.engine.connectors.items import (
    CONNECTOR_ONLY,
    GRANT_ONLY,
    KNOWN,
    MAX_COLUMNS,
    MAX_ITEMS,
    MAX_TEXT,
    USED,
    Item,
    Reading,
    Value,
)
from relaycheck.engine.connectors.model import Cut, Source

_PAIR = re.compile(r"(\s{0,40}[A-Za-z][A-Za-z0-9]{0,60}\s{0,60}):(?: (.*)|$)")
_RULER = re.compile(r"\s*-{2,}(?:\s+-{2,})*\s*")
_PROMPT = re.compile(r"\s*(?:\[[^\]\s]{1,80}\]:?\s*)?PS\s?[^>\r\n]{0,260}>", re.IGNORECASE)
_ELLIPSES = ("...", "…", "...}", "…}")
_MAX_LINE = 64 * 1024


def looks_like_console(text: str) -> bool:
    """Whether the beginning has a ruler or a known ``Name : value`` line."""
    for line in text[:65536].splitlines():
        pair = _PAIR.fullmatch(line)
        if _is_ruler(line) or (pair and pair[1].strip().lower() in KNOWN):
            return True
    return False


def read_console(text: str, file: str) -> Reading:
    """Every object of a console text. Shortened values are marked in the item's ``cuts``."""
    reading = Reading()
    lines = [line[:_MAX_LINE] for line in text.splitlines()]
    headers = {at for at in (_above(lines, n) for n, line in enumerate(lines) if _is_ruler(line)) if at is not None}
    at = 0
    while at < len(lines) and len(reading.items) < MAX_ITEMS:
        if at in headers:
            at = _table(lines, at, headers, file, reading)
        elif _pair(lines[at]):
            at = _list(lines, at, headers, file, reading)
        else:
            at += 1
    for item in reading.items:
        _mark_cuts(item)
    return reading


def _is_ruler(line: str) -> bool:
    return "--" in line and bool(_RULER.fullmatch(line))


def _above(lines: list[str], ruler: int) -> int | None:
    """The nearest line above the ruler that is not blank, at most three away (web pages double the line ends)."""
    for at in range(ruler - 1, max(ruler - 4, -1), -1):
        if lines[at].strip():
            return at
    return None


def _pair(line: str) -> re.Match[str] | None:
    found = _PAIR.fullmatch(line)
    return found if found and not _PROMPT.match(line) else None


def _mark_cuts(item: Item) -> None:
    for name, value in item.fields.items():
        if isinstance(value, str) and value.rstrip().endswith(_ELLIPSES):
            item.cuts[name] = Cut.TRUNCATED


# --- Format-List -----------------------------------------------------------------------------------------------------


def _list(lines: list[str], at: int, headers: set[int], file: str, reading: Reading) -> int:
    """Read ``Name : value`` lines from ``at``; return the line after them."""
    fields: dict[str, str] = {}
    started, last, column, blank = at, "", 0, False
    while at < len(lines) and at not in headers:
        line = lines[at]
        pair = _pair(line)
        if pair and not (blank is False and last and _indent(line) >= column > 2):
            name = pair[1].strip().lower()
            if name in fields or (blank and _other_kind(name, fields)):
                _close(fields, started, file, reading)
                fields, started = {}, at
            fields[name], last, column, blank = (pair[2] or "").strip()[:MAX_TEXT], name, len(pair[1]) + 2, False
        elif not line.strip():
            blank = True
        elif last and _indent(line) >= min(column, 4) > 0:
            fields[last] = _continued(fields[last], line.strip())
        else:
            break
        at += 1
    _close(fields, started, file, reading)
    return max(at, started + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _continued(value: str, more: str) -> str:
    """A wrapped value put together again; a member of a collection holds no blank, so none is put into it."""
    inside = value.startswith("{") and not value.endswith((",", ";"))
    return f"{value}{'' if inside else ' '}{more}"[:MAX_TEXT]


def _other_kind(name: str, fields: dict[str, str]) -> bool:
    """Whether ``name`` belongs to a permission while ``fields`` are a connector's, or the other way round."""
    keys = fields.keys()
    return (name in GRANT_ONLY and not keys.isdisjoint(CONNECTOR_ONLY)) or (
        name in CONNECTOR_ONLY and not keys.isdisjoint(GRANT_ONLY)
    )


def _close(fields: dict[str, str], at: int, file: str, reading: Reading) -> None:
    if not fields.keys().isdisjoint(KNOWN):
        used: dict[str, Value] = {name: value for name, value in fields.items() if name in USED}
        reading.items.append(Item(used, Source(file, at + 1)))


# --- Format-Table ----------------------------------------------------------------------------------------------------


def _table(lines: list[str], header: int, headers: set[int], file: str, reading: Reading) -> int:
    """Read the table whose header is line ``header``; return the line after it."""
    ruler = next(at for at in range(header + 1, len(lines)) if _is_ruler(lines[at]))
    starts = [found.start() for found in re.finditer(r"-+", lines[ruler])]
    names = [cell.lower() for cell in _slice(lines[header], starts)]
    if set(names).isdisjoint(KNOWN) or len(starts) > MAX_COLUMNS:
        return ruler + 1
    row: list[str] | None = None
    last = ruler
    for at, cells in _rows(lines, ruler + 1, headers, starts):
        last = at
        if row is not None and not cells[0] and lines[at - 1].strip():
            row[:] = [_joined(old, new, width) for old, new, width in zip(row, cells, _widths(starts), strict=True)]
            reading.items[-1].fields.update(zip(names, row, strict=True))
            continue
        row = cells
        reading.items.append(Item(dict(zip(names, cells, strict=True)), Source(file, at + 1)))
    return last + 1


def _rows(lines: list[str], at: int, headers: set[int], starts: list[int]) -> Iterator[tuple[int, list[str]]]:
    """The data rows below a ruler, until a prompt, a list or another table begins."""
    for number in range(at, len(lines)):
        line = lines[number]
        if number in headers or _PROMPT.match(line):
            return
        if line.strip():
            if _known_pair(line) and (number == 0 or not lines[number - 1].strip()):
                return
            yield number, _slice(line, starts)


def _known_pair(line: str) -> bool:
    pair = _pair(line)
    return bool(pair) and pair is not None and pair[1].strip().lower() in KNOWN


def _slice(line: str, starts: list[int]) -> list[str]:
    """The cells of one row. A right-aligned value may begin before its ruler: the border moves left to the
    last blank.
    """
    borders = [0]
    for start in starts[1:]:
        border = start
        if start <= len(line) and line[start - 1 : start].strip():
            gap = line.rfind(" ", borders[-1], start)
            border = gap + 1 if gap > borders[-1] else start
        borders.append(border)
    ends = [*borders[1:], len(line)]
    return [line[low:high].strip()[:MAX_TEXT] for low, high in zip(borders, ends, strict=True)]


def _widths(starts: list[int]) -> list[int]:
    return [high - low - 1 for low, high in zip(starts, [*starts[1:], 1 << 30], strict=True)]


def _joined(old: str, new: str, width: int) -> str:
    """A wrapped cell put together again: without a blank where the word filled the column."""
    if not new:
        return old
    return f"{old}{'' if len(old) >= width else ' '}{new}"[:MAX_TEXT]
