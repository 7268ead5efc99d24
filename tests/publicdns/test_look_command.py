"""The look command against real servers: every fault, every verdict, waiting, lists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.publicdns.calling import ALONE, MANAGE, Look
from tests.publicdns.laboratory import TOKEN, ZONES, Broken, Laboratory


@pytest.fixture(scope="module")
def seen(lab: Laboratory) -> dict[str, Any]:
    """What the command says of every zone, by the name looked at."""
    listed = "".join(f"{zone.name or name} {TOKEN}\n" for name, zone in ZONES.items())
    command = [sys.executable, MANAGE, "look", "--batch=-", "--timeout=12", *lab.options]
    environment = {**os.environ, **ALONE}
    done = subprocess.run(
        command, input=listed, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    return {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.servers
@pytest.mark.parametrize(("name", "zone"), [pytest.param(name, zone, id=name) for name, zone in ZONES.items()])
def test_each_fault_is_named(seen: dict[str, Any], name: str, zone: Broken) -> None:
    row = seen[zone.name or name]

    codes = [finding["code"] for finding in row["findings"]]
    assert zone.code in codes if zone.code else not codes


@pytest.mark.servers
def test_only_what_everybody_has_is_present(seen: dict[str, Any]) -> None:
    present = {name for name, row in seen.items() if row["verdict"] == "present"}

    assert present == {
        "good.test",
        "beside.test",
        "sides.test",
        "private.test",
        "noaddress.test",
        "inner.test",
        "dead.test",
        "lame.test",
        "moved.test",
    }


@pytest.mark.servers
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.test", f"--token={TOKEN}"], 0),
        (["good.test"], 0),
        (["bare.test", f"--token={TOKEN}"], 1),
        (["unregistered.test"], 1),
        (["servfail.test", f"--token={TOKEN}"], 2),
    ],
)
def test_the_exit_code_tells_the_verdict(look: Look, lab: Laboratory, words: list[str], code: int) -> None:
    assert look(*words, *lab.options).code == code


@pytest.mark.servers
def test_the_text_names_the_fault_and_what_to_type(look: Look, lab: Laboratory) -> None:
    shown = look("doubled.test", f"--token={TOKEN}", "--text", *lab.options).out

    assert "DNS101" in shown
    assert "Host @, Value MS=ms12345678" in shown
    assert "\x1b" not in shown


@pytest.mark.servers
def test_where_no_terminal_reads_the_answer_is_json_unless_text_is_asked_for(look: Look, lab: Laboratory) -> None:
    piped = look("good.test", f"--token={TOKEN}", *lab.options)

    assert json.loads(piped.out)["verdict"] == "present"
    assert look("good.test", "--text", *lab.options).out.startswith("good.test\n")


@pytest.mark.servers
def test_what_was_taken_from_the_words_is_said_beside_the_answer(look: Look, lab: Laboratory) -> None:
    done = look("anna@good.test", "--token=ms12345678", *lab.options)

    assert [repair["code"] for repair in json.loads(done.out)["repaired"]] == ["email", "token"]
    assert done.err == (
        "look: good.test: The part after the @ of the e-mail address was taken.\n"
        "look: good.test: Read as MS=ms12345678.\n"
    )


@pytest.mark.servers
def test_mere_form_is_no_news(look: Look, lab: Laboratory) -> None:
    done = look("Good.Test.", *lab.options)

    assert done.err == ""
    assert [repair["code"] for repair in json.loads(done.out)["repaired"]] == ["trailing-dot", "capitals"]


@pytest.mark.servers
def test_waiting_ends_when_the_record_was_seen_twice(look: Look, lab: Laboratory) -> None:
    done = look("good.test", f"--token={TOKEN}", "--wait", "--json", *lab.options)

    assert (done.code, json.loads(done.out)["verdict"]) == (0, "present")
    assert done.err.count("Seen everywhere") == 1


@pytest.mark.servers
def test_a_list_takes_the_token_for_lines_without_their_own(look: Look, lab: Laboratory, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"good.test\nother.test MS=ms87654321\nanna@changed.test {TOKEN}\n")

    done = look(f"--batch={tmp_path / 'list'}", f"--token={TOKEN}", *lab.options)

    rows = {row["line"]: row for row in map(json.loads, done.out.splitlines())}
    assert {number: row["subject"]["token"] for number, row in rows.items()} == {1: TOKEN, 2: "MS=ms87654321", 3: TOKEN}
    assert rows[3]["repaired"][0]["code"] == "email"
    assert {rows[1]["verdict"], rows[2]["verdict"]} == {"present"}


@pytest.mark.servers
def test_waiting_for_a_list_looks_twice_at_every_line(look: Look, lab: Laboratory, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"good.test {TOKEN}\nmoved.test\n")
    began = time.monotonic()

    done = look(f"--batch={tmp_path / 'list'}", f"--token={TOKEN}", "--wait", *lab.options)

    assert time.monotonic() - began >= 1  # CONFIRM_AFTER
    assert done.code == 0
    assert [json.loads(row)["verdict"] for row in done.out.splitlines()] == ["present", "present"]


@pytest.mark.servers
def test_a_line_without_a_token_cannot_be_waited_for(look: Look, lab: Laboratory, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"good.test {TOKEN}\nmoved.test\n")

    done = look(f"--batch={tmp_path / 'list'}", "--wait", *lab.options)

    rows = {row["line"]: row for row in map(json.loads, done.out.splitlines())}
    assert (done.code, rows[1]["verdict"], rows[2]["error"]["code"]) == (64, "present", "no-token")
