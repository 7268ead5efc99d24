"""docs/connectors.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from relaycheck.engine.connectors.auditing import RULES
from relaycheck.engine.connectors.exporting import ONE_LINER_MISSES, export_command, one_liner
from tests.relaycheck.connectors.truth_table import TABLE

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "connectors.md").read_text()


@pytest.mark.parametrize("text", [export_command(), one_liner(), *ONE_LINER_MISSES])
def test_commands_of_the_page_are_the_ones_the_product_prints(text: str) -> None:
    assert text in PAGE


def test_every_rule_is_on_the_page_with_its_words() -> None:
    missing = [
        code for code, rule in RULES.items() if f"**{code}** {rule.sentence}" not in PAGE or rule.fix not in PAGE
    ]

    assert missing == []


def test_every_code_of_the_page_is_a_rule() -> None:
    assert set(re.findall(r"\bRC\d{3}\b", PAGE)) == set(RULES)


def test_every_rule_that_needs_whole_permissions_is_in_the_truth_table() -> None:
    spoken = {code for organisation in TABLE for _, codes in organisation.truth.values() for code in codes}

    assert {code for code in RULES if not code.startswith("RC3")} - spoken == {"RC113"}
