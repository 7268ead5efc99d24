"""Foreign text made fit to be shown."""

from __future__ import annotations


def visible(text: str, limit: int = 300) -> str:
    """Foreign text on one line of at most ``limit`` characters, with everything invisible escaped."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text[:limit]
    )
    return shown if len(shown) <= limit and len(text) <= limit else shown[: limit - 1] + "…"
