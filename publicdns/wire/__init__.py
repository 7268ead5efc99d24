"""The only sockets of publicdns: many questions at once over UDP and TCP, TLS and HTTPS; errors become Answers."""

from __future__ import annotations

from publicdns.asking import gather
from publicdns.wire.loop import Wire
from publicdns.wire.options import Crashed, Done, WireOptions

__all__ = ["Crashed", "Done", "Wire", "WireOptions", "gather"]
