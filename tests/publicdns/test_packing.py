"""Values as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from publicdns.packing import pack, unpack


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Leaf:
    name: str = ""
    colour: Colour = Colour.RED
    octets: bytes = b""


@dataclass(frozen=True)
class Scarlet(Leaf):
    shade: int = 0


@dataclass(frozen=True)
class Tree:
    name: str
    leaves: tuple[Leaf, ...] = ()
    words: tuple[str, ...] = ()
    pair: tuple[str, Colour] | None = None
    height: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    below: Tree | None = None


@pytest.mark.parametrize(
    ("tree", "packed"),
    [
        (Tree(""), {}),
        (Tree("a", height=0.0), {"name": "a", "height": 0.0}),
        (Tree("a", (Leaf(), Leaf("b", Colour.BLUE, b"\xff\0")), ("x", "y")), {
            "name": "a", "leaves": [{}, {"name": "b", "colour": "blue", "octets": "ff00"}], "words": ["x", "y"],
        }),
        (Tree("a", pair=("x", Colour.BLUE), facts={"n": 1, "list": ["b"]}), {
            "name": "a", "pair": ["x", "blue"], "facts": {"n": 1, "list": ["b"]},
        }),
        (Tree("a", below=Tree("b", below=Tree("c"))), {"name": "a", "below": {"name": "b", "below": {"name": "c"}}}),
    ],
)  # fmt: skip
def test_defaults_are_left_out_and_everything_comes_back(tree: Tree, packed: dict[str, Any]) -> None:
    written = pack(tree)

    assert {"name": "", **written} == {"name": "", **packed}
    assert unpack(Tree, {"name": "", **json.loads(json.dumps(written))}) == tree


def test_a_value_is_packed_as_what_it_is_and_not_as_what_its_field_says() -> None:
    assert pack(Tree("a", (Scarlet("b", shade=3),)))["leaves"] == [{"name": "b", "shade": 3}]


def test_what_is_no_packed_value_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="not a packed Tree"):
        unpack(Tree, {"name": "a", "wood": "oak"})
