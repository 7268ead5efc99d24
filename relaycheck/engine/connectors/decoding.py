"""Uploaded bytes to text. PowerShell redirects as UTF-16 with BOM, Export-Csv writes UTF-8 or ANSI,
consoles anything.
"""

from __future__ import annotations

import codecs

MAX_BYTES = 64 * 1024 * 1024  # a 300-connector organisation with 40,000 grants is 15 MB
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096


class TooLarge(ValueError):
    """More than MAX_BYTES."""


def sniff(head: bytes) -> tuple[str, int]:
    """The encoding of a file that begins with ``head``, and how many bytes of BOM to skip."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, len(bom)
    sample = head[:_SAMPLE]
    if sample[1::2].count(0) * 3 > len(sample):  # UTF-16 without BOM: every second byte of mostly Latin text is zero
        return "utf-16-le", 0
    if sample[0::2].count(0) * 3 > len(sample):
        return "utf-16-be", 0
    return "utf-8", 0


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Never fails for odd bytes: Windows-1252 reads what UTF-8 cannot.

    Raises TooLarge beyond MAX_BYTES.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge
    encoding, skip = sniff(content[:_SAMPLE])
    body = content[skip:]
    if encoding != "utf-8":
        return body.decode(encoding, errors="replace"), encoding
    try:
        return body.decode("utf-8"), encoding
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace"), "windows-1252"
