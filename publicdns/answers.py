"""The vocabulary of looking: what is asked, who was asked, what came back. Values only; nothing here opens a socket."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from publicdns.frozen import frozen


class Outcome(StrEnum):
    """What one answer amounts to. Only the first three are evidence; FAILED says that nobody could be asked."""

    FOUND = "found"
    EMPTY = "empty"
    NXDOMAIN = "nxdomain"
    FAILED = "failed"


class Reason(StrEnum):
    """Why an answer FAILED. An answer that did not fail has Reason.NONE."""

    NONE = ""
    TIMEOUT = "timeout"  # nobody answered in time
    SERVFAIL = "servfail"
    REFUSED = "refused"
    RCODE = "rcode"  # any other response code
    LAME = "lame"  # answers, but is not responsible: no AA and no SOA, or a referral upwards
    MALFORMED = "malformed"  # not a DNS message, or one that contradicts itself
    ALIAS_LOOP = "alias-loop"  # CNAMEs that never end
    TRUNCATED = "truncated"  # TC over UDP and no TCP to be had
    UNREACHABLE = "unreachable"  # the network said no: connection refused, no route
    NO_FAMILY = "no-family"  # this machine has no such address family
    BLOCKED = "blocked"  # nothing leads from this machine to name servers
    FORBIDDEN = "forbidden"  # a special-purpose address that is not asked
    TLS = "tls"  # certificate or handshake
    HTTP = "http"  # DoH answered something other than 200 with application/dns-message
    NO_SERVER = "no-server"  # there was no address to ask
    UNPROVEN = "unproven"  # a "no" without the zone's SOA, or one that too few resolvers give
    BUDGET = "budget"  # the time or the questions granted for this look were used up


class Transport(StrEnum):
    """How a server is reached."""

    UDP = "udp"  # with TCP on truncation
    TLS = "tls"  # RFC 7858
    HTTPS = "https"  # RFC 8484


@dataclass(frozen=True, slots=True)
class Server:
    """One address to ask. ``name`` is the NS host name of an authoritative server, or the operator's spelling of a
    resolver."""

    address: str
    port: int = 53
    name: str = ""
    recursive: bool = False
    transport: Transport = Transport.UDP
    path: str = ""  # DoH only
    tls_name: str = ""  # DoT and DoH: what the certificate must be for; empty means the address

    def __hash__(self) -> int:
        return hash((self.address, self.port))  # looked up for every question, and the rest hardly tells servers apart


@frozen
class Question:
    """One question. ``name`` is canonical: lower-case ASCII without a trailing dot. ``rdtype`` is its mnemonic,
    ``"TXT"``."""

    name: str
    rdtype: str
    checking_disabled: bool = False  # the CD bit (RFC 4035 §3.2.2)


@frozen
class Record:
    """One resource record of an answer.

    ``value`` is canonical and comparable as a string: TXT strings joined without a separator (bytes as latin-1, but
    NUL as "␀": every octet survives); MX ``"10 mail.example.com"``; names lower-case without trailing dot (the root is
    ``"."``); everything else is dnspython's own text form.
    """

    rdtype: str
    value: str
    ttl: int  # seconds
    owner: str = ""  # differs from the question's name when an alias was followed


@frozen
class Answer:
    """What one server said to one question."""

    question: Question
    server: Server
    outcome: Outcome
    reason: Reason = Reason.NONE
    records: tuple[Record, ...] = ()  # of the asked type, at the end of any alias chain
    aliases: tuple[Record, ...] = ()  # the CNAMEs passed on the way, in order
    authoritative: bool = False  # the AA bit
    negative_ttl: int | None = None  # seconds: min(SOA TTL, SOA minimum) (RFC 2308 §5), where an SOA came along
    soa_serial: int | None = None
    soa_above: int = 0  # how many labels that SOA's owner is above the name: 0 where it is the name itself
    authority: tuple[Record, ...] = ()  # NS records of a referral, with their owner
    glue: tuple[Record, ...] = ()  # A and AAAA from the additional section
    detail: str = (
        ""  # for people: an rcode's name, an EDE text (RFC 8914), a TLS error; hostile bytes, bounded to 200 characters
    )
    fingerprint: bytes = b""  # equal fingerprints mean equal answers; b"" never equals anything
    seconds: float = 0.0  # how long it took
    unchanged: bool = (
        False  # the fingerprint equals the known one: nothing was parsed, records and aliases are left out
    )

    @property
    def values(self) -> tuple[str, ...]:
        """The records' values in canonical order."""
        if len(self.records) < 2:
            return (self.records[0].value,) if self.records else ()
        return tuple(sorted([record.value for record in self.records]))

    @property
    def failed(self) -> bool:
        """True when this answer is no evidence of anything."""
        return self.outcome is Outcome.FAILED

    @property
    def proves_absence(self) -> bool:
        """True when this "no" is proof: the zone's SOA with it (RFC 2308 §2), and AA unless a resolver says it."""
        negative = self.outcome in (Outcome.EMPTY, Outcome.NXDOMAIN)
        return negative and (self.authoritative or self.server.recursive) and self.negative_ttl is not None

    @property
    def ttl(self) -> int | None:
        """The smallest TTL among the records, in seconds."""
        return min((record.ttl for record in self.records), default=None)


class Lookup(Protocol):
    """The one door to DNS for everything that judges. It never raises for a DNS outcome: it returns an Answer.

    ``server=None`` asks the recursive resolvers the lookup was made with, one after the other until one does not fail.
    Awaiting several at once goes through :func:`publicdns.wire.gather`, never through asyncio.
    """

    def __call__(self, name: str, rdtype: str, server: Server | None = None) -> Awaitable[Answer]: ...


class Verdict(StrEnum):
    """What many answers mean for one expectation. UNKNOWN moves nothing."""

    PRESENT = "present"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


SEVERITIES = ("error", "warning", "notice")  # the gravest first


@frozen
class Finding:
    """A stable code, its verdict and its facts. Sentences are made where it is shown, from ``facts`` alone."""

    code: str
    verdict: Verdict
    facts: dict[str, str | int | float | list[str] | None] = field(default_factory=dict)
    severity: str = "notice"  # one of SEVERITIES
