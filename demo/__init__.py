"""A small world of zones, name servers and mail on loopback: it plays the demo's story, and tests talk to it."""

from __future__ import annotations
