"""What DNS says about the relay (B9, B14). Not asked is unknown, never missing."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.answers import Finding, Outcome, Verdict
from publicdns.spf.addresses import never_public
from publicdns.spf.record import parse
from publicdns.spf.result import Code
from publicdns.spf.terms import Mechanism
from relaycheck.engine import sources
from relaycheck.engine.reach import parsed
from relaycheck.engine.relay_rules.told import SpfSeen, Told
from relaycheck.engine.rule import Rule, Severity, book

NOT_IN_SPF = Rule(
    "RS901",
    "B9",
    Severity.ERROR,
    "SPF of {domain} does not allow {address}: a receiver's result is {result}.",
    "Add ip4:{address} to the record, before include: and all.",
    sources.SPF,
)
SPF_UNKNOWN = Rule(
    "RS902",
    "B9",
    Severity.NOTICE,
    "Whether SPF of {domain} allows {address} is not known: {result}.",
    "Ask again later.",
    sources.SPF,
)
PRIVATE_IN_SPF = Rule(
    "RS903",
    "B9",
    Severity.WARNING,
    "SPF of {domain} holds an address no mail comes from: {term}.",
    "Put the address the internet sees in its place: not the relay's internal one.",
    sources.DEVICES,
)
NAT_UNKNOWN = Rule(
    "RS904",
    "B9",
    Severity.NOTICE,
    "The address the internet sees is not declared.",
    "Run the outward probe on the relay: Microsoft 365 greets with the address it sees.",
    sources.DEVICES,
)
ADDRESS_MISSING = Rule(
    "RS1401",
    "B14",
    Severity.ERROR,
    "{name} has no {rdtype} record at the relay's own resolver.",
    "Create {name} {rdtype} {wanted} in the internal zone.",
    sources.SMTP,
)
ADDRESS_WRONG = Rule(
    "RS1402",
    "B14",
    Severity.ERROR,
    "{name} leads to {found}, not to {wanted}.",
    "Correct the record, or the policy.",
    sources.SMTP,
)
ADDRESS_UNKNOWN = Rule(
    "RS1403",
    "B14",
    Severity.NOTICE,
    "Whether {name} has its {rdtype} record is not known: {reason}.",
    "Name the relay's own resolver, or run the printed script on the relay.",
    sources.SMTP,
)
RULES = book(NOT_IN_SPF, SPF_UNKNOWN, PRIVATE_IN_SPF, NAT_UNKNOWN, ADDRESS_MISSING, ADDRESS_WRONG, ADDRESS_UNKNOWN)
UNSURE = frozenset({Code.TEMPERROR})


def spf(told: Told) -> Iterator[Finding]:
    """The public address passes SPF of every sending domain: evaluated as a receiver would (RFC 7208 §4)."""
    if told.policy is None:
        return
    address = told.policy.nat_address
    if not address:
        yield NAT_UNKNOWN.found(Verdict.UNKNOWN)
    for seen in told.spf:
        result = f"{seen.result.code.value}, {seen.result.reason}"
        if seen.result.code in UNSURE:
            yield SPF_UNKNOWN.found(Verdict.UNKNOWN, domain=seen.domain, address=address, result=result)
        elif seen.result.code is not Code.PASS and address:
            yield NOT_IN_SPF.found(Verdict.MISSING, domain=seen.domain, address=address, result=result)
        yield from _private(seen)


def _private(seen: SpfSeen) -> Iterator[Finding]:
    for term in parse(seen.record).terms:
        if isinstance(term, Mechanism) and term.network and (why := never_public(term.network)):
            yield PRIVATE_IN_SPF.found(domain=seen.domain, term=term.text, why=why)


def address_record(told: Told) -> Iterator[Finding]:
    """The internal record every device uses, as the relay's own resolver knows it."""
    if told.policy is None:
        return
    name, wanted = told.policy.fqdn, told.policy.internal_address
    rdtype = "AAAA" if ":" in wanted else "A"
    answer = told.address_record
    if answer is None or answer.outcome is Outcome.FAILED:
        reason = answer.reason.value if answer else "nobody could ask its resolver"
        yield ADDRESS_UNKNOWN.found(Verdict.UNKNOWN, name=name, rdtype=rdtype, reason=reason)
    elif answer.outcome is not Outcome.FOUND:
        yield ADDRESS_MISSING.found(Verdict.MISSING, name=name, rdtype=rdtype, wanted=wanted)
    elif wanted not in {str(parsed(value)) for value in answer.values}:
        yield ADDRESS_WRONG.found(name=name, found=list(answer.values), wanted=wanted)


JUDGES = (spf, address_record)
