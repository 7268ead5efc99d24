from __future__ import annotations

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record
from publicdns.spf.cache import SharedAnswers
from tests.publicdns.spf.zone import SERVER


def answer(name: str, *values: str, ttl: int = 60) -> Answer:
    records = tuple(Record("TXT", value, ttl) for value in values)
    return Answer(Question(name, "TXT"), SERVER, Outcome.FOUND if records else Outcome.NXDOMAIN, records=records)


def failed(reason: Reason) -> Answer:
    return Answer(Question("x.test", "TXT"), SERVER, Outcome.FAILED, reason)


@pytest.mark.parametrize(("now", "held"), [(59.9, True), (60.0, False)])
def test_an_answer_holds_for_its_smallest_ttl(now: float, held: bool) -> None:
    cache = SharedAnswers()
    cache.keep(answer("x.test", "a", "b"), 0.0)

    assert (cache.held("x.test", "TXT", now) is not None) is held


def test_a_very_long_ttl_is_cut() -> None:
    cache = SharedAnswers(longest=100)
    cache.keep(answer("x.test", "a", ttl=1_000_000), 0.0)

    assert cache.held("x.test", "TXT", 101.0) is None


def test_a_denial_without_soa_is_not_kept() -> None:
    cache = SharedAnswers()
    cache.keep(answer("x.test"), 0.0)

    assert cache.held("x.test", "TXT", 0.0) is None


def test_a_failure_is_kept_for_moments_only() -> None:
    cache = SharedAnswers(failed=5)
    cache.keep(failed(Reason.TIMEOUT), 0.0)

    assert cache.held("x.test", "TXT", 4.0) is not None
    assert cache.held("x.test", "TXT", 6.0) is None


def test_one_domains_used_up_budget_is_not_anothers_failure() -> None:
    cache = SharedAnswers()
    cache.keep(failed(Reason.BUDGET), 0.0)

    assert cache.held("x.test", "TXT", 0.0) is None


def test_the_oldest_answers_go_when_the_room_is_used_up() -> None:
    cache = SharedAnswers(room=10_000)
    for number in range(100):
        cache.keep(answer(f"d{number}.test", "x" * 500), 0.0)

    assert cache.held("d0.test", "TXT", 1.0) is None
    assert cache.held("d99.test", "TXT", 1.0) is not None


def test_an_answer_kept_again_takes_no_more_room() -> None:
    cache = SharedAnswers(room=3_000)
    cache.keep(answer("other.test", "x"), 0.0)
    for _ in range(100):
        cache.keep(answer("x.test", "x" * 500), 0.0)

    assert cache.held("other.test", "TXT", 1.0) is not None


def test_an_unchanged_record_is_parsed_once() -> None:
    cache = SharedAnswers()

    first, second = (cache.records(answer("x.test", "v=spf1 a mx -all"))[0] for _ in range(2))

    assert first is second


def test_parsed_records_are_bounded_as_well() -> None:
    cache = SharedAnswers(room=40_000)
    first = cache.records(answer("x.test", "v=spf1 a:first.test"))[0]
    for number in range(100):
        cache.records(answer("x.test", f"v=spf1 a:h{number}.test"))

    assert cache.records(answer("x.test", "v=spf1 a:first.test"))[0] is not first
