"""A typed word: what a database takes of it."""

from __future__ import annotations

import pytest

from tenants.words import stripped


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"q": " contoso \t"}, "contoso"),
        ({"q": "con\0toso"}, "contoso"),
        ({"q": "   contoso-the-second"}, "contoso-"),
        ({"q": "\0" * 5 + "contoso"}, "contoso"),
        ({"other": "contoso"}, ""),
    ],
)
def test_a_word_has_no_blanks_around_it_no_nul_and_an_end(typed: dict[str, str], word: str) -> None:
    assert stripped(typed, "q", 8) == word
