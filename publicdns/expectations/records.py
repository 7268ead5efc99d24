"""One expected record as a value, and the keys by which a record is the same one wherever it was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from publicdns.tokens import looks_like_token

TTL = 3600  # seconds: what Microsoft prints everywhere


class Service(StrEnum):
    """What a record is for. The first three can be chosen in the wizard."""

    EXCHANGE = "exchange"
    TEAMS = "teams"
    INTUNE = "intune"
    VERIFICATION = "verification"
    OTHER = "other"


class Effect(StrEnum):
    """What publishing a record does to mail."""

    NONE = ""
    RECEIVES = "receives"  # mail goes somewhere else
    SENDS = "sends"  # other systems may send
    CLIENTS = "clients"  # Outlook looks for mailboxes somewhere else


@dataclass(frozen=True, slots=True)
class Expected:
    """One record somebody must publish. ``value`` is canonical, as in :class:`publicdns.answers.Record`."""

    key: str  # "mx", "spf", "autodiscover", …: the same record, whoever printed it
    service: Service
    rdtype: str
    name: str  # a whole name, canonical
    value: str
    source: str = ""  # the page that documents it
    effect: Effect = Effect.NONE
    certain: bool = True  # False: derived, only a hint
    optional: bool = False  # works without it
    absent: bool = False  # must not be there at all
    ttl: int = TTL

    @property
    def moves_mail(self) -> bool:
        """Whether publishing it changes where mail goes, who may send it, or where Outlook looks."""
        return self.effect is not Effect.NONE


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a kind of record, whoever prints it."""

    key: str
    rdtype: str
    at: str  # in front of the domain; empty: the domain itself
    service: Service
    effect: Effect = Effect.NONE
    optional: bool = False


KNOWN = (
    Known("mx", "MX", "", Service.EXCHANGE, Effect.RECEIVES),
    Known("spf", "TXT", "", Service.EXCHANGE, Effect.SENDS),
    Known("autodiscover", "CNAME", "autodiscover", Service.EXCHANGE, Effect.CLIENTS),
    Known("dkim1", "CNAME", "selector1._domainkey", Service.EXCHANGE),
    Known("dkim2", "CNAME", "selector2._domainkey", Service.EXCHANGE),
    Known("dmarc", "TXT", "_dmarc", Service.EXCHANGE, optional=True),
    Known("federation", "SRV", "_sipfederationtls._tcp", Service.TEAMS),
    Known("sip", "SRV", "_sip._tls", Service.TEAMS, optional=True),
    Known("sip-name", "CNAME", "sip", Service.TEAMS, optional=True),
    Known("lyncdiscover", "CNAME", "lyncdiscover", Service.TEAMS, optional=True),
    Known("registration", "CNAME", "enterpriseregistration", Service.INTUNE),
    Known("enrollment", "CNAME", "enterpriseenrollment", Service.INTUNE),
    Known("msoid", "CNAME", "msoid", Service.OTHER),
)
BY_KEY = {known.key: known for known in KNOWN}
BY_PLACE = {(known.rdtype, known.at): known for known in KNOWN if known.key not in ("mx", "spf")}
PROOF_HOST = re.compile(r"ms[0-9]+\.msv1\.invalid")


def known_record(rdtype: str, label: str, value: str) -> Known | None:
    """Which record this is, by its type, its name before the domain, and its value; None for one nobody knows."""
    if not label and rdtype == "MX":
        proof = PROOF_HOST.fullmatch(value.rpartition(" ")[2])
        return Known("proof-mx", "MX", "", Service.VERIFICATION, Effect.RECEIVES) if proof else BY_KEY["mx"]
    if not label and rdtype == "TXT":
        if value.lower().startswith("v=spf1"):
            return BY_KEY["spf"]
        return Known("proof", "TXT", "", Service.VERIFICATION) if looks_like_token(value) else None
    return BY_PLACE.get((rdtype, label))


def label_of(name: str, domain: str) -> str | None:
    """What stands in front of ``domain`` in ``name``: empty for the domain itself, None when it lies elsewhere."""
    if name == domain:
        return ""
    return name.removesuffix(f".{domain}") if name.endswith(f".{domain}") else None


def expected_record(
    domain: str, rdtype: str, name: str, value: str, source: str = "", ttl: int = TTL, *, optional: bool = False
) -> Expected:
    """A record that Microsoft printed, with what is known about its kind. ``name`` lies in ``domain``."""
    label = label_of(name, domain) or ""
    known = known_record(rdtype, label, value) or Known(
        f"{rdtype.lower()}:{label or '@'}"[:60], rdtype, label, Service.OTHER
    )
    return Expected(
        known.key,
        known.service,
        rdtype,
        name,
        value,
        source,
        known.effect,
        optional=optional or known.optional,
        ttl=ttl,
    )
