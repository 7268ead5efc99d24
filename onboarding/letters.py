"""What to write to the customer: where their domain stands and what to enter at their DNS provider, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from onboarding.blocking import Blocked
from onboarding.models import Domain
from onboarding.stage import Stage
from onboarding.wording import findings
from publicdns.expectations.hosts import Form, form_of
from publicdns.picture import Picture
from publicdns.printable import printable


def letter(domain: Domain, picture: Picture | None) -> str:
    """The text to send, from the newest ``picture``; empty when nobody outside has anything to do or to know."""
    if domain.removed_at or domain.at_stage is not Stage.VALIDATE or not domain.token:
        return ""
    said = [_("Hello,"), _opening(domain)]
    if not domain.seen_at:
        said += [*_faults(picture), _record(domain, _form(picture))]
    said.append(_closing(domain))
    return "\n\n".join(said)


def _opening(domain: Domain) -> str:
    name = domain.unicode_name
    if domain.seen_at:
        return _("The TXT record for {name} can be seen everywhere. Thank you; nothing more is needed for now.").format(
            name=name
        )
    opening = {
        Blocked.WRONG: _("For {name} there is a TXT record for Microsoft 365, but with another value than we need."),
        Blocked.CACHES: _(
            "The TXT record for {name} is on its way: it is published, but not everybody can see it yet. If all of "
            "your name servers have it, there is nothing to do but wait."
        ),
        Blocked.UNKNOWN: _("To use {name} with Microsoft 365 we need one TXT record in its public DNS."),
    }
    missing = _(
        "To use {name} with Microsoft 365 we need one TXT record in its public DNS. So far we cannot see it there."
    )
    return opening.get(Blocked(domain.blocked_by), missing).format(name=name)


def _faults(picture: Picture | None) -> list[str]:
    """What was found to be wrong, and how to mend it."""
    found = findings(picture) if picture else ()
    return [" ".join(filter(None, (one.sentence, one.fix))) for one in found if one.tone != "wait"][:3]


def _form(picture: Picture | None) -> Form:
    servers = picture.delegation.servers if picture else ()
    return form_of(tuple(server.name for server in servers))


def _record(domain: Domain, form: Form) -> str:
    """The record as the provider's form asks for it."""
    at = _("Please enter this at {provider}:").format(provider=form.provider) if form.provider else ""
    lines = [
        at or _("Please enter this at the provider that runs the domain's DNS:"),
        "",
        _("  Type:   {}").format("TXT"),
        _("  Host:   {}").format(form.apex or _("(leave it empty)")),
        _("  Value:  {}").format(f'"{domain.token}"' if form.quotes == "yes" else domain.token),
        _("  TTL:    {}").format(_("3600 seconds, or what is offered")),
    ]
    if form.remark:
        lines += ["", printable(form.remark)]
    return "\n".join(lines)


def _closing(domain: Domain) -> str:
    if domain.seen_at:
        return _("We go on with Microsoft. The record may be removed once we tell you that the domain is accepted.")
    return _(
        "Please add it beside the records that are there, and change nothing else: it proves that the domain is yours, "
        "and does not touch your mail or your website. We look at it every few minutes and go on as soon as it shows."
    )
