"""Commands of the tenants app."""

from __future__ import annotations
