"""Whose host is this? Suffixes of MX hosts and name servers: data in ``known/``, with their sources.

A suffix matches at label boundaries and the longest one wins; ``*`` stands for anything within one label. A row whose
source is ``unverified`` is general knowledge without a public page behind it, and pages say so.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

from publicdns.frozen import frozen
from publicdns.names import registrable

KNOWN = Path(__file__).parent / "known"
MICROSOFT = "Microsoft 365"


@frozen
class Provider:
    """Who runs a host. ``kind``: mailbox, gateway, forwarder, api, parking, none, hosting or own."""

    name: str
    kind: str
    suffix: str = ""
    source: str = ""

    @property
    def verified(self) -> bool:
        """True when a public page backs the row."""
        return self.source.startswith("https://")


def mail_provider(host: str, domain: str = "") -> Provider | None:
    """Who receives mail at ``host``; ``own`` when it lies in the registered domain of ``domain``; None when unknown."""
    found = _match("mail_hosts", host)
    if found is not None or not domain:
        return found
    owned = registrable(domain)
    is_own = host.endswith(f".{domain}") or (owned is not None and registrable(host) == owned)
    return Provider("own server", "own", owned or domain) if is_own else None


def dns_provider(host: str) -> Provider | None:
    """Who runs the name server ``host``."""
    return _match("dns_hosts", host)


@cache
def rows(table: str) -> tuple[Provider, ...]:
    """Every row of ``mail_hosts`` or ``dns_hosts``."""
    with (KNOWN / f"{table}.csv").open(newline="", encoding="utf-8") as lines:
        return tuple(
            Provider(row["provider"], row["kind"], row["suffix"], row["source"]) for row in csv.DictReader(lines)
        )


@lru_cache(maxsize=2048)
def _match(table: str, host: str) -> Provider | None:
    exact, patterns = _index(table)
    labels = host.lower().rstrip(".").split(".")
    ending_so = patterns.get(labels[-1], ())
    for start in range(len(labels)):
        suffix = ".".join(labels[start:])
        if suffix in exact:
            return exact[suffix]
        for pattern, provider in ending_so:
            if pattern.fullmatch(suffix):
                return provider
    return None


@cache
def _index(table: str) -> tuple[dict[str, Provider], dict[str, list[tuple[re.Pattern[str], Provider]]]]:
    """The rows of ``table`` by suffix, and those with a ``*`` by their last label."""
    exact = {row.suffix: row for row in rows(table) if "*" not in row.suffix}
    patterns: dict[str, list[tuple[re.Pattern[str], Provider]]] = defaultdict(list)
    for row in rows(table):
        if "*" in row.suffix:
            pattern = re.compile(re.escape(row.suffix).replace(r"\*", "[^.]+"))
            patterns[row.suffix.rpartition(".")[2]].append((pattern, row))
    return exact, dict(patterns)
