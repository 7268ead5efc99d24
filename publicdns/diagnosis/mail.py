"""Where the mail goes: the signs of a move that came too early, and of mail that goes nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publicdns.answers import Verdict
from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import (
    arrives_at_microsoft,
    first_receivers,
    has_mail_hosts,
    has_odd_mail_hosts,
    has_proof,
    has_several_mail_hosts,
)
from publicdns.mailflow import MailFlow, MailHost, Receiving, Resolves

if TYPE_CHECKING:
    from publicdns.picture import Picture

ADD_DOMAIN = "https://learn.microsoft.com/microsoft-365/admin/setup/add-domain"
MOST = 65535  # a preference has 16 bits (RFC 1035 §3.3.9)
LAST = 32767  # what Microsoft has people enter for it
RECEIVER_FIRST = "enter the MX record of the host that is to receive the mail, with a lower preference"
RECORDS = "https://learn.microsoft.com/microsoft-365/enterprise/external-domain-name-system-records"


def _hosts(picture: Picture) -> tuple[MailHost, ...]:
    return picture.mail.hosts if picture.mail is not None and picture.mail.receiving is Receiving.HOSTS else ()


def _receivers(picture: Picture) -> tuple[MailHost, ...]:
    return picture.mail.receivers if picture.mail is not None else ()


def _proofs(picture: Picture) -> tuple[list[MailHost], list[MailHost]]:
    """The proofs of ownership that senders come to first, or by chance, and those behind somebody who receives."""
    proofs = [host for host in _hosts(picture) if host.is_proof]
    lowest = min((host.preference for host in _receivers(picture)), default=MOST)
    return [p for p in proofs if p.preference <= lowest], [p for p in proofs if p.preference > lowest]


def _said(host: MailHost) -> str:
    return f"{host.host} (preference {host.preference})"


@rule(
    "MAIL401",
    "Mail is delivered to Microsoft 365",
    source=ADD_DOMAIN,
    sentence="Mail for {name} goes to Microsoft 365 now: {hosts} {hosts:receives|receive} it.",
    fix="If the cut-over has not come yet, put the former MX record back at once and delete the one for Microsoft 365.",
    when=arrives_at_microsoft,
)
def moved(picture: Picture) -> Facts | None:
    """Publishing the MX that Microsoft prints moves the mail, whether the mailboxes are ready or not."""
    if picture.subject.mail_moved:
        return None
    return {"name": picture.name, "hosts": [_said(host) for host in first_receivers(picture)]}


@rule(
    "MAIL402",
    "Microsoft 365 is a fallback for mail",
    source=ADD_DOMAIN,
    sentence=(
        "Some mail for {name} reaches Microsoft 365: {hosts} {hosts:is|are} used when {others} {others:is|are} busy."
    ),
    fix="If the cut-over has not come yet, delete the MX record for {hosts}.",
    severity="warning",
    when=has_several_mail_hosts,
)
def partly_moved(picture: Picture) -> Facts | None:
    """A sender that cannot reach the first host takes the next one, with no error to be seen."""
    first = first_receivers(picture)
    later = [host for host in _hosts(picture) if host.is_microsoft and host not in first]
    if not later or any(host.is_microsoft for host in first):
        return None
    return {"name": picture.name, "hosts": [_said(h) for h in later], "others": [host.host for host in first]}


@rule(
    "MAIL403",
    "Mail is split between Microsoft 365 and another system",
    source="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    sentence="Mail for {name} goes by chance to {hosts} or to {others}: both have the preference {preference}.",
    fix="Delete the MX record that is not meant to receive yet, or give it a higher number.",
    when=has_several_mail_hosts,
)
def split_at_random(picture: Picture) -> Facts | None:
    """Senders choose at random among hosts with the same preference."""
    first = first_receivers(picture)
    microsoft = [host.host for host in first if host.is_microsoft]
    others = [host.host for host in first if not host.is_microsoft]
    if not microsoft or not others:
        return None
    return {"name": picture.name, "hosts": microsoft, "others": others, "preference": first[0].preference}


@rule(
    "MAIL404",
    "The verification MX comes first",
    source=ADD_DOMAIN,
    sentence=(
        "{hosts} {hosts:comes|come} first for mail to {name} and {hosts:exists|exist} only to prove ownership: mail "
        "is delayed there and then depends on {next}."
    ),
    fix="At your DNS provider delete the MX record {hosts}, or {instead}.",
    when=has_proof,
)
def proof_first(picture: Picture) -> Facts | None:
    """``.invalid`` never resolves (RFC 6761 §6.4); a sender that does not go on to the next host returns the mail."""
    hosts = [_said(host) for host in _proofs(picture)[0]]
    first = first_receivers(picture)
    following: str | list[str] = [_said(host) for host in first] or "nobody: with no other host the mail goes nowhere"
    last = next((preference for preference in (LAST, MOST) if first and first[0].preference < preference), None)
    instead = f"set its preference to {last}, the last of all" if last is not None else RECEIVER_FIRST
    return {"name": picture.name, "hosts": hosts, "next": following, "instead": instead} if hosts else None


@rule(
    "MAIL405",
    "The verification MX is still there",
    source=ADD_DOMAIN,
    sentence="{hosts} {hosts:is|are} still in the MX records of {name}, which does no harm at the end of the list.",
    fix="When the domain is verified, delete the MX record {hosts}.",
    severity="notice",
    verdict=Verdict.PRESENT,
    when=has_proof,
)
def proof_left(picture: Picture) -> Facts | None:
    """It is needed once, for the verification."""
    hosts = [_said(host) for host in _proofs(picture)[1]]
    return {"name": picture.name, "hosts": hosts} if hosts else None


@rule(
    "MAIL406",
    "The domain refuses mail",
    source="https://www.rfc-editor.org/rfc/rfc7505",
    sentence="{name} says that it takes no mail (null MX).",
    fix="If the domain is meant to receive mail, delete the MX record with the host “.” and enter the mail server.",
)
def null_mx(picture: Picture) -> Facts | None:
    """A single MX of ``0 .`` tells every sender not to try."""
    return {"name": picture.name} if _receiving(picture) is Receiving.NULL else None


@rule(
    "MAIL407",
    "The domain has no MX record",
    source="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    sentence="{name} has no MX record: mail goes to the address of the name itself, if it has one.",
    fix="If the domain is meant to receive mail, enter the MX record of the system that receives it today.",
    severity="notice",
    verdict=Verdict.MISSING,
)
def no_mx(picture: Picture) -> Facts | None:
    """Where an MX was and is no more, mail has stopped."""
    return {"name": picture.name} if _receiving(picture) is Receiving.NONE else None


@rule(
    "MAIL408",
    "A gateway stands in front",
    source="https://learn.microsoft.com/exchange/mail-flow-best-practices/manage-mail-flow-using-third-party-cloud",
    sentence="Mail for {name} goes through {provider}; DNS does not tell where it goes from there.",
    fix="Look in the settings of {provider} where it delivers, before and on the day of the cut-over.",
    severity="notice",
    verdict=Verdict.UNKNOWN,
    when=has_mail_hosts,
)
def behind_a_gateway(picture: Picture) -> Facts | None:
    """A filter service may already deliver to Microsoft 365: its MX is no proof either way."""
    gateways = list(dict.fromkeys(host.provider for host in first_receivers(picture) if host.kind == "gateway"))
    return {"name": picture.name, "provider": gateways} if gateways else None


@rule(
    "MAIL409",
    "Mail hosts of different systems share a preference",
    source="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    sentence=(
        "Mail for {name} goes by chance to {hosts}: they belong to different systems and have the same preference."
    ),
    fix="Give the system that is to receive first the lowest number, or delete the other one's MX record.",
    severity="warning",
    when=has_several_mail_hosts,
)
def equal_preferences(picture: Picture) -> Facts | None:
    """Equal numbers are right within one system and wrong between two."""
    first = first_receivers(picture)
    systems = {host.provider for host in first if host.provider}
    if len(systems) < 2 or any(host.is_microsoft for host in first):
        return None
    return {"name": picture.name, "hosts": [host.host for host in first]}


@rule(
    "MAIL410",
    "The mail host for Microsoft 365 does not resolve",
    source="https://learn.microsoft.com/purview/how-smtp-dane-works",
    sentence=(
        "{hosts} {hosts:has|have} no address: mail from outside waits at its senders, though the admin center"
        " may say Healthy."
    ),
    fix="Copy the MX value again from the admin center; names end in .mail.protection.outlook.com or .mx.microsoft.",
    when=has_odd_mail_hosts,
)
def microsoft_host_missing(picture: Picture) -> Facts | None:
    """The admin center compares the text of the record, not whether its target exists."""
    hosts = [host.host for host in _hosts(picture) if host.is_microsoft and host.resolves is Resolves.NO]
    return {"name": picture.name, "hosts": hosts} if hosts else None


@rule(
    "MAIL411",
    "A mail host does not resolve",
    source="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    sentence="{hosts} should receive mail for {name} and {hosts:has|have} no address.",
    fix="Correct the name in the MX record, or have the A record of that host made.",
    when=has_odd_mail_hosts,
)
def host_missing(picture: Picture) -> Facts | None:
    """Mail for a host without an address waits, then returns."""
    hosts = [h.host for h in _receivers(picture) if not h.is_microsoft and h.resolves is Resolves.NO]
    hosts = [host for host in hosts if host not in {h.host for h in _hosts(picture) if h.literal}]
    return {"name": picture.name, "hosts": hosts} if hosts else None


@rule(
    "MAIL412",
    "An MX record holds an IP address",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-3.3.9",
    sentence="{hosts} {hosts:is an IP address|are IP addresses}; an MX record takes a host name only.",
    fix="Make an A record such as mail.{name} for the address, and enter that name in the MX record.",
    when=has_odd_mail_hosts,
)
def address_as_host(picture: Picture) -> Facts | None:
    """Many senders refuse to deliver to an address that stands where a name must be."""
    hosts = [host.host for host in _hosts(picture) if host.literal]
    return {"name": picture.name, "hosts": hosts} if hosts else None


@rule(
    "MAIL413",
    "A mail host is an alias",
    source="https://www.rfc-editor.org/rfc/rfc2181#section-10.3",
    sentence="In the MX records of {name} {hosts} {hosts:is an alias|are aliases}, which some senders refuse.",
    fix="Enter the name at the alias's end in the MX record.",
    severity="notice",
    when=has_odd_mail_hosts,
)
def alias_as_host(picture: Picture) -> Facts | None:
    """The host in an MX record must not be a CNAME."""
    hosts = [f"{host.host} (of {host.alias})" for host in _hosts(picture) if host.alias]
    return {"name": picture.name, "hosts": hosts} if hosts else None


@rule(
    "MAIL414",
    "Null MX beside a mail host",
    source="https://www.rfc-editor.org/rfc/rfc7505#section-3",
    sentence=(
        "{name} says that it takes no mail (null MX) and that {hosts} {hosts:receives|receive} it: some senders return "
        "the mail at once."
    ),
    fix="Delete the MX record with the host “.”; or, if the domain is not meant to receive mail, all the others.",
    when=has_several_mail_hosts,
)
def null_mx_beside_others(picture: Picture) -> Facts | None:
    """A null MX must be the only one; what senders make of it beside another is up to them."""
    hosts = [_said(host) for host in _hosts(picture) if not host.is_null]
    return {"name": picture.name, "hosts": hosts} if 0 < len(hosts) < len(_hosts(picture)) else None


def _receiving(picture: Picture) -> Receiving | None:
    mail: MailFlow | None = picture.mail
    return mail.receiving if mail is not None else None
