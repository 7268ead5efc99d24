"""The command stands alone: exit codes, JSON, and neither database nor broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.relaycheck.connectors.logs import log, session
from tests.relaycheck.connectors.organisations import Conn, Organisation, app_relay, default_connectors
from tests.relaycheck.connectors.shapes import our_json
from tests.relaycheck.connectors.shell import broken

ROOT = Path(__file__).resolve().parents[3]
OPEN = app_relay(name="Apps \x1b[31m")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return written(tmp_path, "old.json", *default_connectors(), OPEN)


def written(folder: Path, name: str, *connectors: Conn) -> Path:
    path = folder / name
    path.write_bytes(our_json(Organisation("one", connectors))[0][1])
    return path


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """manage.py with a database and a broker that are not there, from a folder of its own."""
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, str(ROOT / "manage.py"), "connectors", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=cwd, env=environment, check=False)


def test_audit_finds_the_relay_and_ends_with_1(export: Path, tmp_path: Path) -> None:
    done = run("audit", export, cwd=tmp_path)

    assert done.returncode == 1, done.stderr
    assert "own defaults: 1 of 6 connectors" in done.stdout
    assert "RC103" in done.stdout
    assert "\x1b" not in done.stdout


def test_audit_json_is_versioned(export: Path, tmp_path: Path) -> None:
    document = json.loads(run("audit", export, "--json", cwd=tmp_path).stdout)

    assert (document["format"], document["version"], document["verdict"]) == ("onward.connectors.audit", 1, "present")
    assert [one["identity"] for one in document["connectors"] if one["verdict"] == "present"] == ["EX01\\Apps \x1b[31m"]


def test_audit_without_relays_ends_with_0(tmp_path: Path) -> None:
    assert run("audit", written(tmp_path, "quiet.json", *default_connectors()), cwd=tmp_path).returncode == 0


def test_audit_that_cannot_tell_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("Identity,Enabled,PermissionGroups,RemoteIPRanges\r\nEX01\\A,True,AnonymousUsers,10.0.0.1\r\n")

    assert run("audit", path, cwd=tmp_path).returncode == 2


def test_which_names_the_connector_and_the_reason(export: Path, tmp_path: Path) -> None:
    done = run("which", export, "--ip", "10.0.20.22", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "answers 10.0.20.22 on port 25" in done.stdout
    assert "the most specific range (10.0.20.22)" in done.stdout


def test_which_takes_address_and_port_together(export: Path, tmp_path: Path) -> None:
    document = json.loads(run("which", export, "--ip", "10.0.20.22:587", "--json", cwd=tmp_path).stdout)

    assert (document["port"], document["servers"][0]["answers"]) == (587, "EX01\\Client Frontend EX01")


def test_compare_tells_same_from_different(export: Path, tmp_path: Path) -> None:
    same = run("compare", export, export, cwd=tmp_path)
    other = run("compare", export, written(tmp_path, "new.json", *default_connectors("NEW01")), "--json", cwd=tmp_path)

    assert (same.returncode, other.returncode) == (0, 1)
    assert "Same relays" in same.stdout
    assert [one["kind"] for one in json.loads(other.stdout)["differences"]] == ["missing"]


def test_script_prints_powershell_that_parses(export: Path, tmp_path: Path) -> None:
    made = run("script", export, "--server", "NEW01", cwd=tmp_path)
    closing = run("script", export, "--close", "--only", "Apps \x1b[31m", cwd=tmp_path)

    assert (made.returncode, closing.returncode) == (0, 0)
    assert "New-ReceiveConnector" in made.stdout
    assert "Remove-ADPermission" in closing.stdout
    assert broken(made.stdout) == broken(closing.stdout) == []


def test_log_tells_who_uses_what_and_what_may_go(export: Path, tmp_path: Path) -> None:
    (tmp_path / "recv.log").write_bytes(log(session(1, "a@fabrikam.com", connector=OPEN.identity)))

    done = run("log", tmp_path / "recv.log", "--domain", "contoso.com", "--export", export, "--json", cwd=tmp_path)

    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["usages"][0]["relayed_outside"] is True
    assert [one["connector"] for one in document["advice"]] == [OPEN.identity]


def test_command_prints_what_to_copy(tmp_path: Path) -> None:
    done = run("command", cwd=tmp_path)

    assert done.returncode == 0
    assert "Get-ADPermission -Identity" in done.stdout
    assert "What it misses:" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("audit",),
        ("audit", "--nonsense"),
        ("audit", "/does/not/exist"),
        ("audit", "."),
        ("audit", __file__),
        ("which", "{export}"),
        ("which", "{export}", "--ip", "not-an-address"),
        ("which", "{export}", "--ip", "10.0.0.1", "--port", "99999"),
        ("script", "{export}"),
        ("script", "{export}", "--server", "NEW01", "--only", "no such connector"),
        ("log", "{export}"),
    ],
    ids=lambda arguments: " ".join(arguments)[:40] or "nothing",
)
def test_wrong_options_and_bad_input_end_with_64(arguments: tuple[str, ...], export: Path, tmp_path: Path) -> None:
    done = run(*(one.replace("{export}", str(export)) for one in arguments), cwd=tmp_path)

    assert done.returncode == 64, done.stdout + done.stderr
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("which", "FILE", "--ip", "10.0.0.1", "--port", "abc"), "'abc' is no port. Write a number from 1 to 65535."),
        (("which", "FILE", "--ip", "10.0.0.1", "--port", "0"), "'0' is no port. Write a number from 1 to 65535."),
        (("which", "FILE", "--ip", "10.0.0.1:99999"), "99999 is no port. Write a number from 1 to 65535."),
        (("which", "FILE", "--ip", "here"), "'here' is no IP address. Write for example 10.0.0.25."),
        (("log", "FILE", "--days", "many"), "'many' is no number of days. Write a whole number, such as 90."),
        (("log", "FILE", "--days", "-1"), "'-1' is no number of days. Write a whole number, such as 90."),
    ],
)
def test_a_refusal_says_how_to_mend_it(arguments: tuple[str, ...], sentence: str, export: Path, tmp_path: Path) -> None:
    done = run(*[export if word == "FILE" else word for word in arguments], cwd=tmp_path)

    assert (done.returncode, done.stderr.splitlines()[-1].endswith(sentence)) == (64, True)
