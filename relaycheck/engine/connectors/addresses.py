"""Remote ranges and local bindings: parsing Exchange's spellings, and arithmetic on sets of addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    NetmaskValueError,
    ip_address,
    summarize_address_range,
)

Address = IPv4Address | IPv6Address
BITS = {4: 32, 6: 128}
ANY_FOUR = "0.0.0.0"  # compared and printed, never bound  # noqa: S104
_MASKED = re.compile(r"([0-9.]{7,15})\s*\(([0-9.]{7,15})\)")
_BINDING = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%]{2,60})\]|(?P<four>[0-9A-Fa-f:.*]*)):(?P<port>\d{1,5})")
_BROAD_PRIVATE = 1 << 16  # a whole /16
_BROAD_PUBLIC = 1 << 8  # a whole /24
_BROAD_SIX = 1 << 65  # more than one /64
_PRIVATE = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
)


class Scope(StrEnum):
    """How many can reach a connector, judged by its remote ranges alone."""

    EVERYTHING = "everything"
    BROAD = "broad"
    LIST = "list"
    SINGLE = "single"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Addresses from ``low`` to ``high``, both included, of one IP version."""

    version: int
    low: int
    high: int

    @property
    def size(self) -> int:
        """How many addresses."""
        return self.high - self.low + 1

    def holds(self, address: Address) -> bool:
        """Whether ``address`` is in here."""
        return address.version == self.version and self.low <= int(address) <= self.high

    def within(self, other: Range) -> bool:
        """Whether ``other`` contains all of this."""
        return self.version == other.version and other.low <= self.low and self.high <= other.high

    def meets(self, other: Range) -> bool:
        """Whether any address is in both."""
        return self.version == other.version and self.low <= other.high and other.low <= self.high

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The smallest list of networks that covers exactly this range."""
        if self.version == 4:
            return tuple(summarize_address_range(IPv4Address(self.low), IPv4Address(self.high)))
        return tuple(summarize_address_range(IPv6Address(self.low), IPv6Address(self.high)))

    def __str__(self) -> str:
        kind = IPv4Address if self.version == 4 else IPv6Address
        return str(kind(self.low)) if self.low == self.high else f"{kind(self.low)}-{kind(self.high)}"


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """A local endpoint. ``address`` is ``"0.0.0.0"`` or ``"::"`` for every address of the server."""

    address: str
    port: int

    @property
    def wildcard(self) -> bool:
        """Whether every local address of its family is meant."""
        return self.address in (ANY_FOUR, "::")

    @property
    def everywhere(self) -> Binding:
        """The same port on every local address of the family."""
        return Binding("::" if ":" in self.address else ANY_FOUR, self.port)

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def parse_address(text: str) -> Address | None:
    """One address without zone index; an IPv4 address mapped into IPv6 is unwrapped (RFC 4291 §2.5.5.2). None if it is
    none.
    """
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def parse_range(text: str) -> Range | None:
    """One RemoteIPRanges value: single, ``a-b``, CIDR (host bits allowed), ``address(mask)``. None if it is none of
    these.

    The formats are those of New-ReceiveConnector's ``-RemoteIPRanges``.
    """
    text = text.strip()
    if masked := _MASKED.fullmatch(text):
        return _network(f"{masked[1]}/{masked[2]}")
    if "/" in text:
        return _network(re.sub(r"%[^/]*", "", text))
    first, dash, last = text.partition("-")
    low, high = _literal(first), _literal(last if dash else first)
    if low is None or high is None or low.version != high.version or int(low) > int(high):
        return None
    return Range(low.version, int(low), int(high))


def _literal(text: str) -> Address | None:
    """One end of a range, mapped addresses left as they are: ``::ffff:0:0-...`` is an IPv6 range."""
    try:
        return ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None


def _network(text: str) -> Range | None:
    kind = IPv6Network if ":" in text else IPv4Network
    try:
        network = kind(text, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


def parse_binding(text: str) -> Binding | None:
    """``0.0.0.0:25``, ``[::]:25``, ``:::25`` or ``:25`` (every address). None if it is not a local endpoint."""
    found = _BINDING.fullmatch(text.strip())
    if not found or not 0 < int(found["port"]) <= 65535:
        return None
    literal = found["six"] or found["four"] or ""
    if literal in ("", "*"):
        return Binding(ANY_FOUR, int(found["port"]))
    address = _literal(literal)
    return None if address is None else Binding(str(address), int(found["port"]))


def union(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same addresses as sorted ranges that neither overlap nor touch."""
    merged: list[Range] = []
    for part in sorted(ranges):
        last = merged[-1] if merged else None
        if last is not None and last.version == part.version and part.low <= last.high + 1:
            merged[-1] = Range(last.version, last.low, max(last.high, part.high))
        else:
            merged.append(part)
    return tuple(merged)


def subtract(ranges: Iterable[Range], taken: Iterable[Range]) -> tuple[Range, ...]:
    """The addresses of ``ranges`` that are not in ``taken``."""
    holes = union(taken)
    left: list[Range] = []
    at = 0
    for part in union(ranges):
        low = part.low
        while at < len(holes) and (holes[at].version, holes[at].high) < (part.version, low):
            at += 1
        following = at
        while following < len(holes) and holes[following].version == part.version and holes[following].low <= part.high:
            if holes[following].low > low:
                left.append(Range(part.version, low, holes[following].low - 1))
            low = max(low, holes[following].high + 1)
            following += 1
        if low <= part.high:
            left.append(Range(part.version, low, part.high))
    return tuple(left)


def scope_of(ranges: tuple[Range, ...] | None) -> Scope:
    """How far ``ranges`` reach. Half of an address family counts as everything: nobody lists that on purpose."""
    if ranges is None:
        return Scope.UNKNOWN
    whole = union(ranges)
    sizes = {version: sum(part.size for part in whole if part.version == version) for version in BITS}
    if not whole:
        return Scope.NOTHING
    if any(sizes[version] >= 1 << (bits - 1) for version, bits in BITS.items()):
        return Scope.EVERYTHING
    if any(_is_broad(part) for part in whole):
        return Scope.BROAD
    return Scope.SINGLE if sizes[4] + sizes[6] == 1 else Scope.LIST


def _is_broad(part: Range) -> bool:
    if part.version == 6:
        return part.size >= _BROAD_SIX
    return part.size >= (_BROAD_PRIVATE if is_private(part) else _BROAD_PUBLIC)


def is_private(part: Range) -> bool:
    """Whether all of an IPv4 range lies in one private, loopback or link-local block (RFC 1918 §3)."""
    return any(
        int(block.network_address) <= part.low and part.high <= int(block.broadcast_address) for block in _PRIVATE
    )
