"""IP addresses and ranges as numbers: an evaluation compares hundreds of them (RFC 7208 §5.6)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

WIDTH = {4: 32, 6: 128}
_MAPPED = 0xFFFF << 32  # ::ffff:0:0/96 (RFC 4291 §2.5.5.2)


@dataclass(frozen=True, slots=True)
class Address:
    """One IP address. An IPv4-mapped IPv6 address is the IPv4 address inside (RFC 7208 §5)."""

    version: int  # 4 or 6
    value: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises ValueError for anything that is no address; zone identifiers (``%eth0``) are refused."""
        if "%" in text:
            raise ValueError(f"{text!r} names an interface")
        parsed = ipaddress.ip_address(text)
        value = int(parsed)
        if parsed.version == 6 and value >> 32 == 0xFFFF:
            return cls(4, value - _MAPPED)
        return cls(parsed.version, value)

    def __str__(self) -> str:
        return str(self._object())

    @property
    def dotted(self) -> str:
        """The ``i`` macro: a dotted quad, or 32 nibbles in capitals with dots between (RFC 7208 §7.3)."""
        return str(self) if self.version == 4 else ".".join(f"{self.value:032X}")

    @property
    def reverse(self) -> str:
        """The name of its PTR records (RFC 1035 §3.5, RFC 3596 §2.5)."""
        return self._object().reverse_pointer

    def _object(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        return ipaddress.IPv4Address(self.value) if self.version == 4 else ipaddress.IPv6Address(self.value)


@dataclass(frozen=True, slots=True)
class Network:
    """A range. ``bits`` are the leading bits: an address is inside when ``value >> shift`` equals them."""

    version: int
    bits: int
    shift: int
    stray: bool = False  # the text had host bits set, which receivers ignore

    @classmethod
    def of(cls, address: Address, prefix: int, *, mapped: bool = False) -> Network:
        """The range of ``prefix`` bits around ``address``; ``mapped`` keeps an IPv4-mapped address in IPv6."""
        version, value = (6, address.value + _MAPPED) if mapped else (address.version, address.value)
        shift = WIDTH[version] - prefix
        return cls(version, value >> shift, shift, stray=bool(value & ((1 << shift) - 1)))

    @classmethod
    def parse(cls, text: str) -> Network:
        """``192.0.2.0/24``, ``2001:db8::1``: host bits are allowed. Raises ValueError."""
        host, slash, prefix = text.partition("/")
        address = Address.parse(host)
        width = WIDTH[address.version]
        if slash and not (prefix.isascii() and prefix.isdigit() and int(prefix[:4]) <= width):
            raise ValueError(f"{text!r} has no prefix length between 0 and {width}")
        return cls.of(address, int(prefix[:4]) if slash else width)

    def holds(self, address: Address) -> bool:
        """Whether ``address`` is inside."""
        return address.version == self.version and address.value >> self.shift == self.bits

    def covers(self, other: Network) -> bool:
        """Whether all of ``other`` is inside."""
        inner = other.shift - self.shift
        return self.version == other.version and inner <= 0 and other.bits >> -inner == self.bits

    @property
    def prefix(self) -> int:
        """The prefix length in bits."""
        return WIDTH[self.version] - self.shift

    @property
    def first(self) -> Address:
        """The lowest address."""
        return Address(self.version, self.bits << self.shift)

    @property
    def last(self) -> Address:
        """The highest address."""
        return Address(self.version, ((self.bits + 1) << self.shift) - 1)

    @property
    def term(self) -> str:
        """The mechanism that lists it: ``ip4:192.0.2.0/24``, a single address without its prefix."""
        return f"ip{self.version}:{self}"

    def __str__(self) -> str:
        return str(self.first) if self.shift == 0 else f"{self.first}/{self.prefix}"


def never_public(network: Network) -> str:
    """Why no mail comes from ``network`` over the internet; empty where it can."""
    if network == _SAMPLE:
        return "the private address in Microsoft's own sample record"
    return next((why for special, why in _SPECIAL if special.covers(network)), "")


@lru_cache(maxsize=4096)
def address_of(text: str) -> Address | None:
    """The address in an A or AAAA record's value; None where it is none."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    return Address(parsed.version, int(parsed))


_PRIVATE = "private: it never reaches the internet"
# IANA special-purpose address registries (RFC 6890). Documentation ranges are left to examples and laboratories.
_SPECIAL = tuple(
    (Network.parse(text), why)
    for text, why in (
        ("10.0.0.0/8", f"{_PRIVATE} (RFC 1918)"),
        ("172.16.0.0/12", f"{_PRIVATE} (RFC 1918)"),
        ("192.168.0.0/16", f"{_PRIVATE} (RFC 1918)"),
        ("100.64.0.0/10", "between a carrier's NAT and its customers: it never reaches the internet (RFC 6598)"),
        ("127.0.0.0/8", "the machine itself (loopback)"),
        ("169.254.0.0/16", "link-local: it never leaves its own network (RFC 3927)"),
        ("0.0.0.0/8", "reserved (RFC 1122)"),
        ("198.18.0.0/15", "for benchmarks only (RFC 2544)"),
        ("224.0.0.0/4", "multicast: nothing sends from it"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
        ("::/127", "the machine itself (loopback)"),
        ("fc00::/7", f"{_PRIVATE} (RFC 4193)"),
        ("fe80::/10", "link-local: it never leaves its own network (RFC 4291)"),
        ("ff00::/8", "multicast: nothing sends from it"),
    )
)
# Microsoft's page on sending from a device prints this private address as "your public IP address".
_SAMPLE = Network.parse("10.5.3.2")
