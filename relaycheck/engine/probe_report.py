"""What a probe found out, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from publicdns.answers import Finding
from relaycheck.engine.address_forms import Towards
from relaycheck.engine.replies import Explanation


class Standing(StrEnum):
    """What one attempt was answered."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # 4xx: neither open nor closed
    REFUSED = "refused"
    SIGN_IN = "sign-in"  # only after authentication
    TLS_FIRST = "tls-first"  # only after STARTTLS
    SENDER_REFUSED = "sender-refused"  # MAIL was refused, so the recipient was never asked about
    NO_ANSWER = "no-answer"


class Relaying(StrEnum):
    """What all attempts together say about external mail."""

    OPEN = "open"  # accepted from a source that is not on the list
    MAY_BE_OPEN = "may-be-open"  # accepted, and nobody said whether the source is on the list
    FOR_THIS_SOURCE = "for-this-source"  # accepted from a listed source, as wanted
    CLOSED = "closed"  # refused for this source
    INCONCLUSIVE = "inconclusive"
    NOT_TRIED = "not-tried"


class Tls(StrEnum):
    """What became of STARTTLS."""

    UNKNOWN = "unknown"
    NOT_OFFERED = "not-offered"
    OFFERED = "offered"
    WORKED = "worked"
    FAILED = "failed"


class Endpoint(StrEnum):
    """Whom the greeting belongs to, as far as it says."""

    EXCHANGE_ONLINE = "exchange-online"
    OUTLOOK_COM = "outlook-com"
    SUBMISSION = "submission"
    IIS = "iis"
    EXCHANGE = "exchange"
    POSTFIX = "postfix"
    MASKED = "masked"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt and its answer."""

    name: str
    sender: str
    recipient: str
    towards: Towards
    standing: Standing
    reply: str = ""  # the answer that decided, as the server gave it
    trick: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the judge is told besides. ``listed`` says whether the source may relay; None when nobody knows."""

    listed: bool | None = None
    hosted: tuple[str, ...] = ()
    nat_address: str = ""
    internal_address: str = ""  # what the relay's name should lead to
    size_bytes: int = 0
    outward: bool = False  # the server is the tenant's exchanger, not the relay


NOTHING_KNOWN = Known()


# How a conversation ended before its time, as the transcript notes it, in words that fit into a sentence.
ENDINGS = {
    "not-allowed": "nothing was sent, this is no place we may ring",
    "unresolved": "its name could not be resolved",
    "unreachable": "it could not be reached",
    "closed": "the other side hung up",
    "timeout": "no answer came in time",
    "deadline": "the time granted was over",
    "reply-too-long": "its replies had no end",
    "not-smtp": "what answers there does not speak SMTP",
    "stopped": "it was stopped",
}
BY_US = ("not-allowed", "stopped")  # endings that say nothing about the server
CUT_OFF = ("stopped", "deadline")  # endings that leave recipients untried


def ended_words(ended: str) -> str:
    """The note ``ended`` in words; its detail, where it has one, behind a colon."""
    key, _, detail = ended.partition(" ")
    return ": ".join(filter(None, (ENDINGS.get(key, key), detail.strip())))


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Everything a transcript says. ``size`` is the announced limit in bytes (0: none); None: nothing was announced."""

    target: str = ""
    address: str = ""
    local: str = ""
    resolved: tuple[str, ...] = ()  # what the name led to, where the probe ran
    greeting: str = ""
    endpoint: Endpoint = Endpoint.OTHER
    keywords: tuple[str, ...] = ()
    size: int | None = None
    tls: Tls = Tls.UNKNOWN
    tls_facts: tuple[tuple[str, str], ...] = ()
    seen_address: str = ""  # the address of ours the server greets
    attempts: tuple[Tried, ...] = ()
    relaying: Relaying = Relaying.NOT_TRIED
    ended: str = ""
    refusals: tuple[Explanation, ...] = field(default=())
    findings: tuple[Finding, ...] = field(default=())
