"""Export-Clixml: text values only. Binary blobs are never decoded, document types are refused."""

from __future__ import annotations

import re
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from relaycheck.engine.connectors.items import MAX_ITEMS, MAX_TEXT, USED, Item, Reading, Value
from relaycheck.engine.connectors.model import Source

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_COLLECTIONS = frozenset({"LST", "IE", "STK", "QUE"})
_TEXTS = frozenset(
    {
        "S",
        "I16",
        "I32",
        "I64",
        "U16",
        "U32",
        "U64",
        "By",
        "B",
        "G",
        "Version",
        "URI",
        "TS",
        "DT",
        "ToString",
        "Db",
        "SD",
    }
)
_DEPTH = 12
_MAX_REFERENCES = 200_000


def looks_like_clixml(text: str) -> bool:
    """Whether the first element is PowerShell's ``Objs``."""
    return "<Objs" in text[:600]


def read_clixml(text: str, file: str) -> Reading:
    """The top-level objects with their properties as text."""
    reading = Reading()
    content = BytesIO(_DECLARATION.sub("", text, count=1).encode("utf-8", errors="replace"))
    known: dict[str, Value] = {}
    depth = 0
    try:
        for event, element in iterparse(content, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 1 and _tag(element) == "Obj" and len(reading.items) < MAX_ITEMS:
                fields = _properties(element, known)
                reading.items.append(Item(fields, Source(file, len(reading.items) + 1)))
                element.clear()
    except DefusedXmlException as error:
        reading.problem("xml-refused", Source(file), type(error).__name__)
    except (ParseError, ValueError, LookupError) as error:
        reading.problem("xml-broken", Source(file, len(reading.items) + 1), str(error))
    return reading


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _properties(element: Element, known: dict[str, Value]) -> dict[str, Value]:
    """The members of ``Props`` and of ``MS``, where Select-Object puts its own."""
    fields: dict[str, Value] = {}
    for part in element:
        if _tag(part) not in ("Props", "MS"):
            continue
        for member in part:
            value = _value(member, known, _DEPTH)
            name = _unescaped(member.get("N", "")).lower()
            if name in USED:
                fields[name] = value
    return fields


def _value(element: Element, known: dict[str, Value], depth: int) -> Value:
    tag = _tag(element)
    if tag == "Ref":
        return known.get(element.get("RefId", ""))
    if tag in _TEXTS:
        return _unescaped(element.text or "")
    if tag != "Obj" or depth <= 0:
        return None
    value = _object(element, known, depth)
    if len(known) < _MAX_REFERENCES and (reference := element.get("RefId")):
        known[reference] = value
    return value


def _object(element: Element, known: dict[str, Value], depth: int) -> Value:
    """A collection as a tuple; anything else by its ToString, or by the number of an enum that has none."""
    words = number = None
    for part in element:
        tag = _tag(part)
        if tag in _COLLECTIONS:
            members = (_value(member, known, depth - 1) for member in part)
            return tuple(member if isinstance(member, str) else "; ".join(member) for member in members if member)
        if tag == "ToString":
            words = _unescaped(part.text or "")
        elif tag == "I32":
            number = part.text
        elif tag in ("Props", "MS"):
            for member in part:
                _value(member, known, depth - 1)  # remembered in case a later Ref points here
    return words or number


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text[:MAX_TEXT])
