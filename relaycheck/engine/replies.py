"""What a remote server's refusal means: one line in, meaning, who acts, where and how long out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from relaycheck.engine.reply_row import Row
from relaycheck.engine.reply_table import TABLE

CODES = re.compile(r"(?<![\d.])([245]\d\d)[ -]+(?:([245]\.\d{1,3}\.\d{1,3})\b)?")
ENHANCED_ALONE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
ADDRESS = re.compile(r"\[([0-9A-Fa-f:.]{3,45})\]")
LINE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a line means. ``address`` is the blocked address it names; the codes are as found, or empty."""

    code: str
    enhanced: str
    row: Row
    address: str
    temporary: bool

    @property
    def delisting(self) -> bool:
        """True when somebody has to ask for the address to be taken off a list."""
        return self.row.delisting


def codes(line: str) -> tuple[str, str]:
    """The reply code and enhanced code (RFC 3463) in ``line``; empty where there is none."""
    if found := CODES.search(line):
        return found[1], found[2] or _alone(line)
    return "", _alone(line)


def _alone(line: str) -> str:
    found = ENHANCED_ALONE.search(line)
    return found[1] if found else ""


def explain(line: str, table: tuple[Row, ...] = TABLE) -> Explanation | None:
    """Explain one reply, bounce or log line; None when it holds no refusal. Only the first 2000 characters count."""
    line = line[:LINE_LIMIT].replace("+", " ")
    code, enhanced = codes(line)
    if code.startswith("2") or not (code or enhanced):
        return None
    row = next((row for row in table if _fits(row, enhanced, line)), None)
    if row is None:
        return None
    address = ADDRESS.search(line)
    temporary = (code or enhanced).startswith("4")
    return Explanation(code, enhanced, row, address[1] if address else "", temporary)


def _fits(row: Row, enhanced: str, line: str) -> bool:
    if row.prefix:
        prefix, _, last = enhanced.rpartition(".")
        if prefix != row.prefix or not row.low <= int(last) <= row.high:
            return False
    return not row.text or re.search(row.text, line, re.IGNORECASE) is not None
