"""Frozen values to plain JSON and back, led by their type annotations. Keys that hold their default are left out."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def pack(value: Any) -> Any:
    """``value`` (dataclasses, tuples, mappings, StrEnums, bytes and plain values) as what ``json.dumps`` takes."""
    kind: Any = type(value)
    packer = _packer(kind)
    return value if packer is None else packer(value)


@cache
def _packer(kind: type[Any]) -> Callable[[Any], Any] | None:
    """What packs values of this very type; None: they are plain. Made out once, because a sweep packs a dozen values
    for every domain."""
    if is_dataclass(kind):
        return _of_dataclass(kind)
    if issubclass(kind, StrEnum):
        return attrgetter("_value_")
    if issubclass(kind, bytes):
        return bytes.hex
    if issubclass(kind, Mapping):
        return lambda value: {str(key): pack(part) for key, part in value.items()}
    return (lambda value: [pack(part) for part in value]) if issubclass(kind, (tuple, list)) else None


def _of_dataclass(kind: type[Any]) -> Callable[[Any], dict[str, Any]]:
    plan = [(field.name, _default(field)) for field in fields(kind)]

    def packed(value: Any) -> dict[str, Any]:
        found = {}
        for name, default in plan:
            part = getattr(value, name)
            if part is not default and part != default:
                packer = _packer(part.__class__)
                found[name] = part if packer is None else packer(part)
        return found

    return packed


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
