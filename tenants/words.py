"""What people type in the address bar and in forms."""

from __future__ import annotations

from collections.abc import Mapping


def stripped(typed: Mapping[str, str], name: str, longest: int) -> str:
    """What ``typed`` says for ``name``, without blanks around it and as a database takes it: no NUL, and at most
    ``longest`` characters."""
    return typed.get(name, "").strip().replace("\0", "")[:longest]
