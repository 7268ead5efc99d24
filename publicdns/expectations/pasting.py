"""Read what somebody copied: the wizard's table, its zone or CSV file, DKIM values, a host name.

Nothing pasted is trusted: bounded, without control characters, and only records of the domain itself are taken.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

from publicdns.expectations import graph
from publicdns.expectations.clouds import CLOUDS
from publicdns.expectations.reading import Parsed, PasteError, Skipped, whole_name
from publicdns.expectations.records import TTL, Expected, expected_record
from publicdns.expectations.rows import Row, row_of, service_value

LONGEST_TEXT = 65_536
MOST_LINES = 400
TYPES = frozenset({"MX", "TXT", "CNAME", "SRV"})
# A heading's words in the admin center and in its CSV file, in small letters, and what they head.
HEADINGS = {
    "type": "type",
    "record type": "type",
    "host name": "host",
    "host": "host",
    "hostname": "host",
    "name": "host",
    "alias": "host",
    "points to address or value": "value",
    "points to address": "value",
    "points to": "value",
    "value": "value",
    "txt value": "value",
    "address": "value",
    "target": "value",
    "content": "value",
    "mail server": "value",
    "ttl": "ttl",
    "priority": "priority",
    "preference": "priority",
    "service": "service",
    "protocol": "protocol",
    "port": "port",
    "weight": "weight",
}
_SELECTOR = re.compile(r"\s*selector([12])cname\s*[:=]\s*\"?([A-Za-z0-9._-]+)\"?\s*", re.IGNORECASE)
_BARE_TARGET = re.compile(r"selector([12])-[A-Za-z0-9-]+\._domainkey\.[A-Za-z0-9.-]+", re.IGNORECASE)
_PAIR = re.compile(r"\s*([A-Za-z ]{3,30}?)\s*[:=]\s+(.+)")
_GAP = re.compile(r"\t+| {2,}|\s*\|\s*")


def parse(text: str, domain: str) -> Parsed:
    """The records for ``domain`` in ``text``. Raises PasteError when there is none."""
    if len(text) > LONGEST_TEXT:
        raise PasteError("too-long", "This is too long. Paste only the table with the records.")
    plain = "".join(_plain(char) for char in text)
    if plain.lstrip()[:1] in ("{", "["):
        return graph.parse(_json(plain), domain)
    lines = [line.rstrip() for line in plain.split("\n") if line.strip()][:MOST_LINES]
    parsed = _Reading(domain).run(lines)
    if not parsed.records:
        raise _nothing(parsed)
    return parsed


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise PasteError("json", "This begins like JSON and cannot be read to its end. Copy all of it again.") from None
    return value


def _nothing(parsed: Parsed) -> PasteError:
    if parsed.skipped:
        first = parsed.skipped[0]
        return PasteError(
            "none", f"No record of this domain is in it. The first one left out: {first.text}: {first.why}"
        )
    return PasteError(
        "none", "There is no record in it. Copy the table of records from the admin center, or a line of it."
    )


def _plain(char: str) -> str:
    if char in "\n\t":
        return char
    if char in "\r\v\f\u2028\u2029\x85":
        return "\n"
    if char in "\u00a0\u2007\u202f":
        return " "
    return "" if unicodedata.category(char)[0] == "C" else char


@dataclass(slots=True)
class _Reading:
    """One paste on its way through the lines."""

    domain: str

    def run(self, lines: list[str]) -> Parsed:
        """All records; each line by itself, or one cell a line where that is how it was copied."""
        if len(lines) > 2 and not any(len(_cells(line)) > 1 for line in lines):
            lines = _joined(lines)
        records: dict[str, Expected] = {}
        skipped: list[Skipped] = []
        heading: tuple[str, ...] = ()
        host = ""
        for line in lines:
            cells = _cells(line)
            if found := _headings(cells):
                heading = found
                continue
            pair = _PAIR.fullmatch(line)
            if pair and HEADINGS.get(pair[1].strip().lower()) == "host":
                host = pair[2].strip()
                continue
            row = self._row(line, cells, heading, host)
            if row is None:
                continue
            record, why = self._record(row)
            if record is not None:
                records[record.key] = record
            else:
                skipped.append(Skipped(line.strip()[:80], why))
        return Parsed(tuple(records.values()), tuple(skipped[:20]))

    def _row(self, line: str, cells: list[str], heading: tuple[str, ...], host: str) -> Row | None:
        if selector := _SELECTOR.fullmatch(line):
            return Row("CNAME", f"selector{selector[1]}._domainkey", selector[2])
        if (target := _BARE_TARGET.search(line)) and (len(cells) == 1 or host):
            return Row("CNAME", f"selector{target[1]}._domainkey", target[0])
        if len(cells) == 1 and _is_mail_host(cells[0]):
            return Row("MX", "@", f"0 {cells[0]}")
        if len(cells) == 1 and cells[0].lower().startswith("v=spf1 "):
            return Row("TXT", "@", cells[0])
        return row_of(cells, heading, TYPES)

    def _record(self, row: Row) -> tuple[Expected | None, str]:
        name = whole_name(row.host, self.domain)
        if name is None:
            return None, f"it belongs to another name than {self.domain}"
        value = service_value(row) if row.rdtype == "SRV" else _value(row)
        if not value:
            return None, "its value cannot be read"
        return expected_record(self.domain, row.rdtype, name, value, ttl=row.ttl or TTL), ""


def _value(row: Row) -> str:
    """The value in canonical form; empty when it is none."""
    if row.rdtype == "TXT":
        return row.value.strip().strip('"')[:2000]
    if row.rdtype == "CNAME":
        return _host(row.value)
    preference, _, host = row.value.strip().rpartition(" ")
    preference = row.priority or preference.strip() or "0"
    target = _host(host)
    return f"{int(preference)} {target}" if target and preference.isdecimal() and int(preference) < 65536 else ""


def _host(text: str) -> str:
    low = text.strip().strip('"').rstrip(".").lower()
    fits = len(low) <= 253 and re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?", low) and "." in low
    return low if fits else ""


def _is_mail_host(text: str) -> bool:
    host = _host(text)
    suffixes = [suffix for values in CLOUDS.values() for suffix in values.mail]
    return bool(host) and any(host.endswith(f".{suffix}") for suffix in suffixes)


def _cells(line: str) -> list[str]:
    """The cells of one line: tabs, gaps of two spaces, bars, a CSV row, or a line of a zone file."""
    if "\t" not in line and re.search(r"\sIN\s", line):
        return _zone_cells(line)
    cells = [cell.strip() for cell in _GAP.split(line.strip().strip("|"))]
    if len(cells) == 1 and ("," in line or ";" in line) and not line.lower().lstrip('"').startswith("v="):
        separator = "," if "," in line else ";"
        cells = [cell.strip().strip('"') for cell in re.split(rf'{separator}(?=(?:[^"]*"[^"]*")*[^"]*$)', line)]
    words = line.split()
    if len(cells) == 1 and len(words) > 2 and words[0].upper() in TYPES:
        cells = [words[0], words[1], " ".join(words[2:])]
    return [cell for cell in cells if cell] or [""]


def _zone_cells(line: str) -> list[str]:
    """``name ttl IN type value`` as type, host, value and TTL."""
    bare = line.split(";", 1)[0] if '"' not in line else line
    words = bare.split()
    at = next((number for number, word in enumerate(words) if word.upper() in TYPES), -1)
    if at < 0:
        return [line.strip()]
    ttl = next((word for word in words[1:at] if word.isdecimal()), "")
    value = " ".join(words[at + 1 :]).replace('" "', "")
    return [words[at], words[0], value, *([ttl] if ttl else [])]


def _headings(cells: list[str]) -> tuple[str, ...]:
    """What the cells of a heading line head; nothing for any other line."""
    found = tuple(HEADINGS.get(cell.lower().strip(), "") for cell in cells)
    return found if len([name for name in found if name]) >= 2 else ()


def _joined(lines: list[str]) -> list[str]:
    """One cell a line, as some browsers copy tables: a line that is a type begins the next record."""
    if not any(line.strip().upper() in TYPES for line in lines):
        return lines
    rows: list[list[str]] = []
    for line in lines:
        if line.strip().upper() in TYPES:
            rows.append([])
        if rows and line.strip().lower() not in HEADINGS:
            rows[-1].append(line.strip())
    return ["\t".join(row) for row in rows]
