from __future__ import annotations

import pytest

from publicdns.answers import Finding
from publicdns.diagnosis import RULES, Rule
from publicdns.picture import Picture
from publicdns.sentences import fix, sentence, title
from tests.publicdns.diagnosis.cases import SILENT, SPEAKS, Case


def found(picture: Picture, code: str) -> Finding | None:
    return next((finding for finding in picture.findings if finding.code == code), None)


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
