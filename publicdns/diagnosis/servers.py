"""What is wrong with the name servers themselves, one by one or all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publicdns.answers import Answer, Outcome, Reason, Verdict
from publicdns.diagnosis.delegations import at_the_wrong_provider
from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import answering, failing, has_failures, has_trouble, not_there, wanted
from publicdns.propagation import NOT_ASKED, Progress, Stance, has_answered

if TYPE_CHECKING:
    from publicdns.picture import Picture

DEAD = (Reason.TIMEOUT, Reason.UNREACHABLE)
REFUSING = (Reason.SERVFAIL, Reason.REFUSED, Reason.RCODE)


def _some(picture: Picture, *reasons: Reason) -> Facts | None:
    """The servers failing for ``reasons`` while others answer."""
    names = failing(picture, *reasons)
    return {"name": picture.name, "servers": names} if names and answering(picture) else None


@rule(
    "DNS221",
    "A name server does not answer",
    source="https://www.rfc-editor.org/rfc/rfc2182#section-3.1",
    sentence="{servers} {servers:does|do} not answer; other name servers of {name} do.",
    fix="Tell your DNS provider, or remove the name server from the domain at the registrar if it is out of use.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def dead_server(picture: Picture) -> Facts | None:
    """A dead server slows everybody down, and nobody can say what it would answer."""
    return _some(picture, *DEAD)


@rule(
    "DNS222",
    "A name server does not know the zone",
    source="https://www.rfc-editor.org/rfc/rfc8499#section-7",
    sentence="{servers} {servers:is|are} named as name server of {name} but not responsible for it.",
    fix="Have the zone set up on that server, or remove it from the domain's name servers at the registrar.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def lame_server(picture: Picture) -> Facts | None:
    """A lame delegation: the server answers without authority, so its answers prove nothing."""
    lame = sorted(name for name, answer in picture.at_servers("TXT").items() if _is_lame(answer))
    return {"name": picture.name, "servers": lame} if lame else None


def _is_lame(answer: Answer) -> bool:
    """Whether it says that its server is not responsible; an alias whose end the server does not know is no such
    word."""
    return (answer.reason is Reason.LAME and not answer.aliases) or (not answer.failed and not answer.authoritative)


@rule(
    "DNS223",
    "A name server refuses to answer",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1",
    sentence="{servers} {servers:answers|answer} questions about {name} with an error; the other name servers answer.",
    fix="Tell your DNS provider: the zone is not loaded there, or it is not meant to be asked.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def refusing_server(picture: Picture) -> Facts | None:
    """SERVFAIL and REFUSED say that the server has a problem, not that the record is missing."""
    return _some(picture, *REFUSING)


@rule(
    "DNS224",
    "Every name server reports an error",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1",
    sentence="All name servers of {name} answer questions for its TXT records with an error ({servers}).",
    fix=(
        "Ask your DNS provider to load the zone {name}, or why it answers with errors; until then the record cannot be "
        "seen there."
    ),
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def all_refuse(picture: Picture) -> Facts | None:
    """The zone is not loaded anywhere: usually an expired account, or a delegation to a provider that has no zone."""
    names = failing(picture, *REFUSING)
    return {"name": picture.name, "servers": names} if names and len(names) == len(_public(picture)) else None


@rule(
    "DNS225",
    "No name server answers",
    source="https://www.rfc-editor.org/rfc/rfc2182#section-3.1",
    sentence="None of the name servers of {name} that could be asked gives a usable answer: {servers}.",
    fix="Look whether the name servers at the registrar are the right ones, and ask your DNS provider.",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def none_answers(picture: Picture) -> Facts | None:
    """With nobody to ask, nothing about the record can be said. Where resolvers vouch in their place and no server
    says a word, it may be this machine that cannot reach them."""
    seen = picture.propagation
    if answering(picture) or all_refuse(picture):
        return None
    answers = picture.at_servers("TXT").items()
    useless = {name: a for name, a in answers if a.reason not in NOT_ASKED and (a.failed or not a.authoritative)}
    reasons = {answer.reason for answer in useless.values()}
    if reasons <= {Reason.TRUNCATED} or (seen is not None and seen.weaker and reasons <= {*DEAD}):
        return None  # said of its own
    return {"name": picture.name, "servers": sorted(useless)}


@rule(
    "DNS226",
    "Only some name servers have the record",
    source="https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/find-and-fix-issues",
    sentence="{have} {have:has|have} the record, {lack} {lack:does|do} not yet.",
    fix=(
        "Wait a few minutes: the provider is still distributing it. If it stays so, ask the provider why "
        "{lack} {lack:has|have} an old version of the zone."
    ),
    severity="warning",
    verdict=Verdict.MISSING,
    when=not_there,
)
def only_some_have_it(picture: Picture) -> Facts | None:
    """A zone not transferred to every server answers differently from question to question."""
    seen = picture.propagation
    if seen is None or seen.progress is not Progress.SOME_SERVERS or at_the_wrong_provider(picture):
        return None
    have = [name for name, stance in seen.servers if stance is Stance.PRESENT]
    lack = [name for name, stance in seen.servers if stance in (Stance.MISSING, Stance.WRONG, Stance.ALIAS)]
    return {**wanted(picture), "have": have, "lack": lack}


@rule(
    "DNS227",
    "Too many TXT records for UDP, and TCP is blocked",
    source="https://www.rfc-editor.org/rfc/rfc7766#section-5",
    sentence="The TXT records of {name} do not fit into one UDP packet, and {servers} cannot be asked over TCP.",
    fix="Delete TXT records that are no longer needed, or ask the DNS provider to allow TCP on port 53.",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def truncated_without_tcp(picture: Picture) -> Facts | None:
    """A truncated answer must be asked for again over TCP; a firewall that blocks it hides the record."""
    names = failing(picture, Reason.TRUNCATED)
    return {"name": picture.name, "servers": names} if names else None


@rule(
    "DNS228",
    "A name server sends broken answers",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-4",
    sentence="{servers} {servers:answers|answer} questions about {name} with messages that cannot be read.",
    fix="Tell your DNS provider; a firewall or load balancer in front of the server may be changing DNS messages.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def broken_answers(picture: Picture) -> Facts | None:
    """An answer that contradicts itself proves nothing."""
    names = failing(picture, Reason.MALFORMED, Reason.ALIAS_LOOP)
    return {"name": picture.name, "servers": names} if names else None


@rule(
    "DNS229",
    "This machine cannot reach name servers",
    source="https://www.rfc-editor.org/rfc/rfc1034#section-5.3.3",
    sentence=(
        "This machine cannot reach name servers on port 53 ({servers}); the public resolvers were asked instead: "
        "weaker evidence."
    ),
    fix="Nothing at the provider. Allow this machine outgoing UDP and TCP to port 53 of any address.",
    severity="notice",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def port_closed(picture: Picture) -> Facts | None:
    """Many networks let nothing out but questions to resolvers, which repeat what they remember."""
    return _none_but(picture, Reason.BLOCKED)


@rule(
    "DNS230",
    "This machine lacks the address family",
    source="https://www.rfc-editor.org/rfc/rfc4472#section-1.3",
    sentence=(
        "{servers} {servers:has|have} no address in a family that this machine can use ({families} is lacking), and "
        "{servers:is|are} not asked; where no other name server answers, public resolvers are: weaker evidence."
    ),
    fix="Nothing at the provider. Give this machine {families} if you can.",
    severity="notice",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def family_lacking(picture: Picture) -> Facts | None:
    """An address that cannot be reached from here says nothing about the server: others may reach it well."""
    facts = _none_but(picture, Reason.NO_FAMILY)
    if facts is None:
        return None
    left_out = (a for a in picture.at_servers("TXT").values() if a.reason is Reason.NO_FAMILY)
    return {**facts, "families": sorted({"IPv6" if ":" in a.server.address else "IPv4" for a in left_out})}


@rule(
    "DNS231",
    "There was no time left to ask",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-7.1",
    sentence="{servers} {servers:was|were} not asked about {name}: the time for this look was used up before.",
    fix=(
        "Nothing at the provider: the next look asks again. If it is always so, see which of the answers take so long, "
        "and allow a look more time (DNS_LOOK_SECONDS, or --timeout)."
    ),
    severity="notice",
    verdict=Verdict.UNKNOWN,
    when=has_trouble,
)
def no_time_left(picture: Picture) -> Facts | None:
    """Each look has its time and its number of questions, so that no domain keeps the others waiting."""
    names = failing(picture, Reason.BUDGET)
    return {"name": picture.name, "servers": names} if names else None


@rule(
    "DNS232",
    "A name server's no proves nothing",
    source="https://www.rfc-editor.org/rfc/rfc2308#section-3",
    sentence=(
        "{servers} {servers:answers|answer} that there is no such record of {name}, but without the SOA record of the "
        "zone that would prove it."
    ),
    fix=(
        "Tell your DNS provider: an answer that says no must carry the zone's SOA record. A firewall or load balancer "
        "in front of the server may be taking it out."
    ),
    severity="warning",
    verdict=Verdict.UNKNOWN,
)
def unproven_absence(picture: Picture) -> Facts | None:
    """Resolvers must not keep such an answer (RFC 2308 §5), and nobody can tell it from a server that has lost the
    zone."""
    answers = picture.at_servers("TXT").items()
    names = sorted(
        name
        for name, a in answers
        if a.authoritative and a.outcome in (Outcome.EMPTY, Outcome.NXDOMAIN) and a.negative_ttl is None
    )
    return {"name": picture.name, "servers": names} if names else None


def _none_but(picture: Picture, reason: Reason) -> Facts | None:
    """The servers that were not asked for ``reason``, where no other answers."""
    names = failing(picture, reason)
    return {"name": picture.name, "servers": names} if names and not answering(picture) else None


@rule(
    "DNS233",
    "A name server does not answer every question",
    source="https://www.rfc-editor.org/rfc/rfc8906#section-3",
    sentence="{servers} {servers:answers|answer} for the TXT records of {name}, but not for {types}.",
    fix="Tell your DNS provider: for every type of record a name server must answer, if only that there is none.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=has_failures,
)
def answers_in_part(picture: Picture) -> Facts | None:
    """What a server does not answer is unknown, be it a mail host, and resolvers wait for it in vain."""
    live = answering(picture)
    lacking = [
        answer
        for answer in picture.authoritative
        if answer.failed and answer.server.name in live and answer.reason not in NOT_ASKED and not has_answered(answer)
    ]
    if not lacking:
        return None
    servers, types = {answer.server.name for answer in lacking}, {answer.question.rdtype for answer in lacking}
    return {"name": picture.name, "servers": sorted(servers), "types": sorted(types)}


def _public(picture: Picture) -> list[str]:
    """The name servers that anybody on the internet can ask."""
    return [name for name, answer in picture.at_servers("TXT").items() if answer.reason is not Reason.FORBIDDEN]
