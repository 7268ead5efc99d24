"""Values that nobody changes, at the price of plain ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, dataclass_transform, overload

T = TypeVar("T")
V = TypeVar("V")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[T]) -> type[T]:
    """``cls`` as a dataclass with slots that compares and hashes by its fields. That nobody assigns to one is left to
    the type checker.

    For values of which every look makes dozens: made with ``frozen=True``, an Answer takes six times as long.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class MadeOnce(Generic[V]):
    """A property made of an instance when it is first asked for, and kept in its ``__dict__``. As
    functools.cached_property, without the lock that Python 3.11 takes for each first time."""

    def __init__(self, make: Callable[[Any], V]) -> None:
        self.make, self.name, self.__doc__ = make, "", make.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> V: ...

    def __get__(self, instance: object | None, owner: type) -> Self | V:
        if instance is None:
            return self
        made = instance.__dict__[self.name] = self.make(instance)
        return made


def having(value: T, **more: Any) -> T:
    """``value``, which :func:`frozen` made, with ``more`` of its fields filled otherwise. ``dataclasses.replace`` asks
    about each field first, and takes four times as long."""
    found = object.__new__(type(value))
    for name in value.__slots__:  # type: ignore[attr-defined]
        setattr(found, name, more[name] if name in more else getattr(value, name))
    return found
