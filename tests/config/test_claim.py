"""One start per folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import claim


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    first = claim.take(tmp_path / "run.lock")
    first.name("http://127.0.0.1:8000")

    with pytest.raises(claim.Claimed, match=rf"process {os.getpid()}, http://127\.0\.0\.1:8000"):
        claim.take(tmp_path / "run.lock")

    first.release()


def test_one_that_is_still_starting_says_so(tmp_path: Path) -> None:
    first = claim.take(tmp_path / "run.lock")

    with pytest.raises(claim.Claimed, match="still starting"):
        claim.take(tmp_path / "run.lock")

    first.release()


def test_after_release_it_is_free_whatever_is_written_in_it(tmp_path: Path) -> None:
    claim.take(tmp_path / "run.lock").release()

    claim.take(tmp_path / "run.lock").release()


@pytest.mark.parametrize("written", ["", "{", "[]", '{"pid": "x"}', "null"])
def test_a_lock_file_that_makes_no_sense_still_names_somebody(written: str) -> None:
    assert "another process" in claim.holder(written)
