"""JSON that every database takes, whatever somebody publishes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def encoded(value: Any) -> bytes:
    """``value`` as JSON in UTF-8. PostgreSQL has no room for NUL, and UTF-8 none for a lone surrogate: a sign stands in
    the place of each, because one hostile record must not keep a whole batch from being written."""
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return orjson.dumps(_storable(value))
    return orjson.dumps(_storable(value)) if b"\\u0000" in text else text


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub(lambda found: "␀" if found[0] == "\0" else "\ufffd", value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(part) for key, part in value.items()}
    return [_storable(part) for part in value] if isinstance(value, (list, tuple)) else value
