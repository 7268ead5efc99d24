"""Commands that only the demo has."""

from __future__ import annotations
