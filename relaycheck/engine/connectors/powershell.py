"""Values as PowerShell source. Everything is ASCII: a script saved in the wrong encoding must not grant rights to a
stranger.
"""

from __future__ import annotations

from collections.abc import Iterable

_WIDTH = 200


def quoted(text: str) -> str:
    """``text`` as an expression that evaluates to exactly it.

    PowerShell takes typographic quotes for quotes (about_Quoting_Rules), and Windows PowerShell reads files
    without BOM as ANSI: every character beyond printable ASCII is written by its number.
    """
    parts: list[str] = []
    plain = ""
    for letter in text:
        if " " <= letter <= "~":
            plain += letter
            continue
        parts.extend(_literals(plain))
        parts.extend(f"[char]0x{unit:04X}" for unit in _units(letter))
        plain = ""
    parts.extend(_literals(plain))
    if len(parts) <= 1 and (plain or not text):
        return parts[0] if parts else "''"
    return "(" + " + ".join(parts if parts[0].startswith("'") else ["''", *parts]) + ")"


def _literals(plain: str) -> list[str]:
    return ["'" + plain.replace("'", "''") + "'"] if plain else []


def _units(letter: str) -> Iterable[int]:
    """The UTF-16 code units of one character: .NET's char is one unit."""
    encoded = letter.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2))


def listed(values: Iterable[str]) -> str:
    """Several texts as an array argument."""
    return ",".join(quoted(value) for value in values)


def comment(text: str) -> str:
    """One comment line; whatever could end the line or begin code is replaced."""
    clean = "".join(letter if " " <= letter <= "~" else "?" for letter in text)
    return f"# {clean[:_WIDTH]}"


def command(name: str, *arguments: tuple[str, str]) -> str:
    """``Name -Parameter expression ...``; a parameter with an empty expression is a switch."""
    return " ".join([name, *(f"-{parameter} {value}".rstrip() for parameter, value in arguments)])
