"""The pure half of relaycheck: no Django, no sockets, no clock."""

from __future__ import annotations
