from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server, Verdict
from publicdns.propagation import Circumstances, Progress, Stance, has_answered, judge, servers_agree, stance

TOKEN, OTHER = "MS=ms12345678", "MS=ms87654321"
QUESTION = Question("contoso.com", "TXT")
REASONS = {"v6": Reason.NO_FAMILY, "private": Reason.FORBIDDEN, "blocked": Reason.BLOCKED, "late": Reason.BUDGET}


def answer(kind: str, name: str = "ns1", recursive: bool = False) -> Answer:
    """One vantage: ``yes``, ``other``, ``text``, ``no``, ``unproven``, ``no-aa``, ``alias`` or a failure."""
    server = Server("192.0.2.1", name=name, recursive=recursive)
    values = {"yes": [OTHER, TOKEN], "no-aa": [TOKEN], "other": [OTHER], "text": ["v=spf1 -all"]}.get(kind)
    authoritative = not recursive and kind != "no-aa"
    if values:
        records = tuple(Record("TXT", value, 300) for value in values)
        return Answer(QUESTION, server, Outcome.FOUND, records=records, authoritative=authoritative)
    if kind == "alias":
        alias = (Record("CNAME", "other.example", 300, "contoso.com"),)
        return Answer(QUESTION, server, Outcome.FAILED, Reason.LAME, aliases=alias, authoritative=True)
    if kind in ("no", "unproven"):
        ttl = 900 if kind == "no" else None
        return Answer(QUESTION, server, Outcome.NXDOMAIN, authoritative=authoritative, negative_ttl=ttl)
    return Answer(QUESTION, server, Outcome.FAILED, REASONS.get(kind, Reason.TIMEOUT))


def judged(servers: str, resolvers: str = "", **circumstances: object) -> tuple[Verdict, Progress, bool]:
    """The verdict when the servers and resolvers answer as these words say."""
    seen = judge(
        TOKEN,
        {f"ns{n}": answer(kind, f"ns{n}") for n, kind in enumerate(servers.split())},
        [answer(kind, f"r{n}", recursive=True) for n, kind in enumerate(resolvers.split())],
        Circumstances(**circumstances),  # type: ignore[arg-type]
    )
    return seen.verdict, seen.progress, seen.proven


PRESENT, MISSING, WRONG, UNKNOWN = Verdict.PRESENT, Verdict.MISSING, Verdict.WRONG, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("servers", "resolvers", "verdict", "progress"),
    [
        ("yes yes", "yes yes yes", PRESENT, Progress.EVERYWHERE),
        ("yes yes", "yes yes no", PRESENT, Progress.EVERYWHERE),
        ("yes yes", "yes yes dead", PRESENT, Progress.EVERYWHERE),
        ("yes yes", "yes no no", MISSING, Progress.ALL_SERVERS),
        ("yes yes", "yes dead dead", UNKNOWN, Progress.ALL_SERVERS),
        ("yes yes", "yes unproven unproven", UNKNOWN, Progress.ALL_SERVERS),
        ("yes yes", "", UNKNOWN, Progress.ALL_SERVERS),
        ("yes yes dead", "yes yes no", PRESENT, Progress.EVERYWHERE),
        ("yes yes no-aa", "yes yes yes", PRESENT, Progress.EVERYWHERE),
        ("yes no-aa", "yes yes yes", UNKNOWN, Progress.ALL_SERVERS),
        ("yes no", "yes yes yes", MISSING, Progress.SOME_SERVERS),
        ("yes text", "yes yes yes", MISSING, Progress.SOME_SERVERS),
        ("yes other", "yes yes yes", MISSING, Progress.SOME_SERVERS),
        ("yes unproven", "yes yes yes", UNKNOWN, Progress.ALL_SERVERS),
        ("yes dead", "yes yes yes", UNKNOWN, Progress.ALL_SERVERS),
        ("yes v6", "yes yes yes", PRESENT, Progress.EVERYWHERE),
        ("yes v6", "yes yes no", MISSING, Progress.ALL_SERVERS),
        ("yes", "yes yes yes", PRESENT, Progress.EVERYWHERE),
        ("yes", "yes yes no", MISSING, Progress.ALL_SERVERS),
        ("yes", "yes yes dead", UNKNOWN, Progress.ALL_SERVERS),
        ("no no", "", MISSING, Progress.NOWHERE),
        ("text text", "", MISSING, Progress.NOWHERE),
        ("other other", "", WRONG, Progress.NOWHERE),
        ("other text", "", MISSING, Progress.NOWHERE),
        ("other dead", "", WRONG, Progress.NOWHERE),
        ("dead dead", "yes yes no", PRESENT, Progress.EVERYWHERE),
        ("dead dead", "yes no dead", UNKNOWN, Progress.UNCLEAR),
        ("dead dead", "no no yes", MISSING, Progress.NOWHERE),
        ("dead dead", "other other yes", WRONG, Progress.NOWHERE),
        ("yes yes", "yes yes no no no", MISSING, Progress.ALL_SERVERS),
        ("yes yes", "yes yes dead dead dead", UNKNOWN, Progress.ALL_SERVERS),
        ("yes yes", "yes yes yes no no", PRESENT, Progress.EVERYWHERE),
        ("yes yes", "yes yes no no", MISSING, Progress.ALL_SERVERS),
        ("yes yes", "yes no", MISSING, Progress.ALL_SERVERS),
        ("yes yes", "yes", PRESENT, Progress.EVERYWHERE),
        ("yes", "yes yes yes yes no", MISSING, Progress.ALL_SERVERS),
        ("yes private", "yes yes yes", PRESENT, Progress.EVERYWHERE),
        ("yes late", "yes yes yes", UNKNOWN, Progress.ALL_SERVERS),
        ("yes blocked", "yes yes yes", UNKNOWN, Progress.ALL_SERVERS),
        ("blocked blocked", "yes yes no", PRESENT, Progress.EVERYWHERE),
        ("v6 v6", "no no yes", MISSING, Progress.NOWHERE),
        ("dead dead", "yes", UNKNOWN, Progress.UNCLEAR),
        ("dead dead", "yes yes no no no", MISSING, Progress.NOWHERE),
        ("dead dead", "yes yes dead dead dead", UNKNOWN, Progress.UNCLEAR),
        ("dead dead", "dead dead dead", UNKNOWN, Progress.UNCLEAR),
        ("dead unproven", "", UNKNOWN, Progress.UNCLEAR),
        ("alias alias", "yes yes yes", PRESENT, Progress.EVERYWHERE),
        ("alias alias", "no no no", MISSING, Progress.NOWHERE),
        ("alias yes", "yes yes yes", MISSING, Progress.SOME_SERVERS),
    ],
)
def test_the_verdict_of_decision_four(servers: str, resolvers: str, verdict: Verdict, progress: Progress) -> None:
    assert judged(servers, resolvers)[:2] == (verdict, progress)


def test_one_answering_server_is_enough_once_the_others_were_silent_for_ten_minutes() -> None:
    assert judged("yes dead", "yes yes yes", silent_for=600.0)[0] is PRESENT
    assert judged("yes dead", "yes yes yes", silent_for=599.0)[0] is UNKNOWN
    assert judged("yes dead", "yes yes no", silent_for=600.0)[0] is MISSING


@pytest.mark.parametrize(
    ("servers", "silent_for", "proven"),
    [("no no", 0, True), ("no dead", 0, False), ("no dead", 600, True), ("no", 0, True), ("yes no", 0, False)],
)
def test_an_absence_is_proven_by_as_many_servers_as_a_presence(servers: str, silent_for: float, proven: bool) -> None:
    assert judged(servers, silent_for=silent_for)[2] is proven


def test_evidence_from_resolvers_alone_is_marked_weaker() -> None:
    seen = judge(TOKEN, {"ns1": answer("dead")}, [answer("yes", r, recursive=True) for r in "abc"])

    assert (seen.verdict, seen.weaker) == (PRESENT, True)


@pytest.mark.parametrize(
    ("resolvers", "verdict", "proven"),
    [("yes yes yes", PRESENT, True), ("other other other", WRONG, True), ("no no no", MISSING, False)],
)
def test_that_something_is_gone_no_resolver_proves(resolvers: str, verdict: Verdict, proven: bool) -> None:
    """Decision 4: with AA and SOA."""
    assert judged("dead dead", resolvers) == (verdict, judged("dead dead", resolvers)[1], proven)


@pytest.mark.parametrize(
    ("rdtype", "owner", "answered"),
    [
        ("CNAME", "autodiscover.contoso.com", True),
        ("CNAME", "", False),
        ("CNAME", "contoso.com", False),
        ("TXT", "autodiscover.contoso.com", False),
    ],
)
def test_only_for_a_name_below_a_referral_is_an_answer(rdtype: str, owner: str, answered: bool) -> None:
    referral = (Record("NS", "ns1.elsewhere.example", 300, owner),)
    question = Question("autodiscover.contoso.com", rdtype)
    said = Answer(question, Server("192.0.2.1"), Outcome.FAILED, Reason.LAME, authority=referral)

    assert has_answered(said) is answered


@pytest.mark.parametrize(
    ("kept", "now", "until"),
    [
        ((), 1010.0, 1900.0),
        ((300, 900), 1010.0, 1900.0),
        ((300, 7200), 1010.0, 8210.0),
        ((86_400,), 1010.0, 1900.0),  # longer than any cache keeps it: another view of the zone
    ],
)
def test_a_resolver_that_remembers_by_an_older_soa_is_waited_for(
    kept: tuple[int, ...], now: float, until: float
) -> None:
    lagging = [replace(answer("no", f"r{ttl}", recursive=True), negative_ttl=ttl) for ttl in kept]

    assert judge(TOKEN, {}, lagging, Circumstances(agreed_at=1000.0, negative_ttl=900, now=now)).negative_until == until


def test_the_evidence_names_who_lacks_it_and_who_could_not_be_asked() -> None:
    seen = judge(TOKEN, {"a": answer("yes", "a"), "b": answer("no", "b"), "c": answer("dead", "c")})

    assert (seen.still_missing, seen.unasked) == (("b",), ("c",))


def test_a_cached_absence_ends_one_negative_ttl_after_the_servers_agreed() -> None:
    seen = judge(TOKEN, {}, (), Circumstances(agreed_at=1000.0, negative_ttl=900))

    assert seen.negative_until == 1900.0


def test_two_looks_at_the_same_wrong_value_compare_equal() -> None:
    first, second = (judge(TOKEN, {"ns1": answer("other"), "ns2": answer(kind)}).shown for kind in ("other", "dead"))

    assert first == second == OTHER


@pytest.mark.parametrize(
    ("kinds", "agree"),
    [("yes yes", True), ("yes dead", True), ("dead dead", True), ("alias yes", True), ("yes no", False), ("no", False)],
)
def test_resolvers_are_asked_only_when_no_server_contradicts(kinds: str, agree: bool) -> None:
    answers = {f"ns{n}": answer(kind) for n, kind in enumerate(kinds.split())}

    assert servers_agree(answers, TOKEN) is agree


@pytest.mark.parametrize("servers", list(product(("yes", "no", "dead", "no-aa", "other"), repeat=3)))
def test_no_combination_is_present_while_an_answering_server_contradicts(servers: tuple[str, ...]) -> None:
    verdict = judged(" ".join(servers), "yes yes yes", silent_for=9999.0)[0]

    heard = {kind for kind in servers if kind not in ("dead", "no-aa")}
    assert (verdict is PRESENT) is (heard <= {"yes"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"MS=ms12345678"', Stance.WRONG),
        ("ms12345678", Stance.WRONG),
        ("MS=ms1234567", Stance.WRONG),
        ("x", Stance.MISSING),
    ],
)
def test_a_near_miss_is_wrong_and_never_present(value: str, expected: Stance) -> None:
    server = Server("192.0.2.1")
    seen = Answer(QUESTION, server, Outcome.FOUND, records=(Record("TXT", value, 300),), authoritative=True)

    assert stance(seen, TOKEN) is expected
