from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicdns.spf.macros import MacroError, fit, parse_domain_spec, parse_macros
from publicdns.spf.mistakes import suggestion
from publicdns.spf.record import is_spf, parse
from publicdns.spf.terms import Kind
from tests.measuring import least_seconds


def test_every_term_keeps_its_text_and_place() -> None:
    record = parse("v=spf1 a:x.test/24//64 ?mx exp=why.test custom=%{d} -all ptr")

    assert [term.text for term in record.terms] == [
        "a:x.test/24//64",
        "?mx",
        "exp=why.test",
        "custom=%{d}",
        "-all",
        "ptr",
    ]
    assert [term.kind for term in record.live] == [Kind.A, Kind.MX, Kind.ALL]
    assert [term.text for term in record.dead] == ["ptr"]


def test_a_valid_record_has_no_mistakes() -> None:
    assert not parse(
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx ptr exists:%{i}.x.test include:y.test ~all"
    ).mistakes


def test_every_mistake_is_listed_with_its_term() -> None:
    record = parse("v=spf1 ip4:1.2.3 include: nonsense -all")

    assert [mistake.term for mistake in record.mistakes] == ["ip4:1.2.3", "include:", "nonsense"]


def test_an_all_switches_redirect_off_and_its_absence_on() -> None:
    assert parse("v=spf1 redirect=x.test -all").onward is None
    assert parse("v=spf1 redirect=x.test").onward is not None


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("include:spf.protection.outlook.com", ""),
        ("-all", ""),
        ("all.", "~all"),
        ("-all;", "-all"),
        ("all-", "-all"),
        ("ipv4:192.0.2.1", "ip4:192.0.2.1"),
        ("ip:192.0.2.1", "ip4:192.0.2.1"),
        ("a:192.0.2.1", "ip4:192.0.2.1"),
        ("192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("include=x.test", "include:x.test"),
        ("redirect:x.test", "redirect=x.test"),
        ("“include:x.test”", "include:x.test"),
        ("“mx”".encode().decode("latin-1"), "mx"),
        ("ip4:192.0.2.1include:x.test", "ip4:192.0.2.1 include:x.test"),
        ("ip4:192.0.2.1-all", "ip4:192.0.2.1 -all"),
        ("include:x", ""),
        ("zzz", ""),
    ],
)
def test_a_wrong_term_is_told_what_was_probably_meant(wrong: str, meant: str) -> None:
    assert suggestion(wrong) == meant


@pytest.mark.parametrize(
    "wrong", ["ip:foo", "ipv4:192.0.2.1.5", "inlcude:foo", "exp:x", "include:bücher.test", "ip4:\x1b[31m"]
)
def test_nothing_is_suggested_that_is_no_term_either(wrong: str) -> None:
    assert [mistake.instead for mistake in parse(f"v=spf1 {wrong} -all").mistakes] == [""]


def test_an_unknown_modifier_is_ignored_whatever_letters_it_has() -> None:
    assert not parse("v=spf1 foo=%{t}%{c}%{r} -all").mistakes
    assert parse("v=spf1 foo=%{x} -all").mistakes
    assert parse("v=spf1 redirect=%{t}.x.test").mistakes


@given(st.text(max_size=200))
def test_parsing_never_raises(text: str) -> None:
    record = parse("v=spf1 " + text)

    assert len(record.terms) + len(record.mistakes) >= len(record.live)


@given(st.text(alphabet="%{}slodiphcrtv0123456789rR.-+,/_= a", max_size=60))
def test_macro_strings_expand_within_bounds_or_are_refused(text: str) -> None:
    with suppress(MacroError):
        spec = parse_macros(text, spaces=True)
        assert len(spec.expand_text(dict.fromkeys("slodiphcrtv", "a.b-c"), 100)) <= 100


@given(st.text(alphabet="ab.", max_size=600))
def test_a_shortened_name_is_a_tail_of_whole_labels(name: str) -> None:
    short = fit(name)

    bare = name.removesuffix(".")
    assert len(short) <= 253
    assert short in ("", bare) or bare.endswith("." + short)


def test_a_record_of_ten_thousand_terms_is_parsed_within_a_second() -> None:
    text = "v=spf1 " + " ".join(f"ip4:10.{n // 256}.{n % 256}.1" for n in range(10_000)) + " " + "a:/" * 9_000 + " -all"

    assert least_seconds(lambda: parse(text), 1.0) < 1.0
    assert len(parse(text).live) == 10_001


def test_a_domain_spec_of_sixty_thousand_macros_is_parsed_and_expanded_within_a_second() -> None:
    def expanded() -> str:
        return parse_domain_spec("%{l1r-}" * 9_000 + ".x.test").expand({"l": "a-" * 200})

    assert least_seconds(expanded, 1.0) < 1.0
    assert expanded().endswith(".x.test")
    assert len(expanded()) < 3_000


@pytest.mark.parametrize("text", ["v=spf1", "v=spf1 -all", "V=SPF1 all"])
def test_what_begins_with_the_version_is_spf(text: str) -> None:
    assert is_spf(text)


@pytest.mark.parametrize("text", ["", "v=spf10", "v=spf1\t-all", " v=spf1", "spf2.0/pra"])
def test_what_only_resembles_it_is_not(text: str) -> None:
    assert not is_spf(text)
