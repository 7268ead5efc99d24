"""Which service an include or an address belongs to: names for people, from ``senders.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publicdns.spf.addresses import Network

_FILE = Path(__file__).with_name("senders.toml")
# The mechanism Microsoft prints for each cloud (defender-office-365/email-authentication-spf-configure).
MICROSOFT = {
    "worldwide": "spf.protection.outlook.com",
    "gcc-high": "spf.protection.office365.us",
    "dod": "spf.protection.office365.us",
    "21vianet": "spf.protection.partner.outlook.cn",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """One service. ``verified`` is False where the row was not read in a source."""

    provider: str
    include: tuple[str, ...]
    networks: tuple[Network, ...] = ()
    source: str = ""
    verified: bool = True


@cache
def senders() -> tuple[Sender, ...]:
    """All services known, in the file's order."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["sender"]
    return tuple(
        Sender(
            row["provider"],
            tuple(row["include"]),
            tuple(map(Network.parse, row.get("networks", ()))),
            row.get("source", ""),
            row.get("verified", True),
        )
        for row in rows
    )


@cache
def _by_include() -> dict[str, Sender]:
    return {name: sender for sender in senders() for name in sender.include}


def sender_of_include(name: str) -> Sender | None:
    """The service whose include ``name`` is, or lies below."""
    known = _by_include()
    labels = name.split(".")
    return next((known[tail] for at in range(len(labels)) if (tail := ".".join(labels[at:])) in known), None)


def sender_of_network(network: Network) -> Sender | None:
    """The service that ``network`` lies wholly inside of."""
    return next((sender for sender in senders() if any(known.covers(network) for known in sender.networks)), None)
