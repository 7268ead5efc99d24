"""The lists of IIS SMTP (Access > Relay, Access > Connection), decoded only where the layout is known."""

from __future__ import annotations

import ipaddress
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from relaycheck.engine.naming import printable

# The one layout of RelayIpList we know for sure: single IPv4 addresses granted, no masks, no names, nothing denied.
HEADER = struct.Struct("<19I")
OFFSETS = (0x80000018, 0x80000020, 0x8000003C, 0x80000044, 1, 76, 0, 0, 1)
COUNT, COUNT_AND_MASK = 9, 11
REST = {10: 2, 12: 4, 13: 0, 14: 0x8000004C, 15: 0, 16: 0, 17: 0, 18: 0}
MASK_ROW = b"\xff\xff\xff\xff"
MOST_ENTRIES = 20_000
HEX = re.compile(r"[0-9a-fA-F\s]*")


@dataclass(frozen=True, slots=True)
class AccessList:
    """``only`` is True for 'Only the list below', False for 'All except the list below', None when nobody can tell.

    Networks are canonical; ``odd`` holds entries that are none, as they stood there. ``trouble`` is ``absent``,
    ``empty``, ``undecodable``, or nothing.
    """

    only: bool | None
    granted: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    trouble: str = ""

    def grants(self, network: str) -> bool:
        """Whether all of ``network`` may pass by address."""
        wanted = ipaddress.ip_network(network)
        if self.only is False:
            return not any(_holds(denied, wanted) for denied in self.denied)
        return any(_holds(granted, wanted) for granted in self.granted)


ABSENT = AccessList(None, trouble="absent")


def _holds(network: str, wanted: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    outer = ipaddress.ip_network(network)
    if outer.version != wanted.version:
        return False
    return int(outer.network_address) <= int(wanted.network_address) and int(wanted.broadcast_address) <= int(
        outer.broadcast_address
    )


def network_of(entry: str) -> str | None:
    """``"10.0.0.21, 255.255.255.255"`` as a network; None when it is none."""
    address, _, mask = (part.strip() for part in entry.partition(","))
    try:
        net = ipaddress.ip_network(f"{address}/{mask}" if mask else address, strict=False)
    except ValueError:
        return None
    return str(net.network_address) if net.num_addresses == 1 else str(net)


def from_entries(
    only: bool | None, granted: Iterable[str], denied: Iterable[str] = (), names: Iterable[str] = ()
) -> AccessList:
    """A list from the ADSI view: ``GrantByDefault`` reversed, and ``"ip, mask"`` entries."""
    grants, odd = _networks(granted)
    denies, odder = _networks(denied)
    return AccessList(only, grants, denies, tuple(printable(name, 100) for name in names), (*odd, *odder))


def _networks(entries: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    networks: dict[str, None] = {}
    odd: list[str] = []
    for entry in list(entries)[:MOST_ENTRIES]:
        if not entry.strip():
            continue
        network = network_of(entry)
        if network is None:
            odd.append(printable(entry, 100))
        else:
            networks[network] = None
    return tuple(networks), tuple(odd)


def from_hex(text: str) -> AccessList:
    """A list from the hexadecimal value of MetaBase.xml. Any but the known layout is ``undecodable``, never guessed."""
    if not text.strip():
        return AccessList(None, trouble="empty")
    if not HEX.fullmatch(text):
        return AccessList(None, trouble="undecodable")
    digits = "".join(text.split())
    return from_octets(bytes.fromhex(digits)) if len(digits) % 2 == 0 else AccessList(None, trouble="undecodable")


def from_octets(raw: bytes) -> AccessList:
    """The same from the byte array WMI gives."""
    unknown = AccessList(None, trouble="undecodable")
    if not raw:
        return AccessList(None, trouble="empty")
    if len(raw) < HEADER.size + 4 or len(raw) % 4:
        return unknown
    words = HEADER.unpack_from(raw)
    count = words[COUNT]
    known = (
        words[:9] == OFFSETS and words[COUNT_AND_MASK] == count + 1 and all(words[at] == n for at, n in REST.items())
    )
    if not known or len(raw) != HEADER.size + 4 * (count + 1) or raw[HEADER.size : HEADER.size + 4] != MASK_ROW:
        return unknown
    start = HEADER.size + 4
    addresses = tuple(str(ipaddress.IPv4Address(raw[at : at + 4])) for at in range(start, len(raw), 4))
    return AccessList(True, addresses)
