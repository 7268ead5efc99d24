"""The name servers have it and the public does not see it: caches, DNSSEC, and nobody to ask."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from publicdns.answers import Answer, Outcome, Reason, Verdict
from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import answering, has_laggards, has_refusals, wanted
from publicdns.dnssec import by_validation
from publicdns.propagation import Stance, majority, stance

if TYPE_CHECKING:
    from publicdns.picture import Picture


@rule(
    "DNS301",
    "DNSSEC is broken",
    source="https://www.rfc-editor.org/rfc/rfc4035#section-5.5",
    sentence=(
        "{resolvers} {resolvers:refuses|refuse} the answers for {name} because their signatures do not hold; "
        "unvalidated they are there."
    ),
    fix=(
        "At the registrar remove or correct the DS record, or have your DNS provider sign the zone again. Until then "
        "everybody who validates, Microsoft included, cannot resolve the domain."
    ),
    when=has_refusals,
)
def bogus(picture: Picture) -> Facts | None:
    """A validating resolver says SERVFAIL, and answers the same question with checking disabled."""
    resolvers = sorted(set(map(_name, _refused_by_validation(picture))))
    return {"name": picture.name, "resolvers": resolvers} if resolvers else None


@rule(
    "DNS302",
    "Resolvers still remember that it was not there",
    source="https://www.rfc-editor.org/rfc/rfc2308#section-5",
    sentence=(
        "All name servers have the record; {resolvers} {resolvers:was|were} asked before it was there and "
        "{resolvers:remembers|remember} that for up to {wait_seconds}."
    ),
    fix=(
        "Nothing: it goes away by itself. Asking earlier does not help; removing and adding the record starts it again."
    ),
    severity="notice",
    verdict=Verdict.MISSING,
    when=has_laggards,
)
def remembered_absence(picture: Picture) -> Facts | None:
    """A "not there" is kept for min(SOA TTL, SOA minimum); the new record's own TTL plays no part."""
    lagging = _lagging(picture, found=False)
    return {**wanted(picture), **lagging} if lagging and not _is_past_memory(picture) else None


@rule(
    "DNS303",
    "Resolvers still remember the records from before",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-3.2.1",
    sentence=(
        "All name servers have the record; {resolvers} still {resolvers:has|have} the TXT records from "
        "before, for up to {wait_seconds}."
    ),
    fix="Nothing: it goes away by itself when the old TTL ends.",
    severity="notice",
    verdict=Verdict.MISSING,
    when=has_laggards,
)
def remembered_records(picture: Picture) -> Facts | None:
    """Where TXT records existed before, resolvers keep that set until its TTL ends."""
    lagging = _lagging(picture, found=True)
    return {**wanted(picture), **lagging} if lagging else None


@rule(
    "DNS306",
    "Resolvers do not see it, and it is no cache",
    source="https://www.rfc-editor.org/rfc/rfc2308#section-5",
    sentence=(
        "All name servers have the record, for longer than anybody may remember its absence; {resolvers} still "
        "{resolvers:says|say} that it is not there, which no cache explains."
    ),
    fix=(
        "Waiting does not help. Ask your DNS provider whether another view of the zone or an old name server still "
        "answers without the record, and whoever runs {resolvers} whether it forwards the question elsewhere."
    ),
    severity="warning",
    verdict=Verdict.MISSING,
    when=has_laggards,
)
def beyond_memory(picture: Picture) -> Facts | None:
    """Once min(SOA TTL, SOA minimum) has passed since the name servers agreed, no cache can explain a "not there"."""
    lagging = _lagging(picture, found=False)
    if not lagging or not _is_past_memory(picture):
        return None
    return {**wanted(picture), "resolvers": lagging["resolvers"]}


@rule(
    "DNS304",
    "The public resolvers could not be asked",
    source="https://www.rfc-editor.org/rfc/rfc9520",
    sentence="The name servers were asked, but too few public resolvers answered: {resolvers} did not.",
    fix="Nothing at the provider. Look whether this machine reaches the resolvers; the next look asks again.",
    severity="notice",
    verdict=Verdict.UNKNOWN,
)
def resolvers_silent(picture: Picture) -> Facts | None:
    """A resolver that fails proves nothing about the record."""
    failing = [answer for answer in picture.resolvers if answer.failed]
    if not failing:
        return None
    bogus = _refused_by_validation(picture)
    failed = sorted(_name(answer) for answer in failing if answer not in bogus)
    seen, asked = picture.propagation, len(picture.resolvers)
    too_few = asked - len(failed) < majority(asked) or (seen is not None and seen.reason == "resolvers")
    return {"name": picture.name, "resolvers": failed} if failed and too_few and answering(picture) else None


@rule(
    "DNS305",
    "Only resolvers could be asked",
    source="https://www.rfc-editor.org/rfc/rfc1034#section-4.2.1",
    sentence="No name server of {name} gave an answer that counts; what public resolvers say is weaker evidence.",
    fix="If this is so for all domains and no server answers, allow this machine outgoing UDP and TCP on port 53.",
    severity="notice",
    verdict=Verdict.UNKNOWN,
)
def weaker_evidence(picture: Picture) -> Facts | None:
    """Resolvers repeat what they remember; only a name server knows what is there now."""
    seen = picture.propagation
    if seen is None or not seen.weaker:
        return None
    told = (Reason.BLOCKED, Reason.NO_FAMILY)  # by DNS229 and DNS230, which know why
    return None if any(a.reason in told for a in picture.at_servers("TXT").values()) else {"name": picture.name}


def _lagging(picture: Picture, *, found: bool) -> Facts | None:
    """Of the laggards, those that answer with other records, or with none; and for how long at most."""
    seen = picture.propagation
    behind = [
        answer
        for answer in picture.resolvers
        if stance(answer, picture.token or "") in (Stance.MISSING, Stance.WRONG)
        and (answer.outcome is Outcome.FOUND) is found
    ]
    if not behind or seen is None:
        return None
    until = seen.negative_until
    kept = max((answer.ttl if found else answer.negative_ttl) or 0 for answer in behind)
    wait = kept if found or until is None else ceil(until - picture.looked_at)
    return {"resolvers": sorted(map(_name, behind)), "wait_seconds": wait}


def _is_past_memory(picture: Picture) -> bool:
    """Whether every "not there" from before the name servers agreed must have been forgotten."""
    until = picture.propagation.negative_until if picture.propagation is not None else None
    return until is not None and until <= picture.looked_at


def _refused_by_validation(picture: Picture) -> list[Answer]:
    return by_validation((*picture.resolvers, *picture.probes), picture.delegation.zone or picture.name)


def _name(answer: Answer) -> str:
    return answer.server.name or answer.server.address
