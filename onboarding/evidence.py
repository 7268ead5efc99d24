"""From a stored picture to the rows of evidence on a domain's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from onboarding.models import Domain, Observation
from onboarding.presenting import Look, reason_words
from publicdns.answers import Answer, Outcome
from publicdns.mailflow import Receiving, Resolves
from publicdns.picture import Picture
from publicdns.printable import printable
from publicdns.propagation import Stance, stance
from publicdns.tokens import Likeness, likeness, looks_like_token

LONGEST_VALUE = 300  # characters of one value shown
MOST_VALUES = 12  # of one answer shown

STANCES = {
    Stance.PRESENT: Look("present", lazy("Has it"), "check", "good"),
    Stance.WRONG: Look("wrong", lazy("Another value"), "alert", "bad"),
    Stance.MISSING: Look("missing", lazy("Not there"), "ring", "wait"),
    Stance.ALIAS: Look("alias", lazy("Is an alias"), "arrow", "warn"),
    Stance.UNKNOWN: Look("unknown", lazy("Could not ask"), "question", "dim"),
    Stance.LEFT_OUT: Look("left-out", lazy("Left out"), "cross", "dim"),
}
ANSWERED = Look("answered", lazy("Answered"), "check", "dim")
OUTCOMES = {Outcome.EMPTY: lazy("no TXT record at this name"), Outcome.NXDOMAIN: lazy("the name does not exist")}
RESOLVES = {Resolves.NO: Look("no", lazy("has no address"), "alert", "bad")}
RECEIVING = {
    Receiving.NULL: lazy("The domain says that it takes no mail (null MX)."),
    Receiving.NONE: lazy("No MX record: mail goes to the address of the name itself."),
    Receiving.UNKNOWN: lazy("Nobody could be asked who receives mail."),
}
NOBODY = lazy("Nobody: the registry names no name server for it, so no mail is delivered.")


@dataclass(frozen=True, slots=True)
class Vantage:
    """What one place showed of the TXT record."""

    name: str
    address: str
    look: Look
    values: tuple[str, ...]
    words: str
    ttl: int | None
    until: datetime | None  # by then a cache that asked at the moment of the look has forgotten what it lacks

    @property
    def key(self) -> str:
        """An id that stays the same from one look to the next."""
        return f"{self.name}-{self.address}".replace(".", "-").replace(":", "-")


@dataclass(frozen=True, slots=True)
class Host:
    """One MX record."""

    preference: int
    name: str
    provider: str
    trouble: Look | None


@dataclass(frozen=True, slots=True)
class Mail:
    """Mail flow as seen: who receives, who may send, and how long caches remember it."""

    receiving: str
    hosts: tuple[Host, ...]
    mx_ttl: int | None
    spf: tuple[str, ...]
    autodiscover: str
    servers: tuple[str, ...]
    ns_ttl: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of the newest look that the page shows."""

    picture: Picture
    looked_at: datetime
    servers: tuple[Vantage, ...]
    resolvers: tuple[Vantage, ...]
    mail: Mail | None
    cached_until: datetime | None


def evidence(domain: Domain) -> Evidence | None:
    """The newest picture of ``domain``, or None before the first look and for pictures of an older version."""
    stored = Observation.objects.filter(domain=domain).first()
    if stored is None:
        return None
    try:
        picture = Picture.from_json(stored.picture)
    except ValueError:
        return None
    looked_at = domain.schedule.looked_at or stored.seen_at
    return Evidence(
        picture,
        looked_at,
        tuple(_vantage(answer, domain, looked_at) for answer in picture.at_servers("TXT").values()),
        tuple(_vantage(answer, domain, looked_at) for answer in picture.resolvers),
        _mail(picture),
        _cached_until(picture),
    )


def _cached_until(picture: Picture) -> datetime | None:
    until = picture.propagation.negative_until if picture.propagation else None
    return datetime.fromtimestamp(until, UTC) if until is not None and until > picture.looked_at else None


def _vantage(answer: Answer, domain: Domain, looked_at: datetime) -> Vantage:
    server = answer.server
    look = _look(answer, domain.token)
    kept = answer.negative_ttl if answer.outcome in OUTCOMES else answer.ttl
    lacking = look.code in (Stance.MISSING, Stance.WRONG)
    values = tuple(value for value in answer.values if _concerns(value, domain.token))[:MOST_VALUES]
    return Vantage(
        server.name or server.address,
        "" if server.name.startswith(server.address) else server.address,
        look,
        tuple(printable(value, LONGEST_VALUE) for value in values),
        _words(answer, len(answer.values) - len(values)),
        answer.ttl,
        looked_at + timedelta(seconds=kept) if lacking and kept is not None else None,
    )


def _look(answer: Answer, token: str) -> Look:
    if token:
        return STANCES[stance(answer, token)]
    return STANCES[Stance.UNKNOWN] if answer.failed else ANSWERED


def _concerns(value: str, token: str) -> bool:
    """Whether a TXT value is the token, another one, or a near miss; the rest is only counted."""
    if value[:3].lower() == "ms=" or looks_like_token(value):
        return True
    return bool(token) and likeness(value, token) is not Likeness.UNRELATED


def _words(answer: Answer, others: int) -> str:
    if answer.failed:
        detail = f" ({printable(answer.detail, 120)})" if answer.detail else ""
        return reason_words(answer.reason) + detail
    if answer.outcome in OUTCOMES:
        return str(OUTCOMES[answer.outcome])
    return ngettext("{} other TXT value", "{} other TXT values", others).format(others) if others else ""


def _mail(picture: Picture) -> Mail | None:
    flow = picture.mail
    if flow is None:
        return None
    mx, alias = picture.evident("MX"), picture.evident("CNAME", f"autodiscover.{picture.name}")
    hosts = tuple(
        Host(host.preference, printable(host.host, 253), host.provider, RESOLVES.get(host.resolves))
        for host in flow.hosts
    )
    return Mail(
        str(NOBODY if picture.delegation.is_nowhere else RECEIVING.get(flow.receiving, "")),
        hosts,
        mx.ttl if mx else None,
        tuple(printable(record, LONGEST_VALUE) for record in flow.spf),
        printable(alias.values[0], 253) if alias and alias.values else "",
        tuple(printable(server.name, 253) for server in picture.delegation.servers),
        picture.delegation.ttl,
    )
