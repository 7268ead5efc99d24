"""One response read: quickly where it is of the usual kind, closely otherwise, and not again where it was just read."""

from __future__ import annotations

from functools import lru_cache

from publicdns.wire.closely import read_closely
from publicdns.wire.plainly import read_plainly
from publicdns.wire.said import Reading
from publicdns.wire.values import WORTH_KEEPING


def read(message: bytes, asked: bytes, recursive: bool) -> Reading:
    """What ``message`` says to the question section ``asked``. Never raises: hostile bytes are FAILED, malformed.

    The last few thousand are kept by the message without its id: waiting domains answer alike look after look.
    """
    reader = _kept if len(message) <= WORTH_KEEPING else _read
    return reader(b"\0\0" + message[2:], asked, recursive)


def _read(message: bytes, asked: bytes, recursive: bool) -> Reading:
    return read_plainly(message, asked, recursive) or read_closely(message, asked, recursive)


_kept = lru_cache(maxsize=4096)(_read)
