"""What a relay is meant to do, declared once. Everything that is generated or judged starts from this value."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from relaycheck.engine.naming import InvalidName, host_name, qualified_name
from relaycheck.engine.reach import parsed, unsuited_as_public

MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}", re.ASCII)
KIB = 1024
EXCHANGE_ONLINE_LIMIT_KIB = 153_600  # the SIZE 157286400 Exchange Online announces
SUBMISSION_HOST = "smtp.office365.com"


class Kind(StrEnum):
    """What software the relay is."""

    IIS = "iis"
    POSTFIX = "postfix"
    EXCHANGE = "exchange"
    OTHER = "other"


class Profile(StrEnum):
    """How mail reaches Microsoft 365: the three ways Microsoft documents for devices (see ``sources.DEVICES``)."""

    DIRECT_SEND = "direct-send"  # hosted domains to the tenant's endpoint, everything else by its own MX
    SMART_HOST = "smart-host"  # everything to the tenant's endpoint, which needs an inbound connector
    SUBMISSION = "submission"  # everything to smtp.office365.com:587 with a user name and a password


class InvalidPolicy(ValueError):
    """One field of a policy cannot be used. ``field`` names it; the message is a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise InvalidPolicy("sources", f"{text[:60]!r} is neither an address nor a network.") from None
    if network.prefixlen < 8 or network.is_loopback or network.is_multicast:
        raise InvalidPolicy("sources", f"{network} is no list of trusted devices.")
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _words(text: str, field: str) -> str:
    cleaned = " ".join(text.split())
    if not cleaned.isprintable() or len(cleaned) > 100:
        raise InvalidPolicy(field, f"{field} is longer than 100 characters or has control characters.")
    return cleaned


def _name(text: str, field: str, qualified: bool = True) -> str:
    try:
        return qualified_name(text) if qualified else host_name(text)
    except InvalidName as error:
        raise InvalidPolicy(field, str(error)) from None


@dataclass(frozen=True, slots=True)
class Source:
    """A device or application that may send. ``network`` is an address or a network, IPv4 or IPv6."""

    network: str
    owner: str = ""
    purpose: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", _network(self.network))
        object.__setattr__(self, "owner", _words(self.owner, "owner"))
        object.__setattr__(self, "purpose", _words(self.purpose, "purpose"))

    @property
    def label(self) -> str:
        """``copier 3rd floor (Facilities)``, or the address when nobody wrote anything."""
        return (
            " ".join(part for part in (self.purpose, f"({self.owner})" if self.owner else "") if part) or self.network
        )

    @property
    def net(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """``network`` for arithmetic."""
        return ipaddress.ip_network(self.network)


@dataclass(frozen=True, slots=True)
class Hosted:
    """A domain whose mailboxes are in Exchange Online, and the endpoint that takes its mail."""

    domain: str
    smart_host: str
    port: int = 25

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", _name(self.domain, "hosted"))
        object.__setattr__(self, "smart_host", _name(self.smart_host, "hosted", qualified=False))
        if not 0 < self.port < 65536:
            raise InvalidPolicy("hosted", f"{self.port} is no port.")


@dataclass(frozen=True, slots=True)
class RelayPolicy:
    """One relay as it is meant to be. Raises InvalidPolicy when a field cannot stand in a command or a file.

    ``nat_address`` is what the internet sees; empty means not known yet. ``size_kib`` is the largest message, in KiB.
    ``tlds`` are the endings external mail goes to where the relay lists them one by one (IIS); it means nothing when
    ``external`` is False. ``user`` is the mailbox of the submission profile; its password is never part of a policy.
    """

    fqdn: str
    internal_address: str
    sources: tuple[Source, ...]
    hosted: tuple[Hosted, ...]
    nat_address: str = ""
    kind: Kind = Kind.IIS
    profile: Profile = Profile.DIRECT_SEND
    external: bool = False
    tlds: tuple[str, ...] = ()
    size_kib: int = 10240
    user: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fqdn", _name(self.fqdn, "fqdn"))
        object.__setattr__(
            self, "tlds", tuple(_name(tld.removeprefix("*."), "tlds", qualified=False) for tld in self.tlds)
        )
        self._require_addresses()
        if not 1 <= self.size_kib <= EXCHANGE_ONLINE_LIMIT_KIB:
            raise InvalidPolicy("size_kib", f"The size limit lies between 1 and {EXCHANGE_ONLINE_LIMIT_KIB} KB.")
        if len({hosted.domain for hosted in self.hosted}) != len(self.hosted):
            raise InvalidPolicy("hosted", "A hosted domain is listed twice.")
        if self.profile is Profile.SUBMISSION:
            self._require_user()
        elif not self.hosted:
            raise InvalidPolicy("hosted", "At least one hosted domain is needed to know where its mail goes.")

    def _require_addresses(self) -> None:
        for field in ("internal_address", "nat_address"):
            text = getattr(self, field)
            if not text and field == "nat_address":
                continue
            address = parsed(text)
            if address is None:
                raise InvalidPolicy(field, f"{text[:60]!r} is no address.")
            object.__setattr__(self, field, str(address))
        if self.nat_address and (reason := unsuited_as_public(self.nat_address)):
            raise InvalidPolicy("nat_address", f"{self.nat_address} {reason}.")

    def _require_user(self) -> None:
        local, at, domain = self.user.rpartition("@")
        if not at or not MAILBOX.fullmatch(local):
            raise InvalidPolicy("user", "Authenticated submission needs the mailbox that signs in, user@contoso.com.")
        object.__setattr__(self, "user", f"{local}@{_name(domain, 'user')}")

    @property
    def size_bytes(self) -> int:
        """The largest message, in bytes."""
        return self.size_kib * KIB

    @property
    def next_hop(self) -> Hosted:
        """The one endpoint everything goes to (profiles SMART_HOST and SUBMISSION)."""
        if self.profile is Profile.SUBMISSION:
            return Hosted(self.user.rpartition("@")[2], SUBMISSION_HOST, 587)
        return self.hosted[0]
