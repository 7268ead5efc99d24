from __future__ import annotations

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.dnssec import by_validation, refused

FIRST, SECOND = (Server(address, recursive=True) for address in ("1.1.1.1", "8.8.8.8"))


def said(name: str, server: Server = FIRST, rdtype: str = "TXT", *, unchecked: bool = False) -> Answer:
    records = (Record(rdtype, "x", 300),)
    return Answer(Question(name, rdtype, checking_disabled=unchecked), server, Outcome.FOUND, records=records)


def no(name: str, server: Server = FIRST, rdtype: str = "TXT", detail: str = "") -> Answer:
    return Answer(Question(name, rdtype), server, Outcome.FAILED, Reason.SERVFAIL, detail=detail)


@pytest.mark.parametrize(
    ("code", "blamed"), [(5, False), (6, True), (9, True), (12, True), (13, False), (22, False), (60, False)]
)
def test_only_extended_errors_of_validation_blame_the_signatures(code: int, blamed: bool) -> None:
    answers = [no("contoso.com", detail=f"SERVFAIL: EDE {code} why"), said("contoso.com", unchecked=True)]

    assert (by_validation(answers, "contoso.com") == answers[:1]) is blamed


@pytest.mark.parametrize(
    "unchecked",
    [
        said("www.contoso.com", unchecked=True),
        said("contoso.com", rdtype="SOA", unchecked=True),
        said("contoso.com", SECOND, unchecked=True),
    ],
)
def test_another_question_answered_unchecked_proves_nothing(unchecked: Answer) -> None:
    assert not by_validation([no("contoso.com", detail="SERVFAIL: EDE 9"), unchecked], "contoso.com")


def test_what_lies_outside_the_zone_is_not_its_fault() -> None:
    elsewhere = [no("mail.fabrikam.com", detail="SERVFAIL: EDE 9"), said("mail.fabrikam.com", unchecked=True)]

    assert not by_validation(elsewhere, "contoso.com")
    assert not refused(elsewhere, "contoso.com")


def test_without_a_reason_one_resolver_that_answers_is_enough_to_doubt() -> None:
    refusing = [no("contoso.com"), said("contoso.com", unchecked=True)]

    assert by_validation(refusing, "contoso.com") == refusing[:1]
    assert not by_validation([*refusing, said("contoso.com", SECOND)], "contoso.com")
    assert not by_validation([*refusing, no("contoso.com", SECOND)], "contoso.com")  # nor does it answer unchecked


def test_a_zone_that_is_not_signed_cannot_be_signed_wrongly() -> None:
    unsigned = Answer(Question("contoso.com", "DS", checking_disabled=True), FIRST, Outcome.EMPTY, negative_ttl=900)

    assert not by_validation([no("contoso.com"), said("contoso.com", unchecked=True), unsigned], "contoso.com")
