"""The look command's manners: bad words, bad lists, Ctrl-C, readers that leave, and streams that are not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publicdns.calling import ALONE, MANAGE, Look, manage, on_a_terminal, started
from tests.publicdns.laboratory import TOKEN, Laboratory


@pytest.mark.servers
def test_ctrl_c_leaves_what_is_written_and_one_sentence(lab: Laboratory) -> None:
    with started("--batch=-", "--wait", *lab.options) as process:
        process.stdin.write(f"good.test {TOKEN}\nbare.test {TOKEN}\n")
        process.stdin.close()
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=20) == 130
        assert (first["name"], process.stdout.read()) == ("good.test", "")
        assert process.stderr.read() == "look: interrupted. What is written already stands.\n"


@pytest.mark.servers
def test_ctrl_c_ends_waiting_for_one_domain(lab: Laboratory) -> None:
    with started("bare.test", f"--token={TOKEN}", "--wait", *lab.options) as process:
        assert "Wrong: another value" in process.stderr.readline()
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=20) == 130
        assert process.stderr.read() == "look: interrupted. What is written already stands.\n"


@pytest.mark.parametrize("words", [["contoso.com", "--text"], ["contoso.com"], ["--batch=-"]], ids=" ".join)
def test_who_stops_reading_is_no_error(words: list[str]) -> None:
    with started(*words, "--resolver=127.0.0.1:9", "--timeout=0.3") as process:
        process.stdout.close()
        process.stdin.write("contoso.com\nfabrikam.com\n")
        process.stdin.close()

        assert process.wait(timeout=20) == 2
        assert process.stderr.read() == ""


def test_a_full_disk_is_told() -> None:
    command = [sys.executable, MANAGE, "look", "contoso.com", "--resolver=127.0.0.1:9", "--timeout=0.3"]

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, env={**os.environ, **ALONE}, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 2
    assert done.stderr == "look: the answer cannot be written: No space left on device\n"


def test_a_locale_without_arrows_costs_the_arrows_only() -> None:
    with started(
        "contoso.com", "--text", "--resolver=127.0.0.1:9", "--timeout=0.3", PYTHONIOENCODING="ascii"
    ) as process:
        told, complaints = process.communicate(timeout=20)

    assert "\\u2192" in told
    assert (process.returncode, complaints) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["co.uk"],
        ["contoso.com", "--token=hello"],
        ["contoso.com", "--wait"],
        ["contoso.com", "--frobnicate"],
        ["contoso.com", "--timeout=0"],
        ["contoso.com", "--timeout=soon"],
        ["contoso.com", "--timeout=nan"],
        ["contoso.com", "--authoritative-port=abc"],
        ["contoso.com", "--authoritative-port=0"],
        ["contoso.com", "--authoritative-port=²"],
        ["contoso.com", "--allow-network=10.0.0.1/8"],
        ["contoso.com", "--resolver="],
        ["contoso.com", "--json", "--text"],
        ["--batch=list", "--text"],
        ["--batch="],
        ["--batch=/"],
        ["--batch=/dev/null"],
        ["contoso.com", "--authoritative-port=70000"],
        ["contoso.com", "--allow-network=everything"],
        ["contoso.com", "--resolver=http://1.1.1.1"],
        ["contoso.com", "--batch=list"],
        ["--batch=/nowhere/at/all"],
    ],
    ids=" ".join,
)
def test_bad_words_end_with_sixty_four_and_a_sentence(look: Look, words: list[str]) -> None:
    done = look(*words)

    assert done.code == 64
    assert done.err.startswith("look: ")
    assert "invalid literal" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["contoso.com", "--authoritative-port=abc"], "abc is no port. Write a number from 1 to 65535."),
        (["contoso.com", "--timeout=soon"], "soon is no time in seconds. Write a number above 0 and up to 3600."),
        (
            ["contoso.com", "--allow-network=10.0.0.1/8"],
            "10.0.0.1/8 is no network. Write 10.0.0.0/8, or one address alone.",
        ),
        (["contoso.com", "--allow-network=here"], "here is no network. Write for example 10.0.0.0/24."),
        (["--batch=/dev/null"], "/dev/null holds no domain. Write one a line, such as contoso.com."),
        (["--batch=/dev/zero"], "/dev/zero is larger than 64 MB. Split the list."),
        (["--batch=/"], "/ cannot be read: Is a directory"),
    ],
)
def test_a_refusal_says_how_to_mend_it(look: Look, words: list[str], sentence: str) -> None:
    assert look(*words).err.endswith(f"{sentence}\n")


@pytest.mark.parametrize("command", ["look", "spf"])
def test_resolvers_of_the_environment_that_are_none_are_bad_input(command: str) -> None:
    done = manage(command, "contoso.com", DNS_RESOLVERS="1.1.1.1:x")

    assert done.returncode == 64
    assert done.stderr.startswith("Error: DNS_RESOLVERS: '1.1.1.1:x' is no resolver")


def test_a_resolver_given_twice_has_one_vote(look: Look) -> None:
    twice = ["--resolver=127.0.0.1:9", "--resolver=127.0.0.1:9"]

    done = look("contoso.com", *twice, "--timeout=0.3")

    assert len(json.loads(done.out)["resolvers"]) == 1


def test_bad_lines_of_a_list_are_answered_and_the_rest_is_done(look: Look, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"co.uk\n\ncontoso.com\n\x07\n")

    done = look(f"--batch={tmp_path / 'list'}", "--resolver=127.0.0.1:9", "--timeout=1")

    rows = {row["line"]: row for row in map(json.loads, done.out.splitlines())}
    assert done.code == 64
    assert rows[1]["error"]["code"] == "public-suffix"
    assert rows[4]["error"]["code"] == "control"
    assert rows[3]["verdict"] == "unknown"


def test_a_list_that_is_fine_and_cannot_be_asked_for_ends_with_two(look: Look, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("contoso.com MS=ms12345678\n")

    assert look(f"--batch={tmp_path / 'list'}", "--resolver=127.0.0.1:9", "--timeout=1").code == 2


def test_a_list_shows_its_progress_on_a_terminal() -> None:
    shown = on_a_terminal("--batch=-", "--resolver=127.0.0.1:9", "--timeout=0.3", typed="co.uk\n\x04")

    assert f"\r[{'.' * 30}] 0 of 1\r\x1b[K" in shown
    assert shown.endswith(f"\r[{'#' * 30}] 1 of 1\r\n")


def test_on_a_terminal_the_answer_is_text_in_colour_unless_that_is_unwanted() -> None:
    words = ["contoso.com", "--resolver=127.0.0.1:9", "--timeout=0.3"]

    assert "\x1b[35m  UNKNOWN  Not everybody" in on_a_terminal(*words)
    assert "\x1b" not in on_a_terminal(*words, "--no-color")
    assert "\x1b" not in on_a_terminal(*words, NO_COLOR="1")
    assert on_a_terminal(*words, "--json").startswith("{")
