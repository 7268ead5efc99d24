"""Records as lines of a zone file, as PowerShell for Windows DNS, and as CSV. Foreign values stay values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from publicdns.expectations.records import Expected, label_of
from publicdns.spf.merge import split_strings

_COLUMNS = ("Type", "Name", "Value", "TTL", "Moves mail", "Remove")
_FORMULA = ("=", "+", "-", "@", "\t")
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"  # all of them end a string


def zone_lines(records: Iterable[Expected]) -> tuple[str, ...]:
    """One line each, as a zone file takes it (RFC 1035 §5.1); what must go is a comment."""
    return tuple(_zone_line(record) for record in records)


def powershell(records: Iterable[Expected], zone: str) -> tuple[str, ...]:
    """Commands for the DnsServer module, to be run on the Windows DNS server of ``zone``."""
    return tuple(_command(record, zone) for record in records)


def as_csv(records: Iterable[Expected]) -> str:
    """A table with a heading; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_COLUMNS)
    for record in records:
        cells = (record.rdtype, record.name, record.value, str(record.ttl))
        flags = ("yes" if record.moves_mail else "no", "yes" if record.absent else "no")
        table.writerow([_cell(cell) for cell in (*cells, *flags)])
    return written.getvalue()


def _zone_line(record: Expected) -> str:
    if record.absent:
        return f"; remove: {record.name}. {record.rdtype}"
    return f"{record.name}. {record.ttl} IN {record.rdtype} {_zone_value(record)}"


def _zone_value(record: Expected) -> str:
    if record.rdtype == "TXT":
        return " ".join(f'"{_escaped(part)}"' for part in split_strings(record.value))
    return f"{record.value}."


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _command(record: Expected, zone: str) -> str:
    label = label_of(record.name, zone) or "@"
    at = f"-ZoneName {_quoted(zone)} -Name {_quoted(label)}"
    if record.absent:
        return f"Remove-DnsServerResourceRecord {at} -RRType {record.rdtype} -Force"
    hours, rest = divmod(record.ttl, 3600)
    lifetime = f"-TimeToLive {hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"Add-DnsServerResourceRecord {at} {_parameters(record)} {lifetime}"


def _parameters(record: Expected) -> str:
    if record.rdtype == "TXT":
        return f"-Txt -DescriptiveText {_quoted(record.value)}"
    if record.rdtype == "MX":
        preference, _, host = record.value.partition(" ")
        return f"-MX -Preference {preference} -MailExchange {_quoted(host + '.')}"
    if record.rdtype == "SRV":
        priority, weight, port, target = record.value.split(" ", 3)
        return f"-Srv -Priority {priority} -Weight {weight} -Port {port} -DomainName {_quoted(target + '.')}"
    return f"-CName -HostNameAlias {_quoted(record.value + '.')}"


def _quoted(text: str) -> str:
    """A PowerShell string in which nothing is expanded; its quotes are doubled, typographic ones too."""
    return "'" + "".join(char * 2 if char in _POWERSHELL_QUOTES else char for char in text) + "'"


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
