"""A small world of zones, name servers and mail on loopback: it plays the demo's story and is what the tests talk to."""

from __future__ import annotations
