"""Frozen values to plain JSON and back, led by their type annotations. Keys that hold their default are left out."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Packer: TypeAlias = "Callable[[Any], Any]"


def pack(value: Any) -> Any:
    """``value`` (dataclasses, tuples, mappings, StrEnums, bytes and plain values) as what ``json.dumps`` takes."""
    return PACKERS[value.__class__](value)


class _Packers(dict[type[Any], Packer]):
    """What packs values of a very type, made when the first of them comes."""

    def __missing__(self, kind: type[Any]) -> Packer:
        self[kind] = made = _packer(kind)
        return made


PACKERS = _Packers()


def _packer(kind: type[Any]) -> Packer:
    if is_dataclass(kind):
        return _of_dataclass(kind)
    if issubclass(kind, StrEnum):
        return attrgetter("_value_")
    if issubclass(kind, bytes):
        return bytes.hex
    if issubclass(kind, Mapping):
        return lambda value: {str(key): pack(part) for key, part in value.items()}
    if issubclass(kind, (tuple, list)):
        return lambda value: [PACKERS[part.__class__](part) for part in value]
    return _as_it_is


def _of_dataclass(kind: type[Any]) -> Packer:
    """Straight code for one class, as ``dataclasses`` itself writes it: a sweep packs dozens of values a domain, and a
    loop over their fields takes three times as long."""
    names: dict[str, Any] = {"packers": PACKERS}
    hints = get_type_hints(kind)
    lines = ["def packed(value):", " found = {}"]
    for number, one in enumerate(fields(kind)):
        names[f"default{number}"] = default = _default(one)
        lines.append(f" part = value.{one.name}")
        lines.append(f" if {_differs(default, hints[one.name], f'default{number}')}:")
        lines.append(f"  found[{one.name!r}] = {_spelt(hints[one.name])}")
    exec("\n".join([*lines, " return found"]), names)  # noqa: S102 - nothing but the field names of our own classes
    made: Packer = names["packed"]
    return made


def _differs(default: Any, hint: Any, name: str) -> str:
    """How it is seen that a part is not the ``default``: by the least that tells, because most parts are."""
    if default is MISSING:
        return "True"
    if default is None or isinstance(default, StrEnum):
        return f"part is not {name}"
    if not default and (hint in (str, bytes, bool, int, float) or get_origin(hint) is tuple):
        return "part"
    return f"part is not {name} and part != {name}"


def _spelt(hint: Any) -> str:
    """How a field so annotated is packed. What is plain for sure needs no look at its type."""
    if _is_plain(hint):
        return "part"
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (tuple, dict) and all(_is_plain(one) or one is Ellipsis for one in inner):
        return f"{'list' if origin is tuple else 'dict'}(part)"
    if origin is tuple:
        return "[packers[one.__class__](one) for one in part]"
    return "packers[part.__class__](part)"


def _is_plain(hint: Any) -> bool:
    """Whether ``json.dumps`` takes every value so annotated as it is."""
    if get_origin(hint) in (Union, types.UnionType, list):
        return all(map(_is_plain, get_args(hint)))
    return hint in (str, int, float, bool, type(None))


def _as_it_is(value: Any) -> Any:
    return value


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
