from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import settings
from demo.play import RHYTHM, Show, environment, main, running

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    with running(tmp_path) as world:
        yield Show(world.player, tmp_path, world.addresses())


def told(show: Show) -> dict[str, Any]:
    text = (show.folder / "world.json").read_text(encoding="utf-8")
    return json.loads(text)["story"]


def test_the_story_waits_for_the_first_page(show: Show) -> None:
    show.beat(1000.0)

    assert (told(show)["started_at"], told(show)["last"]) == (None, None)
    assert told(show)["next"]["at"] is None


def test_the_story_starts_when_the_file_appears(show: Show) -> None:
    (show.folder / "start").touch()
    show.beat(1000.0)

    story = told(show)
    assert (story["started_at"], story["round"], story["last"]) == (1000.0, 1, None)
    assert story["next"]["at"] == 1000.0 + story["next"]["seconds"] <= 1010.0


def test_the_banner_learns_what_happened_and_what_comes(show: Show) -> None:
    (show.folder / "start").touch()
    show.beat(1000.0)
    first = told(show)["next"]
    show.beat(first["at"])

    assert told(show)["last"] == first
    assert told(show)["next"]["at"] > first["at"]


def test_the_story_can_be_played_again(show: Show) -> None:
    (show.folder / "start").touch()
    show.beat(1000.0)
    first = told(show)["next"]
    show.beat(1100.0)
    (show.folder / "again").touch()
    show.beat(1200.0)

    story = told(show)
    assert not (show.folder / "again").exists()
    assert (story["started_at"], story["round"], story["last"]) == (1200.0, 2, None)
    assert story["next"]["sentence"] == first["sentence"]


def test_an_unchanged_story_is_not_written_again(show: Show) -> None:
    show.beat(1000.0)
    (show.folder / "world.json").unlink()
    show.beat(1001.0)

    assert not (show.folder / "world.json").exists()


def test_the_rhythm_is_the_products_own_six_times_faster() -> None:
    world = {"resolvers": ["127.0.0.11:5300"], "authoritative_port": 5301, "smtp": "127.0.0.1:2525", "speed": 6}

    given = environment(world)

    assert {name: getattr(settings, name) for name in RHYTHM} == RHYTHM
    assert (given["CONFIRM_AFTER"], given["RHYTHM_EAGER"]) == ("10", "5")
    assert (given["DNS_RESOLVERS"], given["EMAIL_URL"]) == ("127.0.0.11:5300", "smtp://127.0.0.1:2525")


def test_the_process_says_when_it_is_ready_keeps_mail_and_ends_on_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        world = json.loads((tmp_path / "world.json").read_text(encoding="utf-8"))
        host, _, port = world["smtp"].partition(":")
        with smtplib.SMTP(host, int(port), timeout=5) as client:
            client.sendmail("onward@localhost", ["someone@contoso.example"], b"Subject: Seen\r\n\r\nYes\r\n")
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=10) == 0
    assert ready["environment"] == environment(world)
    assert (tmp_path / "mail" / "1.eml").exists()


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL); sys.stdin.readline()"
    command = [sys.executable, "-c", script, sys.executable, "-m", "demo", "--folder", str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdin
        assert parent.stdout
        ready = parent.stdout.readline()
        parent.stdin.write("\n")
        parent.stdin.close()
        # Its standard output ends only when the orphan, which inherited it, is gone as well.
        rest = parent.stdout.read()

    assert (json.loads(ready)["ready"], rest) == (True, "")


def test_a_missing_loopback_address_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path)], resolving=("192.0.2.11",)) == 1
    assert "sudo ifconfig lo0 alias 192.0.2.11 up" in capsys.readouterr().err
