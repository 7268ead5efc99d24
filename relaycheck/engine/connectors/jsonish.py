"""JSON: our own export, and ConvertTo-Json of either cmdlet with enums as integers, names or pairs of both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from relaycheck.engine.connectors.items import KNOWN, MAX_ITEMS, MAX_TEXT, USED, Item, Reading, Value
from relaycheck.engine.connectors.model import Source

FORMAT = "receive-connectors"
_NESTING = 4


def read_json(text: str, file: str) -> Reading:
    """Every object that looks like a connector or a permission, wherever lists of them stand.

    Our own export nests the permissions in their connector: those listings are known to be whole.
    """
    reading = Reading()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        reading.problem("not-json", Source(file), str(error))
        return reading
    for number, found in enumerate(_objects(document, _NESTING), start=1):
        if len(reading.items) >= MAX_ITEMS:
            break
        _take(found, Source(file, number), reading)
    return reading


def _objects(document: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The property lists in ``document``, from lists, ``{"value": [...], "Count": 2}`` and named sections."""
    if depth < 0:
        return
    if isinstance(document, list):
        for part in document:
            yield from _objects(part, depth - 1)
    elif isinstance(document, dict):
        if not {str(key).lower() for key in document}.isdisjoint(KNOWN):
            yield document
            return
        for part in document.values():
            yield from _objects(part, depth - 1)


def _take(found: Mapping[str, Any], source: Source, reading: Reading) -> None:
    nested = found.get("permissions", ())
    item = Item(_fields(found), source)
    reading.items.append(item)
    if nested is None:
        reading.problem("permissions-not-read", source, str(found.get("permissionsError") or ""))
    if "permissions" not in found or not isinstance(nested, list):
        return
    item.whole = True
    identity, dn = item.fields.get("identity"), item.fields.get("distinguishedname")
    for grant in nested[:MAX_ITEMS]:
        if isinstance(grant, dict) and len(reading.items) < MAX_ITEMS:
            reading.items.append(Item(_fields(grant) | {"identity": identity, "distinguishedname": dn}, source))


def _fields(found: Mapping[str, Any]) -> dict[str, Value]:
    return {str(key).lower(): _value(value) for key, value in found.items() if str(key).lower() in USED}


def _value(value: Any) -> Value:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_text(part, _NESTING) for part in value[:20_000] if part is not None)
    return _text(value, _NESTING)


def _text(value: Any, depth: int) -> str:
    """One value as the text PowerShell would print; deeper objects by their telling member."""
    if isinstance(value, dict) and depth > 0:
        return _telling({str(key).lower(): part for key, part in _preferring_names(value)}, depth)
    if isinstance(value, list):
        return "; ".join(_text(part, depth - 1) for part in value[:1000]) if depth > 0 else ""
    return str(value)[:MAX_TEXT]


def _preferring_names(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members, strings last: of ``{"value": 13, "Value": "AnonymousUsers, ..."}`` the name wins."""
    return iter(sorted(value.items(), key=lambda pair: isinstance(pair[1], str)))


def _telling(members: Mapping[str, Any], depth: int) -> str:
    for name in ("expression", "value", "ipaddresstostring", "rawidentity", "tostring", "name"):
        if members.get(name) not in (None, ""):
            return _text(members[name], depth - 1)
    if {"lowerbound", "upperbound"} <= members.keys():
        return f"{_text(members['lowerbound'], depth - 1)}-{_text(members['upperbound'], depth - 1)}"
    if {"address", "port"} <= members.keys():
        address = _text(members["address"], depth - 1)
        return f"[{address}]:{members['port']}" if ":" in address else f"{address}:{members['port']}"
    return _text(members["address"], depth - 1) if isinstance(members.get("address"), str) else ""
