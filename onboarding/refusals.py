"""Why Microsoft refuses a domain whose record is there, and what to do about each reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason as the admin center words it, more or less; what a list says of it; what to do, at length."""

    label: str
    sentence: str | Promise
    advice: str | Promise
    source: str


_ENTRA = "https://learn.microsoft.com/entra/fundamentals/add-custom-domain"
_FORUM = "https://github.com/MicrosoftLearning/MS-102T00-Microsoft-365-Administrator-Essentials/issues/151"
_PARENT = "https://learn.microsoft.com/entra/identity/users/domains-verify-custom-subdomain"
_REMOVING = "https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/remove-a-domain"
_TAKEOVER = "https://learn.microsoft.com/entra/identity/users/domains-admin-takeover"

REFUSED = {
    "not-found": Refusal(
        "Microsoft does not see the record yet",
        _("It does not see the record yet: press Verify again in some minutes."),
        _(
            "Press Verify again, two or three times with some minutes between: it often succeeds then. The admin center"
            " of Entra has the same button. What is seen here in public DNS, Microsoft sees once its own resolver has"
            " forgotten an earlier “not there”."
        ),
        _FORUM,
    ),
    "other-tenant": Refusal(
        "It is already in another Microsoft 365 tenant",
        _("It is in another Microsoft 365 tenant: have it removed there first."),
        _(
            "The record is right; a domain can be in one tenant only. The message names the other tenant or a part of"
            " its administrator's address: have the domain removed there, with every user, group and address that"
            " uses it. That takes minutes to a day. Afterwards add it again here: the token is a new one."
        ),
        _ENTRA,
    ),
    "unmanaged-tenant": Refusal(
        "It is in an unmanaged tenant that has to be taken over first",
        _("It is in an unmanaged tenant: take that over first."),
        _(
            "Somebody has signed up for a service with an address of this domain, and Microsoft made a tenant for it."
            " Take that tenant over, or the domain out of it, as the page describes."
        ),
        _TAKEOVER,
    ),
    "parent": Refusal(
        "Its parent domain has to be added first",
        _("Its parent domain is not there yet: add and verify that first."),
        _(
            "Add and verify the parent domain first; its subdomains then need no TXT record in the same tenant. With"
            " the parent in another tenant the subdomain gets a TXT record of its own, at its own name."
        ),
        _PARENT,
    ),
    "being-removed": Refusal(
        "It is still being removed",
        _("It is still being removed elsewhere: press Verify again later, at the latest tomorrow."),
        _("Removing takes minutes to a day. Try again later; nothing has to be changed in DNS."),
        _REMOVING,
    ),
    "other": Refusal(
        "Another reason",
        _("It gave a reason of its own: note it on the page, and decide what to do."),
        _("Write down what Microsoft says, word for word. The domain stays here, and its record is watched further."),
        "",
    ),
}
REFUSALS = {code: refusal.label for code, refusal in REFUSED.items()}
