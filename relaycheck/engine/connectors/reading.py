"""Whatever arrives, in any number of files: find its shape, read it, join connectors with the permissions on them."""

from __future__ import annotations

from collections.abc import Iterable

from relaycheck.engine.connectors.clixml import looks_like_clixml, read_clixml
from relaycheck.engine.connectors.console import looks_like_console, read_console
from relaycheck.engine.connectors.decoding import TooLarge, decode
from relaycheck.engine.connectors.items import Progress, Reading
from relaycheck.engine.connectors.joining import join
from relaycheck.engine.connectors.jsonish import read_json
from relaycheck.engine.connectors.meaning import is_connector, is_grant, is_type_name
from relaycheck.engine.connectors.model import Export, Problem, Source, Understood
from relaycheck.engine.connectors.tabular import read_csv, separator_of

_READERS = {"json": read_json, "clixml": read_clixml, "csv": read_csv, "console": read_console}


def read(files: Iterable[tuple[str, bytes]], progress: Progress | None = None) -> Export:
    """Everything that can be understood of ``files`` (name, content). Never raises for what is in them.

    ``progress(done, total)`` is told bytes after each file; the account of every file is in ``Export.files``.
    """
    uploads = [(name[:200], content) for name, content in files]
    total = sum(len(content) for _, content in uploads)
    done = 0
    readings: list[Reading] = []
    accounts: list[Understood] = []
    for name, content in uploads:
        reading, account = read_one(name, content)
        readings.append(reading)
        accounts.append(account)
        done += len(content)
        if progress:
            progress(done, total)
    return join([item for reading in readings for item in reading.items], tuple(accounts))


def read_one(name: str, content: bytes) -> tuple[Reading, Understood]:
    """One file: its objects, and what was understood of it."""
    try:
        text, encoding = decode(content)
    except TooLarge:
        return Reading(), Understood(name, "unknown", "", problems=(Problem("too-large", Source(name)),))
    shape = shape_of(text)
    if shape not in _READERS:
        return Reading(), Understood(name, shape, encoding, problems=(Problem(shape, Source(name)),))
    reading = _READERS[shape](text, name)
    _note_gaps(reading, name)
    connectors = sum(is_connector(item) for item in reading.items)
    permissions = sum(is_grant(item) for item in reading.items)
    return reading, Understood(name, shape, encoding, connectors, permissions, tuple(reading.problems))


def shape_of(text: str) -> str:
    """``json``, ``clixml``, ``csv``, ``console``; or what else it is: ``protocol-log``, ``empty``, ``not-
    an-export``.
    """
    head = text[:65536].lstrip("\ufeff \t\r\n\0")
    if not head:
        return "empty"
    if head.startswith(("#Software: Microsoft Exchange", "#Fields: date-time,connector-id")):
        return "protocol-log"
    if looks_like_clixml(head):
        return "clixml"
    if head[0] == "{" or (head[0] == "[" and head[1:].lstrip()[:1] in ("{", "[", "]", '"')):
        return "json"
    if separator_of(head):
        return "csv"
    return "console" if looks_like_console(head) else "not-an-export"


def _note_gaps(reading: Reading, name: str) -> None:
    """Say once per file and field that type names or shortened values were found: another command is needed."""
    seen: set[tuple[str, str]] = set()
    if not any(is_connector(item) or is_grant(item) for item in reading.items):
        reading.problem("nothing-found", Source(name))
    for item in reading.items:
        gaps = [("type-name", field) for field, value in item.fields.items() if is_type_name(value)]
        gaps += [("truncated", field) for field in item.cuts]
        for gap in gaps:
            if gap not in seen and len(seen) < 50:
                seen.add(gap)
                reading.problem(gap[0], item.source, gap[1])
