"""The only sockets of publicdns: many questions at once over UDP and TCP, TLS and HTTPS; errors become Answers."""

from __future__ import annotations

from publicdns.asking import gather
from publicdns.wire.loop import Wire
from publicdns.wire.options import Crashed, Done, WireOptions
from publicdns.wire.ways import Way

__all__ = ["Crashed", "Done", "Way", "Wire", "WireOptions", "gather"]
