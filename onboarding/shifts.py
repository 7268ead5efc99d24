"""The guard's codes in words: what moved, and what that does to mail. One row per code; docs/guard.md explains them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from publicdns.flow import Part
from publicdns.movement import Shift, State
from publicdns.printable import printable

Text = str | Promise
MOST_NAMES = 6  # hosts or terms named in one sentence
LONGEST_NAME = 120  # characters of each

PARTS: dict[Part, Text] = {
    Part.MX: "MX",
    Part.SPF: "SPF",
    Part.AUTODISCOVER: "Autodiscover",
    Part.NS: lazy("Name servers"),
}


@dataclass(frozen=True, slots=True)
class Worded:
    """What is said of one shift. ``{names}`` and ``{domain}`` are filled in."""

    headline: Text
    consequence: Text


WORDS: dict[str, Worded] = {
    "mx-moved": Worded(
        lazy("the mail of {domain} has moved to Microsoft 365"),
        lazy("All mail from outside now goes to {names}. Addresses without a mailbox there bounce."),
    ),
    "mx-split": Worded(
        lazy("part of the mail of {domain} goes to Microsoft 365"),
        lazy("Microsoft 365 and the old server have the same preference: each mail goes to one of them at random."),
    ),
    "mx-fallback": Worded(
        lazy("Microsoft 365 is a fallback for the mail of {domain}"),
        lazy("Whenever the old server is busy, mail goes to {names} and stays there."),
    ),
    "mx-new-fallback": Worded(
        lazy("a stranger is a fallback for the mail of {domain}"),
        lazy("Whenever the old server is busy, mail goes to {names}."),
    ),
    "mx-elsewhere": Worded(
        lazy("the mail of {domain} goes somewhere else"),
        lazy("All mail from outside now goes to {names}."),
    ),
    "mx-to-gateway": Worded(
        lazy("the mail of {domain} goes to a mail filter now"),
        lazy("{names} filters mail. Where it delivers, DNS does not tell: look into its settings."),
    ),
    "mx-gateway": Worded(
        lazy("a mail filter receives for {domain}"),
        lazy("{names} filters mail. Where it delivers, DNS does not tell: it may forward to Microsoft 365 already."),
    ),
    "mx-gone": Worded(
        lazy("{domain} has no MX record any more"),
        lazy("Mail goes to the address of the name itself, usually the web server, and bounces there."),
    ),
    "mx-null": Worded(
        lazy("{domain} says that it takes no mail"),
        lazy("A null MX is published: every mail from outside is refused at once (RFC 7505)."),
    ),
    "mx-proof-first": Worded(
        lazy("the mail of {domain} goes to a name that does not exist"),
        lazy("The MX that only proves ownership ({names}) has the lowest preference, so mail is delayed or bounces."),
    ),
    "mx-unresolvable": Worded(
        lazy("the mail of {domain} goes to a Microsoft 365 host that has no address"),
        lazy("{names} does not resolve, so mail waits at its senders and bounces after days."),
    ),
    "mx-same-provider": Worded(lazy("the MX of {domain} changed, the receiver did not"), lazy("Nothing moved.")),
    "mx-reordered": Worded(lazy("the MX of {domain} were renumbered"), lazy("The same hosts in the same roles.")),
    "mx-fallback-removed": Worded(lazy("{domain} has a fallback less"), lazy("{names} is not listed any more.")),
    "mx-proof": Worded(
        lazy("{domain} has Microsoft's proof as its last MX"), lazy("It receives nothing; delete it once accepted.")
    ),
    "spf-only-microsoft": Worded(
        lazy("only Microsoft 365 may send for {domain}"),
        lazy("What the old system sends fails SPF and is refused or filed as spam. It lost: {names}."),
    ),
    "spf-sender-removed": Worded(
        lazy("a sender of {domain} lost its permission"),
        lazy("{names} left the SPF record while the old system is still in use."),
    ),
    "spf-two": Worded(
        lazy("{domain} has two SPF records"),
        lazy("That is an error: receivers treat neither as valid (RFC 7208 §4.5). Merge them into one."),
    ),
    "spf-broken": Worded(
        lazy("the SPF record of {domain} cannot be read any more"),
        lazy("Receivers reject the whole record because of: {names}."),
    ),
    "spf-gone": Worded(
        lazy("{domain} has no SPF record any more"), lazy("Receivers cannot tell its mail from forged mail.")
    ),
    "spf-lacks-microsoft": Worded(
        lazy("Microsoft 365 may not send for {domain}"),
        lazy("Mail has moved there, but the SPF record does not name it: what is sent from there fails SPF."),
    ),
    "spf-prepared": Worded(
        lazy("the SPF record of {domain} is prepared"), lazy("Microsoft 365 was added beside the old senders.")
    ),
    "spf-sender-added": Worded(lazy("{domain} has another sender"), lazy("{names} was added to the SPF record.")),
    "spf-sender-dropped": Worded(lazy("{domain} has a sender less"), lazy("{names} left the SPF record.")),
    "spf-ending": Worded(lazy("the SPF record of {domain} ends differently"), lazy("It now says {names}.")),
    "spf-rewritten": Worded(lazy("the SPF record of {domain} is written differently"), lazy("It means the same.")),
    "autodiscover-moved": Worded(
        lazy("Outlook of {domain} looks for its mailbox in Microsoft 365"),
        lazy("Autodiscover points there while mail still arrives at the old server: clients may lose their mailbox."),
    ),
    "autodiscover-elsewhere": Worded(
        lazy("Outlook of {domain} looks for its mailbox somewhere else"), lazy("Autodiscover points to {names}.")
    ),
    "autodiscover-gone": Worded(
        lazy("{domain} has no autodiscover record any more"),
        lazy("New Outlook profiles may not find their mailbox; it was {names}."),
    ),
    "autodiscover-same": Worded(lazy("autodiscover of {domain} changed within Microsoft 365"), lazy("Nothing moved.")),
    "autodiscover-followed": Worded(
        lazy("autodiscover of {domain} points to Microsoft 365"), lazy("Mail is there already.")
    ),
    "autodiscover-new": Worded(lazy("{domain} has an autodiscover record"), lazy("It points to {names}.")),
    "ns-gone": Worded(
        lazy("{domain} has no name servers any more"),
        lazy("The registry names none: mail, web and everything else of the domain stops."),
    ),
    "ns-changed": Worded(
        lazy("{domain} has another DNS provider"), lazy("{names} answers now; mail flow is as it was before.")
    ),
    "ns-same-provider": Worded(lazy("{domain} has other name servers"), lazy("They belong to the same provider.")),
}

STATES: dict[str, tuple[Text, str, str]] = {  # label, icon, tone
    State.BROKEN.value: (lazy("Broken"), "cross", "bad"),
    State.MOVED.value: (lazy("Moved"), "alert", "bad"),
    State.PARTLY.value: (lazy("Partly moved"), "half", "warn"),
    State.GATEWAY.value: (lazy("Behind a filter"), "question", "wait"),
    State.PREPARED.value: (lazy("Prepared"), "check", "good"),
    State.HARMLESS.value: (lazy("As it was, nearly"), "check", "good"),
    "": (lazy("As it was"), "check", "good"),
}


def headline(shift: Shift, domain: str) -> str:
    """What happened, without a full stop; begins a sentence or follows a colon."""
    return _filled(WORDS[shift.code].headline, shift, domain)


def consequence(shift: Shift, domain: str) -> str:
    """What that does to mail."""
    return _filled(WORDS[shift.code].consequence, shift, domain)


def _filled(text: Text, shift: Shift, domain: str) -> str:
    names = [printable(name, LONGEST_NAME) for name in shift.names[:MOST_NAMES]]
    more = len(shift.names) - len(names)
    return str(text).format(domain=domain, names=", ".join(names) + (f" (+{more})" if more > 0 else "") or "–")
