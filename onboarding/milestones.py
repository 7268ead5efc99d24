"""After the activation: what can be done now, what belongs to it, and who did it when (design A7, A8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notices.transitions import write
from onboarding.adding import transition
from onboarding.models import Domain, Milestone
from publicdns.answers import Verdict
from tenants.audit import record
from tenants.models import User


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do or to know. ``choices``: what to record with it, where there is something to choose."""

    code: str
    label: str
    words: Promise
    source: str = ""
    choices: tuple[str, ...] = ()


ITEMS = {
    item.code: item
    for item in (
        Item(
            "sign-on",
            "Sign-on domain",
            _(
                "Cloud users can sign in with it now: change their user name in the admin center. Synchronised users"
                " get it from their user principal name on premises."
            ),
            "https://learn.microsoft.com/entra/fundamentals/add-custom-domain",
        ),
        Item(
            "accepted-domain",
            "Accepted domain",
            _(
                "After a short while it is an accepted domain in Exchange Online (Exchange admin center, Mail flow,"
                " Accepted domains) and addresses can be added. Whether that is so with no service ticked, no page of"
                " Microsoft says: look, and record its type."
            ),
            "https://learn.microsoft.com/exchange/mail-flow-best-practices/manage-accepted-domains/manage-accepted-domains",
            ("Authoritative", "Internal relay"),
        ),
        Item(
            "internal-relay",
            "Internal relay while mail lives in both places",
            _(
                "An accepted domain of the type Authoritative returns mail for addresses that have no mailbox in this"
                " tenant, and keeps mail for those that have one, though the MX record is untouched. While mailboxes"
                " are in both places the type must be Internal relay, with a connector to the old server; afterwards"
                " Authoritative again."
            ),
            "https://learn.microsoft.com/exchange/mail-flow-best-practices/manage-accepted-domains/manage-accepted-domains",
        ),
        Item(
            "direct-send",
            "Direct send",
            _(
                "Anybody can hand mail in this name to the tenant without signing in. Where that is switched off"
                " (RejectDirectSend), devices and the internal relay need an inbound connector, or they are answered"
                " 550 5.7.68."
            ),
            "https://techcommunity.microsoft.com/blog/exchange/introducing-more-control-over-direct-send-in-exchange-online/4408790",
        ),
        Item(
            "txt-deleted",
            "TXT record deleted",
            _(
                "It may be deleted: Microsoft needed it once, and nobody is told when it goes. Remove the domain and"
                " add it again, and the value is a different one."
            ),
            "https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/create-dns-records-at-any-dns-hosting-provider",
        ),
    )
}


class NoSuchItemError(LookupError):
    """There is no such item."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item with what was recorded of it."""

    item: Item
    done: Milestone | None
    seen: str | Promise = ""  # what the last look says about it


def checklist(domain: Domain) -> list[Line]:
    """Every item in order, with who did it when."""
    done = {milestone.item: milestone for milestone in domain.milestones.select_related("by")}
    return [Line(item, done.get(code), _seen(domain, code)) for code, item in ITEMS.items()]


@transaction.atomic
def reach(domain: Domain, code: str, note: str, *, by: User, now: datetime, address: str | None = None) -> None:
    """Record that something is done. Raises NoSuchItemError."""
    item = ITEMS.get(code)
    if item is None:
        raise NoSuchItemError(code)
    kept = note.strip()[:200]
    Milestone.objects.update_or_create(domain=domain, item=code, defaults={"note": kept, "at": now, "by": by})
    words = f"{item.label}: {kept}" if kept else item.label
    write([transition(domain, "reached", now, by=by, item=words)])
    record(by, "reached", domain.name, at=now, tenant=domain.tenant, address=address, after={code: kept})


@transaction.atomic
def take_back(domain: Domain, code: str, *, by: User, now: datetime, address: str | None = None) -> None:
    """It is not done after all. Raises NoSuchItemError."""
    item = ITEMS.get(code)
    if item is None:
        raise NoSuchItemError(code)
    if Milestone.objects.filter(domain=domain, item=code).delete()[0]:
        write([transition(domain, "unreached", now, by=by, item=item.label)])
        record(by, "unreached", domain.name, at=now, tenant=domain.tenant, address=address, before={code: "done"})


def _seen(domain: Domain, code: str) -> str | Promise:
    if code != "txt-deleted" or not domain.token:
        return ""
    if domain.verdict == Verdict.PRESENT:
        return _("The last look still saw it.")
    return _("The last look no longer saw it.") if domain.verdict == Verdict.MISSING else ""
