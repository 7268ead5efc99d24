from __future__ import annotations

import pytest

from publicdns.printable import joined, legible, printable


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain text", "plain text"),
        ("<script>", "<script>"),
        ("bell\x07", "bell\\x07"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("line\nbreak", "line\\nbreak"),
        ("grün".encode().decode("latin-1"), "grün"),
        ("\u202etxt".encode().decode("latin-1"), "\\u202etxt"),
        ("\xff\x80", "\\xff\\x80"),
        ("nul\x00", "nul\\x00"),
        ("a␀\xc3\xbc", "a\\x00ü"),
    ],
)
def test_hostile_values_are_shown_harmless(value: str, shown: str) -> None:
    assert printable(value) == shown


@pytest.mark.parametrize("value", ["x" * 5000, "\x00" * 5000, "€".encode().decode("latin-1") * 3000])
def test_nothing_longer_than_the_bound_is_shown(value: str) -> None:
    assert len(printable(value, 500)) == 500
    assert printable(value, 500).endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("grün", "grün"), ("Ã¼", "Ã¼"), ("\u202etxt\x1b", "\\u202etxt\\x1b"), ("x" * 30, "x" * 19 + "…")],
)
def test_what_was_typed_is_shown_as_it_was_typed(text: str, shown: str) -> None:
    assert legible(text, 20) == shown


def test_lists_read_like_a_sentence() -> None:
    assert joined([]) == ""
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined(list("abcdefg"), most=3) == "a, b, c and 4 more"
