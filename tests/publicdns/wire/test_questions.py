"""Question sections, made many at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicdns.wire.message import encode_question, encode_questions

LABELS = st.sampled_from(["a", "b", "www", "x" * 63, "x" * 64, "", "\\.", "a\\.b", "ä", "MiXeD"])
NAMES = st.lists(LABELS, max_size=5).map(".".join) | st.sampled_from(["", ".", "a.b.", "b."])


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_many_are_made_as_each_would_be_alone(names: list[str]) -> None:
    try:
        alone = [encode_question(name, "TXT") for name in names]
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            encode_questions([(name, "TXT") for name in names])
        return

    assert encode_questions([(name, "TXT") for name in names]) == alone


@pytest.mark.parametrize(
    "below", ["autodiscover.contoso.test", "a.b.contoso.test", "a\\.contoso.test", "contoso.test", "test", "atest"]
)
def test_one_after_the_name_above_it(below: str) -> None:
    made = encode_questions([("contoso.test", "TXT"), (below, "CNAME")])

    assert made == [encode_question("contoso.test", "TXT"), encode_question(below, "CNAME")]


def test_below_a_name_that_is_long_already() -> None:
    longest = ".".join(["x" * 62] * 4)

    with pytest.raises(ValueError, match="255 octets"):
        encode_questions([(longest, "TXT"), (f"autodiscover.{longest}", "CNAME")])
