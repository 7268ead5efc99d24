"""What a response amounts to."""

from __future__ import annotations

import dns.edns
import pytest

from publicdns.answers import Outcome, Reason
from publicdns.wire.closely import read_closely
from publicdns.wire.reading import read
from publicdns.wire.said import Reading
from tests.publicdns.wire.messages import MAIL, SOA, TEXTS, asked, message

QR, AA, RA = 0x8000, 0x0400, 0x0080
ROOT = (". 60 IN NS a.root-servers.net.",)
CUT = ("contoso.test. 60 IN NS ns1.contoso.test.",)
GLUE = ("ns1.contoso.test. 60 IN A 192.0.2.1", "ns1.contoso.test. 60 IN AAAA 2001:db8::1")
STRANGERS = tuple(line.replace("contoso", "fabrikam") for line in TEXTS)
ALIAS = "contoso.test. 60 IN CNAME other.example."
THERE = SOA.replace("contoso.test. 3600", "example. 3600")


def reading(packet: bytes, rdtype: str = "TXT", recursive: bool = False, name: str = "contoso.test") -> Reading:
    return read(packet, asked(name, rdtype), recursive)


def values(packet: bytes, rdtype: str = "TXT") -> list[str]:
    return [record.value for record in reading(packet, rdtype).records]


def test_txt_strings_are_joined_without_a_separator() -> None:
    assert values(message(answer=TEXTS)) == ["v=spf1 -all", "MS=ms12345678", "ab"]


def test_every_octet_of_a_txt_value_survives() -> None:
    answer = ('contoso.test. 60 IN TXT "\\000\\200\\255<b>"',)

    assert values(message(answer=answer)) == ["␀\xc8\xff<b>"]


@pytest.mark.parametrize(
    ("rdtype", "rdata", "value"),
    [
        ("MX", "10 MAIL.Example.", "10 mail.example"),
        ("MX", "0 .", "0 ."),
        ("NS", "NS1.Example.", "ns1.example"),
        ("CNAME", "A.Example.", "a.example"),
        ("SRV", "100 1 443 SipDir.Online.Lync.Com.", "100 1 443 sipdir.online.lync.com"),
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8::1", "2001:db8::1"),
        ("PTR", "b\\.c.Example.", "b\\.c.example"),
        ("NS", "A\\032b.\\255.Example.", "a\\032b.\\255.example"),
        ("NS", "_x-1.Example.", "_x-1.example"),
        ("SOA", "NS1.Example. h\\.m.Example. 4294967295 1 2 3 4", "ns1.example h\\.m.example 4294967295 1 2 3 4"),
        ("CAA", '0 issue "ca.example"', '0 issue "ca.example"'),
        ("SPF", '"v=spf1" " -all"', "v=spf1 -all"),
    ],
)
def test_values_are_canonical(rdtype: str, rdata: str, value: str) -> None:
    assert values(message(rdtype=rdtype, answer=(f"contoso.test. 60 IN {rdtype} {rdata}",)), rdtype) == [value]


def test_an_soa_answer_brings_its_serial() -> None:
    found = reading(message(rdtype="SOA", answer=(SOA,)), "SOA")

    assert (found.outcome, found.soa_serial) == (Outcome.FOUND, 7)
    assert found.records[0].value == "ns1.contoso.test host.contoso.test 7 3600 600 86400 300"


def test_found_without_aa_is_found_and_says_so() -> None:
    found = reading(message(answer=TEXTS, flags=QR))

    assert (found.outcome, found.authoritative) == (Outcome.FOUND, False)


def test_an_alias_is_followed_inside_the_answer() -> None:
    chain = ("a.contoso.test. 9 IN CNAME B.contoso.test.", "b.contoso.test. 60 IN CNAME contoso.test.", *TEXTS)

    found = reading(message("a.contoso.test", answer=chain), name="a.contoso.test")

    assert [alias.value for alias in found.aliases] == ["b.contoso.test", "contoso.test"]
    assert len(found.records) == 3
    assert {record.owner for record in found.records} == {"contoso.test"}


def test_a_cname_question_follows_nothing() -> None:
    found = reading(message(rdtype="CNAME", answer=(ALIAS,)), "CNAME")

    assert ([record.value for record in found.records], found.aliases) == (["other.example"], ())


def test_aliases_that_never_end_are_a_failure() -> None:
    loop = ("contoso.test. 60 IN CNAME b.test.", "b.test. 60 IN CNAME contoso.test.")

    assert reading(message(answer=loop)).reason is Reason.ALIAS_LOOP


def test_nodata_has_its_negative_ttl_and_serial() -> None:
    found = reading(message(authority=(SOA,)))

    assert (found.outcome, found.negative_ttl, found.soa_serial, found.authoritative) == (Outcome.EMPTY, 300, 7, True)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize(
    ("owner", "above"),
    [
        ("www.contoso.test.", 0),
        ("CONTOSO.Test.", 1),
        ("test.", 2),
        (".", 3),
        ("a.www.contoso.test.", None),
        ("ww.contoso.test.", None),
        ("oso.test.", None),
        ("other.example.", None),
    ],
)
def test_an_absence_is_proven_by_the_soa_of_a_zone_that_the_name_is_in(
    owner: str, above: int | None, recursive: bool, compress: bool
) -> None:
    soa = SOA.replace("contoso.test. 3600", f"{owner} 3600")
    packet = message("www.contoso.test", authority=(soa,), compress=compress)
    question = asked("www.contoso.test")

    found = read(packet, question, recursive)

    assert found == read_closely(packet, question, recursive)
    if above is not None:
        assert (found.outcome, found.negative_ttl, found.soa_above) == (Outcome.EMPTY, 300, above)
    elif recursive:
        assert (found.outcome, found.negative_ttl) == (Outcome.EMPTY, None)
    else:
        assert (found.reason, found.detail) == (Reason.LAME, "the SOA record is another zone's")


def test_a_label_that_looks_like_two_is_one() -> None:
    question = b"\6x\4test\0\0\x10\0\1"
    soa = b"\4test\0\0\6\0\1\0\0\0\x3c\0\x16\0\0" + bytes(20)
    packet = b"\0\0\x84\0\0\1\0\0\0\1\0\0" + question + soa

    assert read(packet, question, False).reason is Reason.LAME


def test_the_soa_record_ttl_bounds_the_negative_ttl() -> None:
    assert reading(message(authority=(SOA.replace(" 3600 IN", " 30 IN"),))).negative_ttl == 30


def test_nxdomain_keeps_the_alias_that_led_there() -> None:
    found = reading(message(answer=(ALIAS,), authority=(THERE,), rcode=3))

    assert (found.outcome, found.aliases[0].value) == (Outcome.NXDOMAIN, "other.example")


@pytest.mark.parametrize(
    ("packet", "recursive", "outcome", "reason"),
    [
        (message(flags=QR | AA), False, Outcome.EMPTY, Reason.NONE),
        (message(flags=QR, authority=(SOA,)), False, Outcome.EMPTY, Reason.NONE),
        (message(flags=QR), False, Outcome.FAILED, Reason.LAME),
        (message(flags=QR, rcode=3), False, Outcome.FAILED, Reason.LAME),
        (message(flags=QR, authority=ROOT), False, Outcome.FAILED, Reason.LAME),
        (message(flags=QR | AA, authority=CUT), False, Outcome.FAILED, Reason.LAME),
        (message(flags=QR | AA, answer=(ALIAS,)), False, Outcome.FAILED, Reason.LAME),
        (message(flags=QR | AA, answer=(ALIAS,), authority=(THERE,)), False, Outcome.EMPTY, Reason.NONE),
        (message(flags=QR | AA, answer=(ALIAS,), authority=(SOA,)), False, Outcome.FAILED, Reason.LAME),
        (message(flags=QR | RA), True, Outcome.EMPTY, Reason.NONE),
        (message(flags=QR | RA, answer=(ALIAS,)), True, Outcome.EMPTY, Reason.NONE),
        (message(flags=QR | RA, rcode=3), True, Outcome.NXDOMAIN, Reason.NONE),
        (message(flags=QR, authority=ROOT), True, Outcome.FAILED, Reason.LAME),
        (message(answer=TEXTS, rcode=3), False, Outcome.FAILED, Reason.MALFORMED),
        (message(answer=STRANGERS), False, Outcome.FAILED, Reason.MALFORMED),
        (message(rcode=2), False, Outcome.FAILED, Reason.SERVFAIL),
        (message(rcode=5), False, Outcome.FAILED, Reason.REFUSED),
        (message(rcode=9), False, Outcome.FAILED, Reason.RCODE),
        (message(rcode=16), True, Outcome.FAILED, Reason.RCODE),
        (message(answer=TEXTS)[:60], False, Outcome.FAILED, Reason.MALFORMED),
        (message(answer=TEXTS) + b"x", False, Outcome.FAILED, Reason.MALFORMED),
    ],
)  # fmt: skip
def test_outcomes(packet: bytes, recursive: bool, outcome: Outcome, reason: Reason) -> None:
    found = reading(packet, recursive=recursive)

    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_referral_brings_name_servers_and_glue() -> None:
    found = reading(message(flags=QR, authority=CUT, additional=GLUE))

    assert [(record.owner, record.value) for record in found.authority] == [("contoso.test", "ns1.contoso.test")]
    assert [(record.owner, record.value) for record in found.glue] == [
        ("ns1.contoso.test", "192.0.2.1"),
        ("ns1.contoso.test", "2001:db8::1"),
    ]


def test_a_failure_carries_the_servers_own_words_bounded() -> None:
    words = dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "signature \x1b[31mexpired" + "!" * 500)

    found = reading(message(rcode=2, options=(words,)))

    assert found.detail.startswith("SERVFAIL: EDE 6 signature")
    assert len(found.detail) == 200


def test_a_ttl_with_the_top_bit_counts_as_zero() -> None:
    packet = message(rdtype="MX", answer=MAIL[:1]).replace(b"\0\0\0\x3c", b"\x80\0\0\x3c", 1)

    assert reading(packet, "MX").records[0].ttl == 0


def test_names_that_point_at_themselves_end() -> None:
    packet = bytearray(message(rdtype="MX", answer=MAIL[:1]))
    at = packet.index(b"\xc0\x0c")
    packet[at + 1] = at

    assert reading(bytes(packet), "MX").reason is Reason.MALFORMED
