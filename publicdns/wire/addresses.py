"""Addresses that are no place on the public internet: name servers there are not asked unless the operator lists the
network.

Python's ``is_global`` is no help: it calls 64:ff9b::a9fe:a9fe, 2002:7f00:1:: and 224.0.0.1 global.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

SPECIAL = tuple(
    (ip_network(network), name)
    for network, name in (
        # https://www.iana.org/assignments/iana-ipv4-special-registry
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private use"),
        ("100.64.0.0/10", "shared address space"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link local"),
        ("172.16.0.0/12", "private use"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private use"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        # https://www.iana.org/assignments/iana-ipv6-special-registry
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local-use translation"),
        ("100::/64", "discard only"),
        ("100:0:0:1::/64", "dummy prefix"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link local"),
        ("fec0::/10", "site local"),
        ("ff00::/8", "multicast"),
    )
)
GLOBAL_UNICAST = ip_network("2000::/3")  # the rest of IPv6 is not handed out to anybody

# Where in an IPv6 address an IPv4 address hides: the network, how many bits to its right, what the network counts as.
CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0, "IPv4-mapped"),  # RFC 4291 §2.5.5.2
    (IPv6Network("::/96"), 0, "IPv4-compatible"),  # RFC 4291 §2.5.5.1
    (IPv6Network("::ffff:0:0:0/96"), 0, "IPv4-translated"),  # RFC 2765 §2.1
    (IPv6Network("64:ff9b::/96"), 0, None),  # NAT64 (RFC 6052 §2.1): as public as what it leads to
    (IPv6Network("2002::/16"), 80, None),  # 6to4 (RFC 3056 §2), likewise
)


def is_special(address: str) -> str | None:
    """The name of the special-purpose range that ``address`` lies in, or None when it is a place on the public
    internet.

    IPv4 addresses inside IPv6 ones count as what they lead to. Text that is no address is special too: ``"not an
    address"``.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an address"
    return _special(parsed)


def _special(address: IPv4Address | IPv6Address) -> str | None:
    for network, name in SPECIAL:
        if address in network:
            return name
    if isinstance(address, IPv4Address):
        return None
    for network, shift, own_name in CARRIERS:
        if address in network:
            inner = _special(IPv4Address(int(address) >> shift & 0xFFFFFFFF))
            return f"{inner} inside IPv6" if inner else own_name
    return None if address in GLOBAL_UNICAST else "unassigned"


def is_listed(address: str, networks: Iterable[str]) -> bool:
    """Whether ``address`` lies in one of ``networks`` (``"127.0.0.0/8"``). An IPv4 address in IPv6 clothes is in no
    IPv4 network.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in ip_network(network, strict=False) for network in networks)
