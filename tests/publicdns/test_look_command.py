"""The look command as a program of its own: against real servers, and with every kind of bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from onboarding.management.commands.look import Command
from tests.publicdns.laboratory import TOKEN, ZONES, Broken, Laboratory, laboratory

MANAGE = str(Path(__file__).parents[2] / "manage.py")
ALONE = {  # the product's own settings, short patience, no caps on loopback, and nothing else to be reached
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DNS_TIMEOUT_SECONDS": "0.5",
    "DNS_PER_SERVER": "0",
    "DNS_OVERALL": "0",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
Look = Callable[..., SimpleNamespace]


@pytest.fixture
def look(settings: Any, capsys: pytest.CaptureFixture[str]) -> Look:
    """Runs the command with these words; gives its exit code and what it wrote."""
    settings.DNS_PER_SERVER = settings.DNS_OVERALL = 0
    settings.CONFIRM_AFTER = 1

    def run(*words: str) -> SimpleNamespace:
        with pytest.raises(SystemExit) as ended:
            Command().run_from_argv(["manage.py", "look", *words])
        told = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code, out=told.out, err=told.err)

    return run


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """The laboratory, with its servers running."""
    with laboratory(tmp_path_factory.mktemp("laboratory")) as running:
        yield running


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
    shown = look("doubled.test", f"--token={TOKEN}", *lab.options).out

    assert "DNS101" in shown
    assert "Host @, Value MS=ms12345678" in shown
    assert "\x1b" not in shown


@pytest.mark.servers
def test_waiting_ends_when_the_record_was_seen_twice(look: Look, lab: Laboratory) -> None:
    done = look("good.test", f"--token={TOKEN}", "--wait", "--json", *lab.options)

    assert (done.code, json.loads(done.out)["verdict"]) == (0, "present")
    assert done.err.count("Seen everywhere") == 1


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


def test_bad_lines_of_a_list_are_answered_and_the_rest_is_done(look: Look, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"co.uk\n\ncontoso.com\n\x00\n")

    done = look(f"--batch={tmp_path / 'list'}", "--resolver=127.0.0.1:9", "--timeout=1")

    rows = {row["line"]: row for row in map(json.loads, done.out.splitlines())}
    assert done.code == 64
    assert rows[1]["error"]["code"] == "public-suffix"
    assert rows[4]["error"]["code"] == "control"
    assert rows[3]["verdict"] == "unknown"


def test_a_list_that_is_fine_and_cannot_be_asked_for_ends_with_two(look: Look, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("contoso.com MS=ms12345678\n")

    assert look(f"--batch={tmp_path / 'list'}", "--resolver=127.0.0.1:9", "--timeout=1").code == 2
