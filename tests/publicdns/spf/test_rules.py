"""Every rule: first the records about which it must be silent, then those about which it speaks."""

from __future__ import annotations

import pytest

from publicdns.answers import Reason, Verdict
from publicdns.asking import drive
from publicdns.spf.report import Report, examine
from publicdns.spf.rules import fix_of, rules, sentence_of
from tests.publicdns.spf.zone import Values, Zone

MICROSOFT: dict[str, Values] = {
    "spf.protection.outlook.com TXT": "v=spf1 ip4:40.92.0.0/15 -all",
    "spf.protection.office365.us TXT": "v=spf1 ip4:23.103.191.0/24 -all",
}
GOOD = "v=spf1 ip4:203.0.113.7 include:spf.protection.outlook.com -all"
INCLUDE = "include:spf.protection.outlook.com"
TEN = " ".join(f"a:h{n}.test" for n in range(10))
HOSTS: dict[str, Values] = {
    f"h{n}.test {rdtype}": address
    for n in range(20)
    for rdtype, address in (("A", "198.51.100.1"), ("AAAA", "2001:db8::1"))
}
OLD_HOSTS: dict[str, Values] = {
    "contoso.test MX": [f"1 o{n}.test" for n in range(3)],
    **{f"o{n}.test A": "198.51.100.1" for n in range(3)},
}
NESTED: dict[str, Values] = {"x.test TXT": f"v=spf1 {INCLUDE} -all"}

# code, TXT values, other records, part of the sentence
SPEAKING: list[tuple[str, list[str], dict[str, Values], str]] = [
    ("spf-missing", ["MS=ms12345678"], {}, "has no SPF record"),
    ("spf-several", [GOOD, "v=spf1 mx -all"], {}, "2 SPF records"),
    ("spf-quotes", ['"v=spf1 -all"'], {}, "quotation marks"),
    ("spf-quotes", ["“v=spf1 -all”".encode().decode("latin-1")], {}, "quotation marks"),
    ("spf-nearly", [" v=spf1 -all"], {}, "do not recognise"),
    ("spf-nearly", ["v=spf1;include:x.test"], {}, "do not recognise"),
    ("spf-nearly", ["v = spf1 -all"], {}, "do not recognise"),
    ("spf-nearly", ["spf1 include:x.test -all"], {}, "do not recognise"),
    ("spf-type-99", [GOOD], {"contoso.test SPF": "v=spf1 -all"}, "retired type"),
    ("spf-sender-id", [GOOD, "spf2.0/pra include:x.test -all"], {}, "Sender ID"),
    ("spf-long", ["v=spf1 " + " ".join(f"ip4:198.51.100.{n}" for n in range(40)) + " -all"], {}, "octets"),
    ("spf-syntax", ["v=spf1 ipv4:203.0.113.7 -all"], {}, "cannot read ipv4:203.0.113.7"),
    ("spf-glued", ["v=spf1 ip4:203.0.113.7include:x.test -all"], {}, "run together"),
    ("spf-glued", ["v=spf1 include:x.test-all"], {}, "run together"),
    ("spf-macros", ["v=spf1 exists:%{i}.x.test -all"], {}, "macros"),
    ("spf-ptr", ["v=spf1 ptr -all"], {}, "ptr should not be used"),
    ("spf-repeated", [f"v=spf1 {INCLUDE} {INCLUDE} -all"], {}, "more than once"),
    ("spf-repeated", ["v=spf1 a:H0.test a:h0.test -all"], HOSTS, "more than once"),
    ("spf-pass-all", ["v=spf1 +all"], {}, "every machine"),
    ("spf-pass-all", ["v=spf1 all"], {}, "every machine"),
    ("spf-neutral-all", ["v=spf1 ?all"], {}, "protects contoso.test from nothing"),
    ("spf-no-all", ["v=spf1 mx"], {}, "without all"),
    ("spf-after-all", [f"v=spf1 -all {INCLUDE}"], {}, "after all"),
    ("spf-redirect-and-all", ["v=spf1 redirect=x.test -all"], {}, "redirect=x.test is ignored"),
    ("spf-private-address", ["v=spf1 ip4:10.5.3.2 -all"], {}, "Microsoft's own sample"),
    ("spf-private-address", ["v=spf1 ip4:192.168.0.0/16 -all"], {}, "never reaches the internet"),
    ("spf-private-address", ["v=spf1 ip4:100.72.3.4 -all"], {}, "carrier"),
    ("spf-wide-range", ["v=spf1 ip4:0.0.0.0/1 -all"], {}, "2,147,483,648 addresses"),
    ("spf-covered-range", ["v=spf1 ip4:203.0.113.7 ip4:203.0.113.0/24 -all"], {}, "ip4:203.0.113.7 is not needed"),
    ("spf-covered-range", ["v=spf1 ip4:203.0.113.7 ip4:203.0.113.7 -all"], {}, "is not needed"),
    ("spf-stray-bits", ["v=spf1 ip4:203.0.113.7/24 -all"], {}, "stands for ip4:203.0.113.0/24"),
    ("spf-too-many-lookups", [f"v=spf1 {TEN} a:h11.test -all"], HOSTS, "needs 11 lookups"),
    ("spf-no-room", [f"v=spf1 {TEN} -all"], HOSTS, "would need 11"),
    ("spf-few-lookups-left", [f"v=spf1 {TEN} -all"], HOSTS, "10 of 10"),
    ("spf-too-many-voids", ["v=spf1 a:x.test a:y.test a:z.test -all"], {}, "3 lookups find nothing"),
    ("spf-one-family", ["v=spf1 a:o0.test a:o1.test a:o2.test -all"], OLD_HOSTS, "3 hosts that have no address"),
    ("spf-one-family", ["v=spf1 mx -all"], OLD_HOSTS, "mx leads to 3 hosts"),
    ("spf-void", ["v=spf1 a:x.test -all"], {}, "a:x.test finds nothing"),
    ("spf-void", ["v=spf1 mx -all"], {}, "no MX record"),
    ("spf-include-missing", ["v=spf1 include:x.test -all"], {}, "does not exist"),
    ("spf-include-missing", ["v=spf1 redirect=x.test"], {"x.test A": "198.51.100.1"}, "no SPF record"),
    ("spf-include-broken", ["v=spf1 include:x.test -all"], {"x.test TXT": "v=spf1 nonsense"}, "not valid"),
    ("spf-include-broken", ["v=spf1 include:x.test -all"], {"x.test TXT": ["v=spf1 a", "v=spf1 mx"]}, "not valid"),
    ("spf-include-unknown", ["v=spf1 include:x.test -all"], {"x.test TXT": Reason.TIMEOUT}, "could not be asked"),
    ("spf-loop", ["v=spf1 include:x.test -all"], {"x.test TXT": "v=spf1 include:contoso.test"}, "itself inside of"),
    (
        "spf-many-hosts",
        ["v=spf1 mx -all"],
        {"contoso.test MX": [f"{n} h{n}.test" for n in range(12)], **HOSTS},
        "12 hosts",
    ),
    ("spf-include-passes-all", ["v=spf1 include:x.test -all"], {"x.test TXT": "v=spf1 +all"}, "every machine"),
    ("spf-microsoft-present", [GOOD], {}, "passes"),
    ("spf-microsoft-present", ["v=spf1 include:x.test -all"], {"x.test TXT": f"v=spf1 {INCLUDE}"}, "passes"),
    ("spf-microsoft-missing", ["v=spf1 mx -all"], {}, "does not include spf.protection.outlook.com"),
    ("spf-microsoft-missing", [f"v=spf1 -all {INCLUDE}"], {}, "does not include"),
    ("spf-microsoft-missing", ["v=spf1 a:spf.protection.outlook.com -all"], {}, "does not include"),
    ("spf-microsoft-negated", ["v=spf1 -include:x.test -all"], NESTED, "does not let"),
    ("spf-microsoft-negated", [f"v=spf1 ?{INCLUDE} -all"], {}, "does not let them pass"),
    ("spf-microsoft-other-cloud", ["v=spf1 include:spf.protection.office365.us -all"], {}, "another Microsoft cloud"),
]
SILENT: list[tuple[str, list[str], dict[str, Values]]] = [
    ("a good record", [GOOD], {}),
    ("other TXT records beside it", [GOOD, "MS=ms12345678", "google-site-verification=v=spf1"], {}),
    ("a softfail ending", [GOOD.replace("-all", "~all")], {}),
    ("a redirect instead of all", [f"v=spf1 {INCLUDE} redirect=x.test"], {"x.test TXT": "v=spf1 -all"}),
    ("ranges side by side", [GOOD.replace(" -all", " ip4:203.0.114.0/24 ip6:2001:db8::/32 -all")], {}),
    ("a minus inside a plus", ["v=spf1 -ip4:203.0.113.7 ip4:203.0.113.0/24 " + INCLUDE + " -all"], {}),
    ("two hosts without IPv6", [f"v=spf1 a:o0.test a:o1.test {INCLUDE} -all"], OLD_HOSTS),
    ("eight lookups", ["v=spf1 " + " ".join(TEN.split()[:7]) + f" {INCLUDE} -all"], HOSTS),
    ("an unknown modifier", [GOOD + " ra=postmaster"], {}),
]


def examined(values: list[str] | Reason, other: dict[str, Values]) -> Report:
    return drive(examine("contoso.test", Zone({"contoso.test TXT": values, **MICROSOFT, **other}), now=0.0))


@pytest.mark.parametrize(("title", "values", "other"), SILENT, ids=[row[0] for row in SILENT])
def test_nothing_is_said_about(title: str, values: list[str], other: dict[str, Values]) -> None:
    report = examined(values, other)

    assert [finding.code for finding in report.findings] == ["spf-microsoft-present"]
    assert report.verdict is Verdict.PRESENT


@pytest.mark.parametrize(("code", "values", "other", "part"), SPEAKING)
def test_a_rule_speaks(code: str, values: list[str], other: dict[str, Values], part: str) -> None:
    found = {finding.code: finding for finding in examined(values, other).findings}

    assert part in sentence_of(found[code])


def test_a_record_that_could_not_be_asked_is_unknown_and_nothing_else() -> None:
    report = examined(Reason.SERVFAIL, {})

    assert [finding.code for finding in report.findings] == ["spf-unknown"]
    assert report.verdict is Verdict.UNKNOWN


def test_an_include_that_could_not_be_asked_makes_the_verdict_unknown_not_wrong() -> None:
    report = examined([GOOD], {"spf.protection.outlook.com TXT": Reason.TIMEOUT})

    assert report.verdict is Verdict.UNKNOWN


def test_microsoft_is_not_said_to_pass_behind_a_term_that_ends_in_an_error() -> None:
    codes = [finding.code for finding in examined([f"v=spf1 include:x.test {INCLUDE} -all"], {}).findings]

    assert "spf-include-missing" in codes
    assert "spf-microsoft-present" not in codes


def test_an_include_that_refuses_everyone_is_not_said_to_let_everyone_send() -> None:
    report = examined([f"v=spf1 -include:x.test {INCLUDE} -all"], {"x.test TXT": "v=spf1 +all"})

    assert "spf-include-passes-all" not in [finding.code for finding in report.findings]


def test_every_rule_is_tried() -> None:
    assert {rule.code for rule in rules()} == {row[0] for row in SPEAKING} | {"spf-unknown"}


def test_every_rule_has_a_source_and_says_what_to_do_where_something_is_wrong() -> None:
    for rule in rules():
        assert rule.source.startswith(("RFC ", "https://"))
        assert rule.title
        assert rule.fix or rule.severity == "notice"


@pytest.mark.parametrize(("code", "values", "other", "part"), SPEAKING)
def test_every_sentence_is_one_printable_line(
    code: str, values: list[str], other: dict[str, Values], part: str
) -> None:
    for finding in examined(values, other).findings:
        assert sentence_of(finding).isprintable()
        assert fix_of(finding).isprintable()
        assert "{" not in sentence_of(finding).replace("%{", "")


def test_hostile_bytes_are_escaped_in_sentences() -> None:
    report = examined(["v=spf1 \x1b]0;owned\x07 \u0080 -all"], {})

    said = " ".join(sentence_of(finding) for finding in report.findings)
    assert "\\x1b]0;owned" in said
    assert said.isprintable()
