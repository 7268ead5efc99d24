"""What may be dialled: nothing, until the operator lists networks and ports. The very address has the last word."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from relaycheck.engine.naming import InvalidName, host_name

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Addresses that carry another address inside: where they lead is decided by a machine we do not know.
CARRIERS = _networks(
    "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96", "192.88.99.0/24"
)
# Never reached by a wide entry such as 0.0.0.0/0, only by one that lies inside (IANA special-purpose registries).
SPECIAL = _networks(
    "0.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::1/128",
    "100::/64",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
# Kept for examples (RFC 5737, RFC 3849): fit to stand for a public address in a trial.
DOCUMENTATION = _networks("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
# Addresses only one's own site knows. Welcome where the operator lists them, wrong where a public one is meant.
INTERNAL = _networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


IMPLICIT_TLS = 465


class InvalidTarget(ValueError):
    """HOST[:PORT] cannot be read. The message is a sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to dial: a name or an address in canonical form, and a port."""

    host: str
    port: int = 25

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def unspoken(port: int) -> str:
    """Why a relay is not to be used or probed at ``port``, as a sentence; empty where it can be (RFC 8314 §3.3)."""
    if port != IMPLICIT_TLS:
        return ""
    return (
        "On port 465 TLS comes before the first word. The relay speaks SMTP on 25 or 587, with STARTTLS where it can."
    )


def target(text: str, port: int = 25) -> Target:
    """``HOST``, ``HOST:PORT``, ``[IPV6]`` or ``[IPV6]:PORT``. Raises InvalidTarget."""
    host, written = _split(text.strip())
    if written and not (written.isascii() and written.isdigit() and 0 < int(written[:6]) < 65536):
        raise InvalidTarget(f"{written[:20]!r} is no port. Write a number from 1 to 65535.")
    try:
        return Target(_canonical(host), int(written) if written else port)
    except InvalidName as error:
        raise InvalidTarget(str(error)) from None


def _split(text: str) -> tuple[str, str]:
    """Host and port text; the port may be empty."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or ":" not in host or (rest and (not rest.startswith(":") or rest == ":")):
            raise InvalidTarget(f"{text[:80]!r} is no address in brackets. Write [2001:db8::25] or [2001:db8::25]:25.")
        return host, rest[1:]
    if text.count(":") > 1:
        return text, ""
    host, colon, port = text.partition(":")
    if colon and not port:
        raise InvalidTarget(f"{text[:80]!r} ends in a colon. Write the port behind it, or nothing.")
    return host, port


def _canonical(host: str) -> str:
    address = parsed(host)
    if address is not None:
        return str(address)
    if ":" in host or "%" in host:
        raise InvalidTarget(f"{host[:80]!r} is no address. Scopes such as %eth0 are not dialled.")
    return host_name(host)


def parsed(text: str) -> Address | None:
    """The address in ``text``, IPv4 mapped into IPv6 unwrapped (RFC 4291 §2.5.5.2); None for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            return None
        return address.ipv4_mapped or address
    return address


def within(address: Address, networks: Iterable[Network]) -> Network | None:
    """The first of ``networks`` that holds ``address``."""
    return next((network for network in networks if network.version == address.version and address in network), None)


def unsuited_as_public(text: str) -> str:
    """Why ``text`` cannot be an address the internet sees, as the end of a sentence; empty when it can."""
    address = parsed(text)
    if address is None:
        return "is no address"
    if within(address, INTERNAL):
        return "is an internal address: nobody on the internet sees it"
    if within(address, (*SPECIAL, *CARRIERS)) and not within(address, DOCUMENTATION):
        return "is a special-purpose address that no mail comes from"
    return ""


@dataclass(frozen=True, slots=True)
class Reach:
    """The operator's allow-list. Empty means that nothing is dialled.

    ``never`` are addresses with ports that stay closed whatever the list says: the product's own database and broker.
    ``public`` leaves the list out and allows every address of the public internet, for mail exchangers.
    """

    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset()
    never: frozenset[tuple[str, int]] = frozenset()
    public: bool = False

    @classmethod
    def of(cls, networks: Iterable[str], ports: Iterable[int], never: Iterable[tuple[str, int]] = ()) -> Reach:
        """Read a list of networks as typed. Raises ValueError naming the entry that is none."""
        return cls(tuple(ipaddress.ip_network(text.strip()) for text in networks), frozenset(ports), frozenset(never))

    @property
    def empty(self) -> bool:
        """True when nothing at all may be dialled, so that no name needs to be looked up."""
        return not self.ports or (not self.networks and not self.public)

    def refusal(self, text: str, port: int) -> str:
        """Why this address and port are not dialled, as a sentence; empty when they are."""
        address = parsed(text)
        if address is None:
            return f"{text[:80]!r} is no plain address."
        if port not in self.ports:
            return f"Port {port} is not on the list of allowed ports."
        if (str(address), port) in self.never:
            return f"{address} port {port} belongs to this product itself."
        if within(address, CARRIERS):
            return f"{address} carries another address inside and is never dialled."
        special = within(address, SPECIAL)
        if special or not self.public:
            return "" if self._listed(address, special) else f"{address} is not in an allowed network."
        return f"{address} is an internal address." if within(address, INTERNAL) else ""

    def _listed(self, address: Address, special: Network | None) -> bool:
        """Whether an entry holds ``address``; for a special-purpose one, an entry inside that range."""
        return any(
            network.version == address.version
            and address in network
            and (special is None or network.prefixlen >= special.prefixlen)
            for network in self.networks
        )


PUBLIC_MAIL = Reach(ports=frozenset({25}), public=True)
