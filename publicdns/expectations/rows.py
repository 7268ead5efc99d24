"""One row of a table of records: its cells by their headings, or by what they look like."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TTL = re.compile(r"(\d{1,6})\s*(s|sec|seconds?|min|minutes?|h|hours?|d|days?)?", re.IGNORECASE)
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_WORDS = ("healthy", "error", "not valid", "missing", "unknown", "ok", "invalid", "expected record", "actual record")
_SERVICE = re.compile(r"_[a-z0-9-]+", re.IGNORECASE)
_TARGET = re.compile(r"(\d+ )?\S+")
_PORTS = frozenset({"443", "5061", "5060", "5269"})


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record. Empty: not given."""

    rdtype: str
    host: str = ""
    value: str = ""
    priority: str = ""
    ttl: int | None = None
    service: str = ""
    protocol: str = ""
    port: str = ""
    weight: str = ""


def row_of(cells: list[str], heading: tuple[str, ...], types: frozenset[str]) -> Row | None:
    """The record in ``cells``; None when there is no type among them."""
    at = next((number for number, cell in enumerate(cells) if cell.upper() in types), None)
    if at is None:
        return None
    rdtype = cells[at].upper()
    if heading and len(cells) <= len(heading):
        named = {name: cell for name, cell in zip(heading, cells, strict=False) if name}
        if named.get("type", "").upper() == rdtype and "value" in named:
            return _from_names(rdtype, named)
    return _by_shape(rdtype, [cell for cell in cells[at + 1 :] if cell.lower() not in _WORDS])


def service_value(row: Row) -> str:
    """An SRV record's value, ``priority weight port target``; empty when a part is missing."""
    words = row.value.split()
    numbers = [row.priority, row.weight, row.port]
    if len(words) == 4:
        numbers, words = words[:3], words[3:]
    if len(words) != 1 or not all(number.isdecimal() and int(number) < 65536 for number in numbers):
        return ""
    return f"{' '.join(str(int(number)) for number in numbers)} {words[0].rstrip('.').lower()}"


def _from_names(rdtype: str, named: dict[str, str]) -> Row:
    host = named.get("host", "")
    service, protocol = named.get("service", ""), named.get("protocol", "")
    if service and protocol:
        host = _service_host(service, protocol, host)
    return Row(
        rdtype,
        host,
        named["value"],
        named.get("priority", ""),
        seconds(named.get("ttl", "")),
        service,
        protocol,
        named.get("port", ""),
        named.get("weight", ""),
    )


def _by_shape(rdtype: str, cells: list[str]) -> Row:
    if rdtype == "SRV":
        return _service_by_shape(cells)
    numbers = [cell for cell in cells if cell.isdecimal()]
    texts = [cell for cell in cells if not cell.isdecimal() and (seconds(cell) is None)]
    if rdtype == "TXT":
        value = next((cell for cell in texts if "=" in cell), texts[-1] if texts else "")
    else:
        texts = [cell for cell in texts if _TARGET.fullmatch(cell)]  # the next service's name may follow
        value = texts[-1] if texts else ""
    host = next((cell for cell in texts if cell is not value), "@")
    priority = next((number for number in numbers if int(number) != 3600), "") if rdtype == "MX" else ""
    return Row(rdtype, host, value, priority, _ttl_of(cells))


def _service_by_shape(cells: list[str]) -> Row:
    whole = next((cell for cell in cells if re.fullmatch(r"\d+ \d+ \d+ \S+", cell)), "")
    labels = [cell for cell in cells if _SERVICE.fullmatch(cell)]
    texts = [cell for cell in cells if not cell.isdecimal() and cell not in labels and seconds(cell) is None]
    if whole:
        host = next((cell for cell in texts if cell.startswith("_")), "")
        return Row("SRV", host or _service_host(*labels[:2]) if len(labels) > 1 or host else "", whole)
    target = next((cell for cell in reversed(texts) if "." in cell and not cell.startswith("_")), "")
    host = next((cell for cell in texts if cell is not target), "@")
    numbers = [cell for cell in cells if cell.isdecimal() and int(cell) != 3600]
    port = next((number for number in numbers if number in _PORTS), "")
    weight = next((number for number in numbers if number == "1"), "")
    priority = next((number for number in numbers if number not in (port, weight)), "")
    if len(labels) > 1:
        host = _service_host(labels[0], labels[1], host)
    return Row("SRV", host, target, priority, _ttl_of(cells), port=port, weight=weight)


def _service_host(service: str, protocol: str, at: str = "@") -> str:
    labels = f"_{service.strip().lstrip('_')}._{protocol.strip().lstrip('_')}".lower()
    if at.lower().startswith(labels):
        return at
    return labels if at.strip() in ("", "@") else f"{labels}.{at.strip()}"


def _ttl_of(cells: list[str]) -> int | None:
    return next((found for cell in cells if not cell.isdecimal() and (found := seconds(cell)) is not None), None)


def seconds(text: str) -> int | None:
    """``3600``, ``1 Hour`` or ``30 minutes`` in seconds; None for anything else."""
    found = _TTL.fullmatch(text.strip())
    if found is None:
        return None
    return int(found[1]) * _UNITS.get((found[2] or "s")[0].lower(), 1)
