"""Is it DNSSEC that keeps resolvers from answering (RFC 4035 §5.5)? Their own words say so, or all of them refuse."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from publicdns.answers import Answer, Outcome, Reason

BROKEN = range(6, 13)  # "DNSSEC Bogus" to "NSEC Missing" (RFC 8914 §4.7 to §4.13)
_EXTENDED = re.compile(r"SERVFAIL: EDE (\d{1,5})(?!\d)")


def is_within(name: str, zone: str) -> bool:
    """Whether ``name`` is ``zone`` or below it."""
    return name == zone or name.endswith("." + zone)


def refused(answers: Iterable[Answer], zone: str) -> list[Answer]:
    """The resolvers' SERVFAILs to questions about ``zone``. Names elsewhere are not its fault."""
    return [
        answer
        for answer in answers
        if answer.reason is Reason.SERVFAIL and answer.server.recursive and is_within(answer.question.name, zone)
    ]


def says_why(answer: Answer) -> bool:
    """Whether a SERVFAIL came with its reason (RFC 8914)."""
    return _EXTENDED.match(answer.detail) is not None


def by_validation(answers: Collection[Answer], zone: str) -> list[Answer]:
    """Those of :func:`refused` that only validation explains; the same question with checking disabled was answered.

    The resolver itself says that the signatures do not hold. Or it gives no reason at all, then everybody who was
    heard must refuse, each time, and the registry must not deny that the zone is signed: a hiccup looks the same.
    """
    refusing = refused(answers, zone)
    if not refusing:
        return []
    unchecked = [a for a in answers if a.question.checking_disabled and not a.failed]
    answered = {(*_asked(answer), answer.server) for answer in unchecked}
    found = [a for a in refusing if (*_asked(a), a.server) in answered]
    signed = not any(_asked(a) == (zone, "DS") and a.outcome is not Outcome.FOUND for a in unchecked)
    alone = signed and all(answer in found for answer in _heard(answers, found))
    return [answer for answer in found if _blames_signatures(answer) or (alone and not says_why(answer))]


def _heard(answers: Collection[Answer], found: list[Answer]) -> list[Answer]:
    """Whatever resolvers said, good or bad, to the questions that some refuse."""
    questions = set(map(_asked, found))
    plain = [a for a in answers if a.server.recursive and not a.question.checking_disabled and _asked(a) in questions]
    return [answer for answer in plain if not answer.failed or answer.reason is Reason.SERVFAIL]


def _blames_signatures(answer: Answer) -> bool:
    said = _EXTENDED.match(answer.detail)
    return said is not None and int(said[1]) in BROKEN


def _asked(answer: Answer) -> tuple[str, str]:
    return answer.question.name, answer.question.rdtype
