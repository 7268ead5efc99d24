"""Several questions to one name server: what a lost one means while others are answered."""

from __future__ import annotations

from collections import Counter

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.asking import drive
from publicdns.delegation import NameServer
from publicdns.nameservers import ask_server_all

QUESTIONS = (("contoso.com", "TXT"), ("contoso.com", "MX"))
SERVER = NameServer("ns1.contoso.com", ("192.0.2.1",))


class Losing:
    """A way that loses the first ``lost`` questions of each type in ``types``."""

    def __init__(self, lost: int, *types: str) -> None:
        self.lost, self.types, self.asked = lost, types, Counter[str]()

    async def __call__(self, name: str, rdtype: str, server: Server | None = None) -> Answer:
        self.asked[rdtype] += 1
        question, asked = Question(name, rdtype), server or Server("")
        if rdtype in self.types and self.asked[rdtype] <= self.lost:
            return Answer(question, asked, Outcome.FAILED, Reason.TIMEOUT)
        return Answer(question, asked, Outcome.FOUND, records=(Record(rdtype, "x", 60),), authoritative=True)


def test_a_question_lost_by_chance_is_asked_once_more_of_a_server_that_is_there() -> None:
    way = Losing(1, "TXT")

    answers = drive(ask_server_all(SERVER, QUESTIONS, way, zone="contoso.com"))

    assert [(answer.question.rdtype, answer.failed) for answer in answers] == [("TXT", False), ("MX", False)]
    assert way.asked == {"TXT": 2, "MX": 1}


def test_a_server_that_answers_nothing_is_not_asked_again() -> None:
    way = Losing(9, "TXT", "MX")

    answers = drive(ask_server_all(SERVER, QUESTIONS, way, zone="contoso.com"))

    assert {answer.reason for answer in answers} == {Reason.TIMEOUT}
    assert way.asked == {"TXT": 1, "MX": 1}


def test_a_type_that_a_server_never_answers_costs_one_more_question_and_no_more() -> None:
    way = Losing(9, "TXT")

    answers = drive(ask_server_all(SERVER, QUESTIONS, way, zone="contoso.com"))

    assert [answer.reason for answer in answers] == [Reason.TIMEOUT, Reason.NONE]
    assert way.asked == {"TXT": 2, "MX": 1}


def test_a_probe_that_is_lost_is_not_asked_again() -> None:
    way = Losing(9, "TXT")

    answers = drive(ask_server_all(SERVER, QUESTIONS, way))

    assert [answer.reason for answer in answers] == [Reason.TIMEOUT, Reason.NONE]
    assert way.asked == {"TXT": 1, "MX": 1}
