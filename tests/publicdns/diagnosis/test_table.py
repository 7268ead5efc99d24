from __future__ import annotations

from pathlib import Path

from publicdns.diagnosis import RULES
from publicdns.diagnosis.table import page

RULES_PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


def test_the_page_of_rules_is_made_from_the_rules() -> None:
    assert RULES_PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_is_on_the_page_once() -> None:
    text = page()

    assert all(text.count(f"### {code}:") == 1 for code in RULES)
