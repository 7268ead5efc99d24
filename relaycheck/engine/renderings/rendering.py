"""What every rendering gives back: text to copy, and the notes a person should read beside it."""

from __future__ import annotations

from dataclasses import dataclass


class CannotRender(ValueError):
    """A fact this rendering needs is not declared yet. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence beside a rendering and the page that says it."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rendering:
    """One thing to copy. ``language``: powershell, postfix, dns, shell or json; ``file``: where it belongs."""

    name: str
    title: str
    language: str
    text: str
    file: str = ""
    notes: tuple[Note, ...] = ()
