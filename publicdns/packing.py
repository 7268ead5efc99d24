"""Frozen values to plain JSON and back, led by their type annotations. Keys that hold their default are left out."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
PLAIN = frozenset({str, int, float, bool, type(None)})


def pack(value: Any) -> Any:
    """``value`` (dataclasses, tuples, mappings, StrEnums, bytes and plain values) as what ``json.dumps`` takes."""
    kind: Any = type(value)
    if kind in PLAIN:
        return value
    if (plan := _plan(kind)) is not None:
        return {name: pack(part) for name, default in plan if (part := getattr(value, name)) != default}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): pack(part) for key, part in value.items()}
    return [pack(part) for part in value] if isinstance(value, (tuple, list)) else value


@cache
def _plan(kind: type[Any]) -> tuple[tuple[str, Any], ...] | None:
    """The names and defaults of a dataclass's fields; None for any other type. Looked up once: this is the hot part."""
    if not is_dataclass(kind):
        return None
    return tuple((field.name, _default(field)) for field in fields(kind))


def unpack(kind: type[T], packed: Any) -> T:
    """The ``kind`` that was packed. Raises ValueError when ``packed`` is not one."""
    try:
        unpacked: T = _unpack(kind, packed)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a packed {kind.__name__}: {error}") from error
    return unpacked


def _unpack(kind: Any, packed: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if packed is None else _unpack(next(part for part in inner if part is not type(None)), packed)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_unpack(inner[0], part) for part in packed)
    if origin is tuple:
        return tuple(_unpack(part, value) for part, value in zip(inner, packed, strict=True))
    if origin is not None:
        return packed
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{key: _unpack(hints[key], part) for key, part in packed.items()})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(packed)
    return bytes.fromhex(packed) if kind is bytes else packed


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
