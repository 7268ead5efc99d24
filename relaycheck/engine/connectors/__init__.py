"""Which Exchange receive connectors relay outside: read exports, judge them, carry them over. Pure: no files, no
clock, no sockets.
"""

from __future__ import annotations
