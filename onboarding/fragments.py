"""Fragments that many people see alike: rendered once for each version of what they show.

The version is a number for each tenant in Redis, raised with every ring of the doorbell. A fragment is kept for a few
seconds at most, because looks that change nothing move "last looked" without ringing. Without Redis nothing is kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

KEPT = 256  # fragments in this process


@dataclass(slots=True)
class _Place:
    """Where one fragment is kept; who holds the lock renders it for all who wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    text: str | None = None


class Shelf:
    """The newest fragments of this process."""

    def __init__(self, size: int = KEPT) -> None:
        self._size = size
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, render: Callable[[], str]) -> str:
        """The fragment for ``key``, rendered by one of those who ask for it at once."""
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._size:
                self._places.popitem(last=False)
        with place.lock:
            if place.text is None:
                place.text = render()
            return place.text


SHELF = Shelf()


def key_of(versions: Iterable[int] | None, *more: Hashable) -> Hashable | None:
    """What makes two readers' fragments the same; None when nobody knows how new they are."""
    return None if versions is None else (tuple(versions), *more)
