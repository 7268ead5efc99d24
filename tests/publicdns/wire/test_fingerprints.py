"""What makes two answers the same answer."""

from __future__ import annotations

import pytest

from publicdns.wire.digests import digest
from tests.publicdns.wire.messages import MAIL, SOA, TEXTS, asked, message


def of(packet: bytes, rdtype: str = "TXT", recursive: bool = False, name: str = "contoso.test") -> bytes:
    return digest(packet, asked(name, rdtype), recursive)


@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize(
    ("rdtype", "answer"),
    [
        ("TXT", TEXTS),
        ("MX", MAIL),
        ("SRV", ("contoso.test. 60 IN SRV 1 2 3 a.contoso.test.", "contoso.test. 60 IN SRV 1 2 4 b.contoso.test.")),
        ("NS", ("contoso.test. 60 IN NS ns1.contoso.test.", "contoso.test. 60 IN NS ns2.contoso.test.")),
    ],
)
def test_order_case_and_compression_do_not_count(rdtype: str, answer: tuple[str, ...], recursive: bool) -> None:
    plain = message(rdtype=rdtype, answer=answer)
    shuffled = message(rdtype=rdtype, answer=answer[::-1])
    spelt_out = message(rdtype=rdtype, answer=answer, compress=False)
    shouted = message(rdtype=rdtype, answer=tuple(line.replace("contoso.test.", "CONTOSO.Test.") for line in answer))

    seen = {of(packet, rdtype, recursive) for packet in (plain, shuffled, spelt_out, shouted)}

    assert len(seen) == 1
    assert seen != {b""}


def test_a_changed_ttl_counts_where_the_server_is_authoritative() -> None:
    lowered = tuple(line.replace(" 60 ", " 30 ") for line in TEXTS)

    assert of(message(answer=TEXTS)) != of(message(answer=lowered))


def test_a_ttl_that_counts_down_at_a_resolver_does_not_count() -> None:
    lowered = tuple(line.replace(" 60 ", " 30 ") for line in TEXTS)

    assert of(message(answer=TEXTS), recursive=True) == of(message(answer=lowered), recursive=True)


def test_losing_the_aa_bit_counts() -> None:
    assert of(message(answer=TEXTS)) != of(message(answer=TEXTS, flags=0x8000))


def test_case_inside_a_txt_value_counts() -> None:
    assert of(message(answer=TEXTS)) != of(message(answer=tuple(line.replace("MS=ms", "ms=ms") for line in TEXTS)))


def test_where_txt_strings_are_split_counts() -> None:
    one, other = ('contoso.test. 60 IN TXT "ab" "c"',), ('contoso.test. 60 IN TXT "a" "bc"',)

    assert of(message(answer=one)) != of(message(answer=other))


def test_a_moved_serial_does_not_change_a_negative_answer() -> None:
    later = SOA.replace(" 7 3600", " 8 3600")

    assert of(message(authority=(SOA,))) == of(message(authority=(later,))) != b""


def test_a_changed_negative_ttl_changes_a_negative_answer() -> None:
    longer = SOA.replace(" 300", " 900")

    assert of(message(authority=(SOA,))) != of(message(authority=(longer,)))


@pytest.mark.parametrize("recursive", [True, False])
def test_another_zone_s_soa_changes_a_negative_answer(recursive: bool) -> None:
    above = SOA.replace("contoso.test. 3600", "test. 3600")

    assert of(message(authority=(SOA,)), recursive=recursive) != of(message(authority=(above,)), recursive=recursive)


def test_a_moved_serial_changes_the_answer_to_an_soa_question() -> None:
    later = SOA.replace(" 7 3600", " 8 3600")

    assert of(message(rdtype="SOA", answer=(SOA,)), "SOA") != of(message(rdtype="SOA", answer=(later,)), "SOA")


def test_nodata_and_nxdomain_differ() -> None:
    assert of(message(authority=(SOA,))) != of(message(authority=(SOA,), rcode=3))


def test_nodata_and_a_referral_differ() -> None:
    referral = message(authority=("contoso.test. 60 IN NS ns1.contoso.test.",), flags=0x8000)

    assert of(message(authority=(SOA,))) != of(referral)


def test_the_same_answer_to_another_question_differs() -> None:
    assert of(message(authority=(SOA,))) != of(message("a.contoso.test", authority=(SOA,)), name="a.contoso.test")


@pytest.mark.parametrize(
    "packet",
    [
        message(answer=TEXTS)[:-1],
        message(answer=TEXTS) + b"\0",
        message(answer=TEXTS, flags=0x8600),
        message(rcode=2),
        message(rcode=5),
        message(rcode=16),
        b"",
    ],
    ids=["cut", "longer", "truncated", "servfail", "refused", "badvers", "nothing"],
)
def test_what_is_no_plain_answer_has_no_fingerprint(packet: bytes) -> None:
    assert of(packet) == b""
