"""Who may send, and where Outlook looks: SPF, autodiscover and DMARC beside the MX."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from publicdns.answers import Verdict
from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import (
    arrives_at_microsoft,
    arrives_elsewhere,
    has_found_aliases,
    has_found_texts,
    has_mail_hosts,
)
from publicdns.mailflow import rejects
from publicdns.probing import record_at
from publicdns.spf.passing import Passing, Told, microsoft, only_microsoft

if TYPE_CHECKING:
    from publicdns.mailflow import MailFlow
    from publicdns.picture import Picture

SPF_GUIDE = "https://learn.microsoft.com/defender-office-365/email-authentication-spf-configure"
AUTODISCOVER = frozenset(
    {
        "autodiscover.outlook.com",
        "autodiscover.office365.us",
        "autodiscover-dod.office365.us",
        "autodiscover.partner.outlook.cn",
    }
)


def _known(picture: Picture) -> MailFlow | None:
    """The mail flow, where both MX and SPF could be asked for and somebody receives."""
    mail = picture.mail
    return mail if mail is not None and mail.spf_known and mail.first_receivers else None


def _microsoft(picture: Picture, mail: MailFlow) -> Told:
    """Whether Microsoft 365 may send, by the SPF record and those it hands over to that were read."""
    return microsoft(mail.spf, partial(record_at, picture.probes), picture.name)


def _rejects(picture: Picture) -> str | None:
    return rejects(value for a in picture.probed(f"_dmarc.{picture.name}", "TXT") for value in a.values)


@rule(
    "MAIL421",
    "SPF forgets the system that still has the mail",
    source=SPF_GUIDE,
    sentence=(
        "The SPF record of {name} lets only Microsoft 365 send, but mail still lives at {hosts}: what it sends "
        "does not pass SPF."
    ),
    fix="Put both into one record: what stood there before, and include:spf.protection.outlook.com.",
    when=arrives_elsewhere,
)
def spf_too_early(picture: Picture) -> Facts | None:
    """The old system keeps sending until everybody has moved."""
    mail = _known(picture)
    if mail is None or len(mail.spf) != 1 or not only_microsoft(mail.spf[0]):
        return None
    return {"name": picture.name, "hosts": [host.host for host in mail.first_receivers], "found": mail.spf[0]}


@rule(
    "MAIL422",
    "SPF is prepared",
    source=SPF_GUIDE,
    sentence="The SPF record of {name} lets both the present system and Microsoft 365 send.",
    fix="Nothing to do before the cut-over; afterwards take out what no longer sends.",
    severity="notice",
    verdict=Verdict.PRESENT,
    when=arrives_elsewhere,
)
def spf_prepared(picture: Picture) -> Facts | None:
    """Both systems can send while the mailboxes move one by one."""
    mail = _known(picture)
    if mail is None or len(mail.spf) != 1 or only_microsoft(mail.spf[0]):
        return None
    sends = _microsoft(picture, mail).passing is Passing.YES
    return {"name": picture.name, "found": mail.spf[0]} if sends else None


@rule(
    "MAIL423",
    "SPF does not let Microsoft 365 send",
    source=SPF_GUIDE,
    sentence="Mail for {name} is at Microsoft 365, but the SPF record does not let it send: {found}.",
    fix="Put include:spf.protection.outlook.com into the one SPF record, before its all.",
    when=arrives_at_microsoft,
)
def spf_too_late(picture: Picture) -> Facts | None:
    """What Microsoft 365 sends for the domain then does not pass SPF at its recipients (RFC 7208 §4.6.2)."""
    mail = _known(picture)
    if mail is None or _microsoft(picture, mail).passing is not Passing.NO:
        return None
    return {"name": picture.name, "found": list(mail.spf) or "there is none"}


@rule(
    "MAIL424",
    "Outlook is sent to Microsoft 365 already",
    source="https://learn.microsoft.com/microsoft-365/enterprise/dns-records-for-office-365-gcc-high",
    sentence="autodiscover.{name} points to {target} while mail is still at {hosts}: Outlook looks in the wrong place.",
    fix="Put the former autodiscover record back until the mailboxes have moved.",
    severity="warning",
    when=arrives_elsewhere,
)
def autodiscover_too_early(picture: Picture) -> Facts | None:
    """Outlook of people who have not moved looks for a mailbox in the cloud."""
    mail = picture.mail
    answer = picture.evident("CNAME", f"autodiscover.{picture.name}")
    target = next((value for value in (answer.values if answer else ()) if value in AUTODISCOVER), None)
    if target is None or mail is None:
        return None
    return {"name": picture.name, "target": target, "hosts": [host.host for host in mail.first_receivers]}


@rule(
    "MAIL425",
    "Two SPF records",
    source="https://www.rfc-editor.org/rfc/rfc7208#section-4.5",
    sentence="{name} has {count} SPF records; with more than one, SPF fails for all mail.",
    fix="Merge them into one TXT record that starts with v=spf1 and delete the others.",
)
def two_spf_records(picture: Picture) -> Facts | None:
    """More than one record is a permanent error."""
    mail = picture.mail
    if mail is None or len(mail.spf) < 2:
        return None
    return {"name": picture.name, "count": len(mail.spf), "found": list(mail.spf)}


@rule(
    "MAIL426",
    "DMARC rejects before both systems pass",
    source="https://www.rfc-editor.org/rfc/rfc7489#section-6.3",
    sentence=(
        "DMARC of {name} says reject, but the SPF record does not let both the present system and Microsoft 365 send."
    ),
    fix="Set p=none in the TXT record at host _dmarc until SPF and DKIM pass for both systems.",
    severity="warning",
    when=has_found_texts,
)
def dmarc_too_strict(picture: Picture) -> Facts | None:
    """During a move one of the two systems is not in SPF or DKIM yet; reject then loses its mail."""
    mail, policy = _known(picture), _rejects(picture)
    if mail is None or policy is None:
        return None
    passing = _microsoft(picture, mail).passing
    lacks_others = not arrives_at_microsoft(picture) and all(map(only_microsoft, mail.spf))
    return {"name": picture.name, "found": policy} if passing is Passing.NO or lacks_others else None


@rule(
    "MAIL427",
    "Other records for Microsoft 365 are there",
    source="https://learn.microsoft.com/microsoft-365/enterprise/external-domain-name-system-records",
    sentence="{found} {found:is|are} published already; that does not move any mail.",
    fix="Nothing to do.",
    severity="notice",
    verdict=Verdict.PRESENT,
    when=has_found_aliases,
)
def harmless_records(picture: Picture) -> Facts | None:
    """DKIM selectors and device registration have no effect on where mail goes."""
    names = (f"selector1._domainkey.{picture.name}", f"enterpriseregistration.{picture.name}")
    found = [name for name in names if any(answer.records for answer in picture.probed(name, "CNAME"))]
    return {"name": picture.name, "found": found} if found else None


@rule(
    "MAIL428",
    "SPF may or may not let Microsoft 365 send",
    source="https://www.rfc-editor.org/rfc/rfc7208#section-5.2",
    sentence=(
        "Whether the SPF record of {name} lets Microsoft 365 send cannot be told from this record alone: it "
        "depends on {others}."
    ),
    fix=(
        "Look whether mail from Microsoft 365 passes with {others}. If it does not, put "
        "include:spf.protection.outlook.com into the one SPF record, before its all."
    ),
    severity="notice",
    verdict=Verdict.UNKNOWN,
    when=has_mail_hosts,
)
def spf_untold(picture: Picture) -> Facts | None:
    """Records of others may include Microsoft's, and macros stand for another name with each message."""
    mail = _known(picture)
    if mail is None or not (arrives_at_microsoft(picture) or _rejects(picture)):
        return None
    told = _microsoft(picture, mail)
    if told.passing is not Passing.UNKNOWN:
        return None
    return {"name": picture.name, "others": [*told.names, *told.terms], "found": list(mail.spf)}
