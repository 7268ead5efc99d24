"""From a domain's row to what people read: one table of states, one sentence for each. Nothing is asked or changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from onboarding.blocking import BEING_REMOVED, OURS_TO_HEAL
from onboarding.models import Domain
from onboarding.refusals import REFUSED
from onboarding.stage import LABELS, ORDER, PurposeChoice, Stage, UsersChoice
from onboarding.stages import SERVICES
from publicdns.answers import Reason, Verdict
from publicdns.diagnosis import RULES
from publicdns.propagation import Progress

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is called and drawn. Colour never speaks alone: each has its own icon and word."""

    code: str
    label: Text
    icon: str
    tone: str


LOOKS = {
    look.code: look
    for look in (
        Look("new", lazy("Not looked at yet"), "clock", "dim"),
        Look("no-token", lazy("Needs its token"), "key", "warn"),
        Look("waiting", lazy("Waiting"), "clock", "wait"),
        Look("spreading", lazy("On its way"), "half", "wait"),
        Look("confirming", lazy("Seen once"), "half", "good"),
        Look("wrong", lazy("Wrong value"), "alert", "bad"),
        Look("unknown", lazy("Could not ask"), "question", "dim"),
        Look("seen", lazy("Propagated"), "check", "good"),
        Look("doubted", lazy("Seen, now missing"), "alert", "warn"),
        Look("refused", lazy("Refused by Microsoft"), "cross", "bad"),
        Look("users", lazy("Users open"), "person", "warn"),
        Look("purpose", lazy("Purpose open"), "person", "warn"),
        Look("active", lazy("Active"), "check-all", "good"),
        Look("lacking", lazy("Active, records missing"), "alert", "warn"),
        Look("removed", lazy("Removed"), "bin", "dim"),
    )
}

REASONS: dict[str, Text] = {
    Reason.TIMEOUT: lazy("no answer came in time"),
    Reason.SERVFAIL: lazy("the server reported a failure (SERVFAIL)"),
    Reason.REFUSED: lazy("the server refused to answer (REFUSED)"),
    Reason.RCODE: lazy("the server answered with an error code"),
    Reason.LAME: lazy("the server is not responsible for this zone"),
    Reason.MALFORMED: lazy("the answer could not be read"),
    Reason.ALIAS_LOOP: lazy("its aliases never end"),
    Reason.TRUNCATED: lazy("the answer was cut off and TCP was not to be had"),
    Reason.UNREACHABLE: lazy("the network did not reach the server"),
    Reason.NO_FAMILY: lazy("this machine has no such address family"),
    Reason.BLOCKED: lazy("this machine cannot reach name servers"),
    Reason.FORBIDDEN: lazy("its address is not a public one, so it is not asked"),
    Reason.TLS: lazy("the encrypted connection failed"),
    Reason.HTTP: lazy("the resolver's web server gave no DNS answer"),
    Reason.NO_SERVER: lazy("no name server's address could be found"),
    Reason.UNPROVEN: lazy("what was said is no proof"),
    Reason.BUDGET: lazy("time ran out before it was its turn"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What is said of a domain: how it is drawn, one sentence, and since when it is so."""

    look: Look
    sentence: str
    since: datetime | None
    diagnosis: str = ""


def reason_words(reason: str) -> str:
    """Why somebody could not be asked; an unknown reason is shown as it is."""
    return str(REASONS.get(reason, reason or _("nobody could be asked")))


def shown(domain: Domain) -> Shown:
    """The state, sentence and moment for ``domain``."""
    if domain.removed_at:
        return Shown(LOOKS["removed"], _("Nobody looks at it any more. It can be taken back."), domain.removed_at)
    return _BY_STAGE[domain.at_stage](domain)


def _users(domain: Domain) -> Shown:
    return Shown(LOOKS["users"], _("Microsoft has accepted it. Are users added now, or later?"), domain.accepted_at)


def _purpose(domain: Domain) -> Shown:
    return Shown(LOOKS["purpose"], _("Skip it, and mail stays where it is; or choose services."), domain.users_at)


def _active(domain: Domain) -> Shown:
    if domain.purpose_choice == PurposeChoice.SKIPPED:
        return Shown(LOOKS["active"], _("Nothing is ticked, so mail stays where it is."), domain.purpose_at)
    used = _("It is used for {}.").format(services_words(domain.purpose_services))
    if not domain.lacking:
        return Shown(LOOKS["active"], used, domain.purpose_at)
    missing = ngettext(
        "{n} record that these need is not published.", "{n} records that these need are not published.", domain.lacking
    )
    return Shown(LOOKS["lacking"], f"{used} {missing.format(n=domain.lacking)}", domain.purpose_at)


def services_words(services: list[str]) -> str:
    """The services chosen, by name."""
    return ", ".join(SERVICES.get(service, service) for service in services)


def _validate(domain: Domain) -> Shown:
    if not domain.token:
        return Shown(
            LOOKS["no-token"],
            _("Enter the TXT value that Microsoft gives for it; nobody can look for it before."),
            domain.created_at,
        )
    if domain.refusal in OURS_TO_HEAL or domain.refusal == BEING_REMOVED:
        return _refused(domain)
    if domain.seen_at:
        return _seen(domain)
    if domain.verdict_since is None:
        return Shown(LOOKS["new"], _("The first look is on its way."), domain.edited_at)
    code, sentence = _BY_VERDICT[Verdict(domain.verdict)](domain.facts, domain)
    return Shown(LOOKS[code], sentence, domain.verdict_since, _diagnosis(domain))


def _diagnosis(domain: Domain) -> str:
    """What is the matter, in a few words, where the last look named it."""
    rule = RULES.get(domain.finding)
    return rule.title if rule and rule.severity == "error" and domain.verdict != Verdict.PRESENT else ""


def _seen(domain: Domain) -> Shown:
    if domain.verdict in (Verdict.MISSING, Verdict.WRONG):
        sentence = _(
            "It was seen everywhere, but the last look found it otherwise. More looks will tell whether it is gone."
        )
        return Shown(LOOKS["doubted"], sentence, domain.verdict_since)
    if domain.refusal:
        return _refused(domain)
    return Shown(LOOKS["seen"], _("Press Verify in the admin center, then record the answer here."), domain.seen_at)


def _refused(domain: Domain) -> Shown:
    return Shown(LOOKS["refused"], str(REFUSED[domain.refusal].sentence), domain.edited_at)


def _present(facts: dict[str, Any], domain: Domain) -> tuple[str, str]:  # noqa: ARG001 - all are called alike
    return "confirming", _("It is everywhere; one more look has to confirm it.")


def _missing(facts: dict[str, Any], domain: Domain) -> tuple[str, str]:
    servers, have = facts.get("servers", 0), facts.get("have", 0)
    heard = facts.get("heard", servers)
    if domain.progress == Progress.ALL_SERVERS and heard < servers:
        return "spreading", _("The name servers that answer have the record; public resolvers do not see it yet.")
    if domain.progress == Progress.ALL_SERVERS:
        return "spreading", _(
            "Every name server has the record; public resolvers still remember that it was not there."
        )
    if domain.progress == Progress.SOME_SERVERS:
        text = ngettext(
            "{have} of {servers} name servers has the record.",
            "{have} of {servers} name servers have the record.",
            have,
        )
        return "spreading", text.format(have=have, servers=servers)
    if not servers:
        return "waiting", _("The record is not there yet.")
    if not heard:
        return "waiting", _("Public resolvers do not have the record yet; no name server could be asked.")
    if heard < servers:
        text = ngettext(
            "{heard} of {servers} name servers answered, and it does not have the record yet.",
            "{heard} of {servers} name servers answered, and none of them has the record yet.",
            heard,
        )
        return "waiting", text.format(heard=heard, servers=servers)
    text = ngettext(
        "The only name server does not have the record yet.",
        "None of the {servers} name servers has the record yet.",
        servers,
    )
    return "waiting", text.format(servers=servers)


def _wrong(facts: dict[str, Any], domain: Domain) -> tuple[str, str]:
    other = (facts.get("shown") or "").partition("\n")[0]
    if not other:
        return "wrong", _("Another value is published than {}.").format(domain.token)
    return "wrong", _("{other} is published, but Microsoft asked for {token}.").format(other=other, token=domain.token)


def _unknown(facts: dict[str, Any], domain: Domain) -> tuple[str, str]:  # noqa: ARG001
    reason = facts.get("reason", "")
    if reason == "one-server":
        return "spreading", _(
            "One name server has the record; the others do not answer, so it takes longer to be sure."
        )
    if reason == "resolvers":
        return "spreading", _("Every name server has the record; the public resolvers could not be asked.")
    words = capfirst(reason_words(reason))
    return "unknown", _("{}. That says nothing about the record.").format(words)


_BY_VERDICT = {Verdict.PRESENT: _present, Verdict.MISSING: _missing, Verdict.WRONG: _wrong, Verdict.UNKNOWN: _unknown}
_BY_STAGE = {Stage.VALIDATE: _validate, Stage.USERS: _users, Stage.PURPOSE: _purpose, Stage.ACTIVE: _active}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three steps in the tracker."""

    label: str
    place: str  # "done", "current" or "ahead"
    word: Text
    icon: str
    note: str
    at: datetime | None


_PLACES: dict[str, tuple[Text, str]] = {
    "done": (lazy("done"), "check"),
    "current": (lazy("now"), "arrow"),
    "ahead": (lazy("to come"), "ring"),
}
USERS_WORDS = {
    UsersChoice.NOT_NOW: lazy("Not now"),
    UsersChoice.LATER: lazy("Later, by hand"),
    UsersChoice.ADDED: lazy("Added"),
}


def steps(domain: Domain) -> list[Step]:
    """The tracker: validate, users, purpose; each done, current or ahead, with what was recorded."""
    here = ORDER.index(domain.at_stage)
    return [
        _step(domain, stage, "done" if i < here else "current" if i == here else "ahead")
        for i, stage in enumerate(ORDER[:-1])
    ]


def _step(domain: Domain, stage: Stage, place: str) -> Step:
    word, icon = _PLACES[place]
    note, at = _RECORDED[stage](domain) if place == "done" else ("", None)
    return Step(LABELS[stage], place, word, icon, note, at)


def _users_note(domain: Domain) -> str:
    words = str(USERS_WORDS[UsersChoice(domain.users_choice)]) if domain.users_choice else ""
    return f"{words} ({domain.users_note})" if domain.users_note else words


def _purpose_note(domain: Domain) -> str:
    return _("Skipped") if domain.purpose_choice == PurposeChoice.SKIPPED else services_words(domain.purpose_services)


_RECORDED = {
    Stage.VALIDATE: lambda domain: (_("Accepted by Microsoft"), domain.accepted_at),
    Stage.USERS: lambda domain: (_users_note(domain), domain.users_at),
    Stage.PURPOSE: lambda domain: (_purpose_note(domain), domain.purpose_at),
}
