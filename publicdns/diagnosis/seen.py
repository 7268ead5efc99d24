"""What rules ask of a picture, in their own words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from publicdns.answers import Answer, Outcome, Reason, Record
from publicdns.delegation import Standing
from publicdns.diagnosis.registry import Facts
from publicdns.dnssec import refused
from publicdns.mailflow import MailHost, Receiving, Resolves
from publicdns.probing import nonce_name
from publicdns.propagation import Progress, Stance, stance
from publicdns.tokens import Likeness, likeness

if TYPE_CHECKING:
    from publicdns.picture import Picture

EVIDENCE = frozenset({Stance.PRESENT, Stance.WRONG, Stance.MISSING, Stance.ALIAS})
TEXTS = frozenset({"TXT", "SPF"})
STRANGE = frozenset({Likeness.UNRELATED, Likeness.OTHER_TOKEN})


# --- Conditions (publicdns.diagnosis.registry.rule) --------------------------------------------------------------
def has_found_texts(picture: Picture) -> bool:
    """Whether texts are where only a probe looks."""
    return not TEXTS.isdisjoint(picture.found_by_probes)


def has_found_aliases(picture: Picture) -> bool:
    """Whether an alias is where only a probe looks."""
    return "CNAME" in picture.found_by_probes


def has_refusals(picture: Picture) -> bool:
    """Whether a resolver said SERVFAIL about the zone."""
    return bool(refused((*picture.resolvers, *picture.probes), picture.delegation.zone or picture.name))


def shows_alike(picture: Picture) -> bool:
    """Whether some other value is published where the token is expected that is a token or resembles one."""
    return picture.propagation is not None and bool(picture.propagation.shown)


def has_trouble(picture: Picture) -> bool:
    """Whether a name server failed to answer, or answered without authority, when asked for the TXT records."""
    return any(answer.failed or not answer.authoritative for answer in picture.at_servers("TXT").values())


def has_failures(picture: Picture) -> bool:
    """Whether a name server failed to answer one of the standing questions."""
    return Outcome.FAILED in [answer.outcome for answer in picture.authoritative]


def is_undelegated(picture: Picture) -> bool:
    """Whether the domain is not known to be delegated."""
    return picture.delegation.standing is not Standing.DELEGATED


def lacks_addresses(picture: Picture) -> bool:
    """Whether a name server's host name has no address record."""
    return any(server.trouble is Reason.NO_SERVER for server in picture.delegation.servers)


def has_mail_hosts(picture: Picture) -> bool:
    """Whether hosts are named that receive the mail."""
    return picture.mail is not None and picture.mail.receiving is Receiving.HOSTS


def has_odd_mail_hosts(picture: Picture) -> bool:
    """Whether a mail host has no address, is an address itself, or is an alias."""
    hosts = picture.mail.hosts if picture.mail is not None else ()
    return any(host.resolves is Resolves.NO or host.literal or host.alias for host in hosts)


def arrives_at_microsoft(picture: Picture) -> bool:
    """Whether all hosts where mail arrives first are Microsoft's."""
    first = first_receivers(picture)
    return bool(first) and all(host.is_microsoft for host in first)


def arrives_elsewhere(picture: Picture) -> bool:
    """Whether mail surely goes to another system than Microsoft 365: no gateway is in front."""
    first = first_receivers(picture)
    return bool(first) and all(not host.is_microsoft and host.kind != "gateway" for host in first)


def has_proof(picture: Picture) -> bool:
    """Whether an MX record is there that only proves ownership."""
    return picture.mail is not None and any(host.is_proof for host in picture.mail.hosts)


def has_laggards(picture: Picture) -> bool:
    """Whether all name servers have the token and some resolver does not show it."""
    seen = picture.propagation
    if seen is None or seen.progress not in (Progress.ALL_SERVERS, Progress.EVERYWHERE) or seen.weaker:
        return False
    return any(shown is not Stance.PRESENT for _, shown in seen.resolvers)


def has_several_mail_hosts(picture: Picture) -> bool:
    """Whether there is a first one and a next."""
    return picture.mail is not None and len(picture.mail.hosts) > 1


# --- Mail --------------------------------------------------------------------------------------------------------
def first_receivers(picture: Picture) -> tuple[MailHost, ...]:
    """Where mail arrives first, past whatever never receives."""
    return picture.mail.first_receivers if picture.mail is not None else ()


# --- Answers -----------------------------------------------------------------------------------------------------
def not_there(picture: Picture) -> bool:
    """True when a token is expected and at least one name server that answers does not have it."""
    seen = picture.propagation
    return picture.token is not None and seen is not None and seen.progress in (Progress.NOWHERE, Progress.SOME_SERVERS)


def host_field(name: str, zone: str) -> str:
    """What to enter as host for a record at ``name`` where the provider adds ``zone`` itself."""
    return "@" if name == zone or not zone else name.removesuffix("." + zone)


def wanted(picture: Picture) -> Facts:
    """The record to publish, as facts every placement rule shares."""
    return {
        "name": picture.name,
        "host": host_field(picture.name, picture.delegation.zone),
        "value": picture.token or "",
    }


def texts(picture: Picture) -> list[Record]:
    """Every TXT record at the name, from every name server that answers with authority."""
    answers = picture.at_servers("TXT").values()
    return [record for answer in answers if answer.authoritative and not answer.failed for record in answer.records]


def published(picture: Picture, kinds: Iterable[Likeness]) -> str | None:
    """The first TXT value at the name that resembles the missing token in one of these ways."""
    if not not_there(picture) or picture.token is None:
        return None
    wanted_kinds = frozenset(kinds)
    values = sorted({record.value for record in texts(picture)})
    return next((value for value in values if likeness(value, picture.token) in wanted_kinds), None)


def at_wrong_name(picture: Picture, name: str) -> str | None:
    """The token, or nearly, where it does nothing; None too when a wildcard answers for every name beside it."""
    above = picture.name if name.endswith("." + picture.name) else picture.delegation.zone
    if not not_there(picture) or holds_token(picture, nonce_name(above)):
        return None
    return holds_token(picture, name)


def holds_token(picture: Picture, name: str, rdtype: str = "TXT") -> str | None:
    """The value at the probed ``name`` that is the token or nearly. What an alias leads to is not there by mistake."""
    values = (value for answer in picture.probed(name, rdtype) if not answer.aliases for value in answer.values)
    return next((value for value in values if likeness(value, picture.token or "") not in STRANGE), None)


def failing(picture: Picture, *reasons: Reason) -> list[str]:
    """The name servers whose TXT answer failed for one of ``reasons``."""
    return sorted(name for name, answer in picture.at_servers("TXT").items() if answer.reason in reasons)


def answering(picture: Picture) -> dict[str, Answer]:
    """The name servers' TXT answers that are evidence."""
    answers = picture.at_servers("TXT")
    return {name: answer for name, answer in answers.items() if stance(answer, picture.token or "") in EVIDENCE}
