from __future__ import annotations

import time

import pytest

from publicdns.spf.passing import Passing, microsoft, only_microsoft

MICROSOFT = "include:spf.protection.outlook.com"
YES, NO, UNKNOWN = Passing.YES, Passing.NO, Passing.UNKNOWN
RANGES = "ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17"


@pytest.mark.parametrize(
    ("terms", "passing"),
    [
        (f"{MICROSOFT} -all", YES),
        ("+INCLUDE:SPF.Protection.Outlook.com. -all", YES),
        ("include:spf.protection.office365.us -all", YES),
        ("redirect=spf.protection.outlook.com", YES),
        ("mx +all", YES),
        (f"{RANGES} ~all", YES),
        ("ip4:0.0.0.0/0 -all", YES),
        (f"include:spf.fabrikam.com {MICROSOFT} -all", YES),
        (f"-all {MICROSOFT}", NO),
        (f"-{MICROSOFT} +all", NO),
        (f"?{MICROSOFT} -all", NO),
        ("~all redirect=spf.protection.outlook.com", NO),
        ("mx a:mail.contoso.com ip6:2001:db8::/32 ptr:contoso.com -all", NO),
        ("include:_spf.google.com -all", NO),
        ("include:contoso.com -all", NO),
        ("?include:spf.fabrikam.com -all", NO),
        (f"exp=spf.protection.outlook.com {RANGES.replace('ip4', '-ip4')} -all", NO),
        ("mx", NO),
        ("include:spf.fabrikam.com -all", UNKNOWN),
        ("include:spf.smtp25.com -all", UNKNOWN),
        ("include:secureserver.net -all", UNKNOWN),
        ("include:sub.spf.protection.outlook.com -all", UNKNOWN),
        ("include:%{ir}.%{v}.%{d}.spf.has.pphosted.com ~all", UNKNOWN),
        ("redirect=%{d}.spf.fabrikam.com", UNKNOWN),
        (f"include:spf.fabrikam.com -{MICROSOFT} -all", UNKNOWN),
        ("exists:%{i}.spf.fabrikam.com -all", UNKNOWN),
        ("ptr:outlook.com -all", UNKNOWN),
        ("a:%{d} -all", UNKNOWN),
        ("a/8 -all", UNKNOWN),
        ("ip4:40.92.0.0/15 -all", UNKNOWN),
    ],
)
def test_a_record_alone_says_yes_no_or_that_others_decide(terms: str, passing: Passing) -> None:
    assert microsoft([f"v=spf1 {terms}"], domain="contoso.com").passing is passing


def test_what_would_tell_is_named() -> None:
    told = microsoft(["v=spf1 include:spf.fabrikam.com exists:%{i}.fabrikam.com redirect=spf.adatum.com"])

    assert told.names == ("spf.fabrikam.com", "spf.adatum.com")
    assert told.terms == ("exists:%{i}.fabrikam.com",)


@pytest.mark.parametrize(
    ("there", "passing"),
    [
        ((f"v=spf1 {MICROSOFT} -all",), YES),
        (("v=spf1 mx -all",), NO),
        ((), NO),  # a permanent error (RFC 7208 §5.2)
        ((f"v=spf1 {MICROSOFT} -all", "v=spf1 -all"), NO),
        (("v=spf1 include:_spf.contoso.com -all",), NO),
        (("v=spf1 include:spf.fabrikam.com -all",), UNKNOWN),
        (None, UNKNOWN),
    ],
)
@pytest.mark.parametrize("own", ["v=spf1 include:_spf.contoso.com -all", "v=spf1 redirect=_spf.contoso.com"])
def test_what_stands_at_another_name_decides(own: str, there: tuple[str, ...] | None, passing: Passing) -> None:
    def follow(name: str) -> tuple[str, ...] | None:
        return there if name == "_spf.contoso.com" else None

    assert microsoft([own], follow, "contoso.com").passing is passing


def test_none_is_a_no_and_of_several_the_best_counts() -> None:
    assert microsoft([]).passing is NO
    assert microsoft(["v=spf1 mx -all", f"v=spf1 {MICROSOFT} -all"]).passing is YES
    assert microsoft(["v=spf1 include:spf.fabrikam.com", "v=spf1 mx -all"]).passing is UNKNOWN


def test_records_that_all_include_each_other_are_each_read_once() -> None:
    names = [f"_{number}.contoso.com" for number in range(40)]
    texts = ("v=spf1 " + " ".join(f"include:{name}" for name in names),)
    began = time.thread_time()

    assert microsoft(texts, lambda _name: texts).passing is NO
    assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    ("terms", "only"),
    [
        (f"{MICROSOFT} -all", True),
        (f"{MICROSOFT} exp=why.contoso.com ~all", True),
        (f"{MICROSOFT} -all include:spf.fabrikam.com", True),
        (f"{MICROSOFT} -ip4:192.0.2.1 -all", True),
        ("redirect=spf.protection.outlook.com", True),
        (f"{RANGES} -all", True),
        (f"{MICROSOFT} +all", False),
        (f"{MICROSOFT} mx -all", False),
        (f"{MICROSOFT} ~include:spf.fabrikam.com -all", False),
        (f"{MICROSOFT} redirect=spf.fabrikam.com", False),
        (f"{MICROSOFT} ip4:192.0.2.1 -all", False),
        ("-all", False),
        ("", False),
    ],
)
def test_only_microsoft_means_that_nobody_else_may_pass(terms: str, only: bool) -> None:
    assert only_microsoft(f"v=spf1 {terms}") is only
