"""How a provider's form wants a record: the domain's own name, dots, quotes. Data in ``known/dns_forms.csv``.

A row whose source is ``unverified`` is general knowledge without a page behind it; what is shown says so.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from publicdns.expectations.records import Expected, label_of
from publicdns.providers import KNOWN, dns_provider


@dataclass(frozen=True, slots=True)
class Form:
    """One provider's form for records."""

    provider: str
    apex: str = "@"  # what is entered for the domain itself; empty: the field is left empty
    dot: bool = False  # targets end with a dot
    quotes: str = "no"  # around TXT values: "yes", "no", or "added" by the provider
    priority_inside: bool = False  # an MX preference stands in front of the host, in the same field
    remark: str = ""
    source: str = ""

    @property
    def verified(self) -> bool:
        """True when a public page backs the row."""
        return self.source.startswith("https://")


@dataclass(frozen=True, slots=True)
class Entry:
    """What to enter where, for one record."""

    rdtype: str
    host: str  # empty: leave the field empty
    value: str
    priority: str = ""  # of its own field; empty where there is none
    weight: str = ""
    port: str = ""


UNKNOWN = Form("", remark="Most forms take @ for the domain itself; some want the field left empty.")


@cache
def forms() -> dict[str, Form]:
    """Every form known, by the provider's name in ``known/dns_hosts.csv``."""
    with (KNOWN / "dns_forms.csv").open(newline="", encoding="utf-8") as lines:
        return {row["provider"]: _form(row) for row in csv.DictReader(lines)}


def form_of(name_servers: tuple[str, ...]) -> Form:
    """The form of whoever runs ``name_servers``; UNKNOWN with the provider's name where only that is known."""
    found = {provider.name for host in name_servers if (provider := dns_provider(host)) is not None}
    if len(found) != 1:
        return UNKNOWN
    name = found.pop()
    return forms().get(name) or Form(name, remark=UNKNOWN.remark)


def entry(record: Expected, domain: str, form: Form) -> Entry:
    """What to enter for ``record`` of the zone ``domain`` in ``form``."""
    host = label_of(record.name, domain) or form.apex
    dot = "." if form.dot else ""
    if record.rdtype == "TXT":
        value = f'"{record.value}"' if form.quotes == "yes" else record.value
        return Entry("TXT", host, value)
    if record.rdtype == "MX":
        preference, _, target = record.value.partition(" ")
        if form.priority_inside:
            return Entry("MX", host, f"{preference} {target}{dot}")
        return Entry("MX", host, f"{target}{dot}", preference)
    if record.rdtype == "SRV":
        priority, weight, port, target = record.value.split(" ", 3)
        if form.priority_inside:
            return Entry("SRV", host, f"{record.value}{dot}")
        return Entry("SRV", host, f"{target}{dot}", priority, weight, port)
    return Entry(record.rdtype, host, f"{record.value}{dot}" if record.value else "")


def _form(row: dict[str, str]) -> Form:
    return Form(
        row["provider"],
        row["apex"],
        row["dot"] == "yes",
        row["quotes"],
        row["priority"] == "inside",
        row["remark"],
        row["source"],
    )
