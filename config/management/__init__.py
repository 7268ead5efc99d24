"""Commands that run the installation."""

from __future__ import annotations
