"""Ids that may stand in an address: unguessable, short, never a row number."""

from __future__ import annotations

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that two people read differently over the telephone


def new_public_id() -> str:
    """Twelve characters, about 59 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))
