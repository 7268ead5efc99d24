"""One response read: quickly where it is of the usual kind, closely otherwise."""

from __future__ import annotations

from publicdns.wire.closely import read_closely
from publicdns.wire.plainly import read_plainly
from publicdns.wire.said import Reading


def read(message: bytes, asked: bytes, recursive: bool) -> Reading:
    """What ``message`` says to the question section ``asked``. Never raises: hostile bytes are FAILED, malformed."""
    return read_plainly(message, asked, recursive) or read_closely(message, asked, recursive)
