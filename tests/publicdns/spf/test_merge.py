from __future__ import annotations

import ipaddress
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publicdns.answers import Reason
from publicdns.asking import drive
from publicdns.spf.addresses import Address
from publicdns.spf.evaluate import check_host
from publicdns.spf.merge import LONGEST_STRING, AdditionError, Merged, addition, drafted, merge, split_strings
from publicdns.spf.record import parse
from publicdns.spf.result import Code
from publicdns.spf.terms import Mechanism
from publicdns.spf.walk import Walker
from tests.publicdns.spf.zone import Values, Zone

EXAMPLES = int(os.environ.get("MERGE_EXAMPLES", "60"))
MICROSOFT = "include:spf.protection.outlook.com"
ZONE: dict[str, Values] = {
    "spf.protection.outlook.com TXT": "v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all",
    "a.test TXT": "v=spf1 ip4:198.51.100.0/25 ?all",
    "b.test TXT": "v=spf1 -ip4:198.51.100.7 ip4:198.51.100.0/24 ~all",
    "c.test TXT": "v=spf1 redirect=a.test",
    "a.test A": "203.0.113.1",
    # Three hosts without an IPv6 address: past two of them, mail over IPv6 ends in an error.
    "old.test MX": [f"{number} old{number}.test" for number in range(3)],
    **{f"old{number}.test A": f"203.0.113.{20 + number}" for number in range(3)},
    "many.test MX": [f"{number} many{number}.test" for number in range(11)],
    **{f"many{number}.test {rdtype}": "192.0.2.1" for number in range(11) for rdtype in ("A", "AAAA")},
    "loop.test TXT": "v=spf1 include:contoso.test -all",
}
NAT = addition("203.0.113.7")
WANTED = (NAT, addition(MICROSOFT))


def merged(*texts: str, additions: tuple[Mechanism, ...] = WANTED, zone: dict[str, Values] | None = None) -> Merged:
    records = [parse(text) for text in texts]
    return drive(merge("contoso.test", records, additions, Walker(Zone({**ZONE, **(zone or {})}), 0.0)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"),
        ("v=spf1 mx ~all", f"v=spf1 ip4:203.0.113.7 mx {MICROSOFT} ~all"),
        ("v=spf1 -all", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"),
        ("v=spf1 ?all", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} ?all"),
        (
            "v=spf1 include:a.test ip4:192.0.2.1 ~all",
            f"v=spf1 ip4:192.0.2.1 ip4:203.0.113.7 include:a.test {MICROSOFT} ~all",
        ),
        ("v=spf1 ip4:203.0.113.0/24 -all", f"v=spf1 ip4:203.0.113.0/24 {MICROSOFT} -all"),
        (
            f"v=spf1 {MICROSOFT.upper().replace('INCLUDE', 'include')} -all",
            "v=spf1 ip4:203.0.113.7 include:SPF.PROTECTION.OUTLOOK.COM -all",
        ),
        ("v=spf1 ip4:203.0.113.7/32 ip4:203.0.113.0/24 -all", f"v=spf1 ip4:203.0.113.0/24 {MICROSOFT} -all"),
        ("v=spf1 include:a.test include:a.test -all", f"v=spf1 ip4:203.0.113.7 include:a.test {MICROSOFT} -all"),
        (f"v=spf1 ?{MICROSOFT} -all", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"),
        ("v=spf1 redirect=a.test", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} redirect=a.test"),
        ("v=spf1 redirect=a.test ~all", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} ~all"),
        ("v=spf1 -all mx", f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"),
        ("v=spf1 mx exp=why.test ra=x -all", f"v=spf1 ip4:203.0.113.7 mx {MICROSOFT} -all exp=why.test ra=x"),
        ("v=spf1 mx", f"v=spf1 ip4:203.0.113.7 mx {MICROSOFT}"),
        ("v=spf1 mx -ip4:203.0.113.7 a -all", f"v=spf1 ip4:203.0.113.7 mx a {MICROSOFT} -all"),
        ("v=spf1 a -ip4:203.0.113.0/24 mx -all", f"v=spf1 ip4:203.0.113.7 a {MICROSOFT} -ip4:203.0.113.0/24 mx -all"),
    ],
)
def test_the_merged_record_is_the_one_an_expert_writes(old: str, new: str) -> None:
    assert drafted([parse(old)], WANTED).text == new


def test_without_a_record_the_new_one_ends_as_microsofts_own_does() -> None:
    assert drafted([], WANTED).text == f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"


def test_two_records_become_one_that_rejects_no_more_than_either() -> None:
    draft = drafted([parse("v=spf1 mx -all"), parse("v=spf1 include:a.test mx ~all")], WANTED)

    assert draft.text == f"v=spf1 ip4:203.0.113.7 mx include:a.test {MICROSOFT} ~all"


def test_a_record_that_has_everything_is_not_changed() -> None:
    text = f"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"

    result = merged(text)

    assert (result.text, result.added) == (text, ())
    assert {note.what for note in result.notes} == {"skipped"}


def test_lookups_are_counted_before_and_after() -> None:
    result = merged("v=spf1 include:c.test -all")

    assert (result.before, result.after) == (2, 3)


def test_what_was_left_out_is_said_with_its_reason() -> None:
    notes = {note.term: note for note in merged("v=spf1 ip4:10.5.3.2 ptr -all mx").notes}

    assert notes["mx"].what == "dropped"
    assert notes["ip4:10.5.3.2"].what == "kept"
    assert notes["ptr"].what == "kept"


def test_more_than_ten_lookups_are_refused_with_alternatives() -> None:
    zone: dict[str, Values] = {
        **{f"i{n}.test TXT": f"v=spf1 ip4:198.51.100.{n} -all" for n in range(7)},
        "contoso.test MX": "10 a.test",
        "i6.test TXT": "v=spf1 include:i5.test -all",
    }
    text = "v=spf1 mx ptr " + " ".join(f"include:i{n}.test" for n in range(7)) + " -all"

    result = merged(text, zone=zone)

    assert (result.text, result.strings, result.before, result.after) == ("", (), 10, 11)
    assert result.refusal is not None
    assert result.refusal.code == "too-many-lookups"
    offers = "\n".join(result.refusal.alternatives)
    assert "Remove include:i5.test: another include brings the same senders (saves 1)" in offers
    assert "Remove ptr" in offers
    assert "Write ip4:203.0.113.1 in place of mx" in offers
    assert "Write ip4:198.51.100.0 in place of include:i0.test" in offers
    assert "i6.test send as a subdomain" in offers


def test_what_is_added_stands_in_front_of_what_may_end_in_an_error() -> None:
    for old in ("include:nowhere.test", "include:loop.test", "mx:old.test"):
        draft = drafted([parse(f"v=spf1 {old} -all")], WANTED, ahead=True)

        assert draft.text == f"v=spf1 ip4:203.0.113.7 {MICROSOFT} {old} -all"
        assert merged(f"v=spf1 {old} -all").text == draft.text


def test_what_is_there_already_behind_what_ends_in_an_error_comes_in_front_of_it() -> None:
    result = merged("v=spf1 mx:many.test include:a.test -all", additions=(addition("include:a.test"),))

    assert result.text == "v=spf1 include:a.test mx:many.test -all"


def test_what_another_include_brings_is_not_added_again() -> None:
    zone: dict[str, Values] = {"r.test TXT": f"v=spf1 {MICROSOFT} -all"}

    assert merged("v=spf1 include:r.test -all", zone=zone).text == "v=spf1 ip4:203.0.113.7 include:r.test -all"
    assert MICROSOFT in merged("v=spf1 ?include:r.test -all", zone=zone).text
    assert MICROSOFT in merged("v=spf1 -ip4:40.92.0.1 include:r.test -all", zone=zone).text


def test_an_include_of_the_domain_itself_is_refused() -> None:
    refusal = merged("v=spf1 -all", additions=(addition("include:contoso.test"),)).refusal

    assert refusal is not None
    assert "leads back to where it came from" in refusal.sentence


def test_a_name_with_a_trailing_dot_is_the_same_name() -> None:
    assert merged(f"v=spf1 ip4:203.0.113.7 {MICROSOFT}. -all").added == ()


def test_eleven_records_are_not_merged() -> None:
    refusal = merged(*[f"v=spf1 include:i{number}.test -all" for number in range(11)]).refusal

    assert refusal is not None
    assert "11 SPF records" in refusal.sentence


@pytest.mark.parametrize(
    ("term", "zone"),
    [
        ("-include:bad.test", {"bad.test TXT": "v=spf1 ip4:192.0.2.0/24 -all"}),
        ("?include:bad.test", {"bad.test TXT": "v=spf1 ip4:192.0.2.0/24 -all"}),
        ("include:bad.test", {"bad.test TXT": "v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all"}),
        ("include:bad.test", {"bad.test TXT": "v=spf1 ip4:192.0.2.7 +all"}),
        ("mx:bad.test", {"bad.test MX": ["1 x.test", "2 y.test"], "x.test A": "192.0.2.1", "y.test A": Reason.TIMEOUT}),
    ],
)
def test_what_would_change_who_passes_is_not_offered(term: str, zone: dict[str, Values]) -> None:
    fillers = " ".join(f"exists:%{{i}}.x{number}.test" for number in range(9))

    refusal = merged(f"v=spf1 {fillers} {term} -all", zone=zone).refusal

    assert refusal is not None
    assert not any("192.0.2." in offer for offer in refusal.alternatives)


def test_an_include_is_not_called_needless_for_one_that_does_not_let_it_pass() -> None:
    zone: dict[str, Values] = {"sub.test TXT": "v=spf1 include:a.test -all"}
    fillers = " ".join(f"exists:%{{i}}.x{number}.test" for number in range(8))

    refusal = merged(f"v=spf1 {fillers} include:a.test ?include:sub.test -all", zone=zone).refusal

    assert refusal is not None
    assert not any("another include" in offer for offer in refusal.alternatives)


def test_a_record_with_mistakes_is_refused_with_the_correction() -> None:
    result = merged("v=spf1 ipv4:203.0.113.7 -all")

    assert result.refusal is not None
    assert result.refusal.alternatives == ("Write ip4:203.0.113.7 in place of ipv4:203.0.113.7.",)


def test_a_redirect_beside_a_second_record_is_refused() -> None:
    result = merged("v=spf1 redirect=a.test", "v=spf1 mx -all")

    assert result.refusal is not None
    assert result.refusal.code == "redirect"


def test_an_include_that_is_no_record_is_refused() -> None:
    result = merged("v=spf1 -all", additions=(addition("include:gone.test"),))

    assert result.refusal is not None
    assert result.refusal.code == "leads-nowhere"


def test_an_include_that_could_not_be_asked_is_added_and_said_to_be_uncertain() -> None:
    result = merged("v=spf1 -all", additions=(addition("include:slow.test"),), zone={"slow.test TXT": Reason.TIMEOUT})

    assert result.text == "v=spf1 include:slow.test -all"
    assert [note.what for note in result.notes] == ["uncertain"]


@pytest.mark.parametrize(
    "text", ["10.1.2.3", "100.64.0.1", "ip4:192.168.0.0/24", "all", "-ip4:203.0.113.7", "redirect=x.test", "x", ""]
)
def test_what_lets_nobody_send_cannot_be_added(text: str) -> None:
    with pytest.raises(AdditionError):
        addition(text)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("203.0.113.7", "ip4:203.0.113.7"),
        ("203.0.113.9/24", "ip4:203.0.113.0/24"),
        ("2001:db8::1", "ip6:2001:db8::1"),
        ("mx", "mx"),
    ],
)
def test_an_address_is_added_as_the_term_that_lists_it(text: str, term: str) -> None:
    assert addition(text).text == term


@given(st.lists(st.from_regex(r"ip4:[1-9]\.[1-9]\.[1-9]\.[1-9]{1,2}", fullmatch=True), min_size=0, max_size=150))
def test_splitting_breaks_no_term_and_loses_nothing(words: list[str]) -> None:
    text = " ".join(["v=spf1", *words, "-all"])

    strings = split_strings(text)

    assert "".join(strings) == text
    assert all(len(string) <= LONGEST_STRING for string in strings)
    assert [word for string in strings for word in string.split()] == text.split()


def test_a_term_longer_than_a_string_is_cut_as_it_must_be() -> None:
    text = "v=spf1 exists:" + "%{l}" * 100 + ".x.test -all"

    strings = split_strings(text)

    assert "".join(strings) == text
    assert all(len(string) <= LONGEST_STRING for string in strings)


# A small world, so that ranges meet often: 198.51.100.0/24 and Microsoft's 40.92.0.0/15.
NETWORKS = st.builds(
    lambda last, prefix: str(ipaddress.ip_network(f"198.51.100.{last}/{prefix}", strict=False)),
    st.integers(0, 255),
    st.integers(23, 32),
)
QUALIFIERS = st.sampled_from(["", "", "", "+", "-", "~", "?"])
TERMS = st.builds(
    "{}{}".format,
    QUALIFIERS,
    st.one_of(
        NETWORKS.map("ip4:{}".format),
        st.sampled_from(
            [
                "include:a.test",
                "include:b.test",
                "include:c.test",
                "a:a.test",
                "a:a.test/24",
                "all",
                MICROSOFT,
                "mx:old.test",
                "mx:many.test",
                "include:nowhere.test",
                "include:loop.test",
            ]
        ),
    ),
)
ENDINGS = st.sampled_from([" -all", " ~all", " ?all", "", " redirect=a.test", " exp=why.test -all"])
RECORDS = st.builds(lambda words, ending: " ".join(["v=spf1", *words]) + ending, st.lists(TERMS, max_size=6), ENDINGS)
ADDITIONS = st.lists(
    st.one_of(NETWORKS, st.sampled_from([MICROSOFT, "include:a.test"])).map(addition), min_size=1, max_size=3
)
PROBES = st.integers(0, 255).map("198.51.100.{}".format) | st.sampled_from(
    ["40.92.0.1", "2a01:111:f400::1", "203.0.113.1", "203.0.113.9", "203.0.113.22", "8.8.8.8"]
)


def passes(text: str, ip: str) -> bool:
    zone = Zone({**ZONE, "contoso.test TXT": text})
    result = drive(check_host(Address.parse(ip), "contoso.test", "u@contoso.test", "h.test", zone, now=0.0))
    assert result.code is not Code.TEMPERROR
    return result.code is Code.PASS


@settings(max_examples=EXAMPLES, deadline=None)
@given(RECORDS, ADDITIONS, PROBES)
def test_whatever_passed_still_passes(text: str, additions: list[Mechanism], ip: str) -> None:
    result = merged(text, additions=tuple(additions))

    if result.refusal is None and passes(text, ip):
        assert passes(result.text, ip), result.text


@settings(max_examples=EXAMPLES, deadline=None)
@given(RECORDS, ADDITIONS, PROBES)
def test_whatever_was_added_passes(text: str, additions: list[Mechanism], ip: str) -> None:
    result = merged(text, additions=tuple(additions))

    alone = " ".join(["v=spf1", *(term.text for term in additions), "-all"])
    if result.refusal is None and passes(alone, ip):
        assert passes(result.text, ip), result.text


@settings(max_examples=EXAMPLES, deadline=None)
@given(RECORDS, ADDITIONS)
def test_a_merged_record_has_no_dead_terms_and_merging_again_changes_nothing(
    text: str, additions: list[Mechanism]
) -> None:
    once = drafted([parse(text)], additions)
    if once.refusal is not None:
        return

    record = parse(once.text)
    again = drafted([record], additions)

    assert not record.mistakes
    assert not record.dead
    assert (again.text, again.added) == (once.text, ())
    assert [term.text for term in record.live if term.kind == "all"] in ([], [record.live[-1].text])
