from __future__ import annotations

import pytest

from publicdns.answers import Finding, Reason, Verdict
from publicdns.diagnosis import RULES, Rule
from publicdns.picture import Picture
from publicdns.sentences import fix, sentence, title
from tests.publicdns.diagnosis.cases import PROOF, SILENT, SPEAKS, Case, mail
from tests.publicdns.world import Host, World


def found(picture: Picture, code: str) -> Finding | None:
    return next((finding for finding in picture.findings if finding.code == code), None)


def fix_of(picture: Picture, code: str) -> str:
    finding = found(picture, code)
    assert finding is not None
    return fix(finding)


def pairs(cases: dict[str, list[Case]]) -> list[object]:
    return [pytest.param(code, one, id=f"{code}-{n}") for code, many in cases.items() for n, one in enumerate(many)]


@pytest.mark.parametrize(("code", "case"), pairs(SILENT))
def test_a_rule_stays_silent(code: str, case: Case) -> None:
    assert found(case(), code) is None


@pytest.mark.parametrize(("code", "case"), pairs(SPEAKS))
def test_a_rule_speaks_and_says_what_to_do(code: str, case: Case) -> None:
    finding = found(case(), code)

    assert finding is not None
    for text in (sentence(finding), fix(finding)):
        assert text.endswith(".")
        assert "{" not in text
        assert text.isprintable()


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_is_tested_on_both_sides(code: str) -> None:
    assert SILENT.get(code)
    assert SPEAKS.get(code)


@pytest.mark.parametrize("rule", RULES.values(), ids=sorted(RULES))
def test_every_rule_has_its_texts_and_a_source(rule: Rule) -> None:
    assert all((rule.title, rule.sentence, rule.fix, rule.reason))
    assert rule.source.startswith("https://")
    assert rule.severity in ("error", "warning", "notice")


def test_an_unknown_code_is_named_instead_of_failing() -> None:
    old = Finding("DNS999", "unknown")  # type: ignore[arg-type]

    assert sentence(old) == "Finding DNS999."
    assert (fix(old), title(old)) == ("", "DNS999")


def test_a_finding_stored_before_its_rule_told_a_fact_is_still_worded() -> None:
    old = Finding("DNS206", Verdict.UNKNOWN, {"zone": "contoso.com", "servers": ["gone.example"]})

    assert fix(old).endswith("have an address record made for it: (not known yet).")


def test_a_name_only_the_zone_has_is_not_looked_for_at_the_registrar() -> None:
    picture = World(child_ns=["ns1.dns.example", "ns2.dns.example", "dc1.corp.example"]).look()

    assert "dc1.corp.example (in the NS records of contoso.com itself, not at the registrar)" in fix_of(
        picture, "DNS206"
    )


def test_a_name_without_address_is_mended_where_it_is_entered() -> None:
    names = ["ns1.dns.example", "ns2.dns.example"]
    at_registry = World(parent_ns=[*names, "gone.example"], child_ns=names).look()
    at_both = World(parent_ns=[*names, "gone.example"], child_ns=[*names, "gone.example"]).look()
    not_asked = World(child_ns=[*names, "gone.example"], parent_fails=Reason.TIMEOUT).look()

    assert "gone.example (at the registrar)" in fix_of(at_registry, "DNS206")
    for picture in (at_both, not_asked):
        assert "gone.example (at the registrar, and in the NS records of contoso.com itself)" in fix_of(
            picture, "DNS206"
        )


def test_glue_alone_names_the_records_to_make() -> None:
    world = World(hosts={"ns1.contoso.com": Host("192.0.2.1")}, unresolved=("ns1.contoso.com",))
    world.glue = {"ns1.contoso.com": "192.0.2.1"}

    assert "ns1.contoso.com A 192.0.2.1" in fix_of(world.look(), "DNS213")


@pytest.mark.parametrize(
    ("mx", "instead"),
    [
        ((f"0 {PROOF}", "10 mail.contoso.com"), "set its preference to 32767, the last of all"),
        ((f"0 {PROOF}", "40000 mail.contoso.com"), "set its preference to 65535, the last of all"),
        ((f"32767 {PROOF}",), "enter the MX record of the host that is to receive the mail, with a lower preference"),
    ],
)
def test_a_verification_mx_in_front_is_mended_by_what_helps_there(mx: tuple[str, ...], instead: str) -> None:
    assert fix_of(mail(*mx)(), "MAIL404").endswith(f", or {instead}.")
