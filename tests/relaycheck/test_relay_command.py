"""``manage.py relay``: exit codes, JSON, and that nothing is sent where nothing is allowed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from relaycheck.engine.policy import InvalidPolicy, Source
from relaycheck.engine.policy_json import policy_json, read_policy
from relaycheck.engine.relay_rules import judge_configuration
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.upload import read_configuration
from tests.relaycheck.loopback import server, smtp
from tests.relaycheck.make import export, metabase, policy
from tests.relaycheck.test_smtp_log import NCSA

REFUSING = {"RCPT": "550 5.7.1 Unable to relay"}
BANNED = "550 5.7.606 Access denied, banned sending IP [198.51.100.7]"


def run(*args: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("relay", *args, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    except SystemExit as leaving:
        return int(leaving.code or 0), out.getvalue()
    return 0, out.getvalue()


def run_json(*args: str) -> tuple[int, Any]:
    code, text = run(*args, "--json")
    return code, json.loads(text)


def probe(port: int, *args: str) -> tuple[int, str]:
    with override_settings(RELAY_ALLOWED_PORTS=[port]):
        return run("probe", f"127.0.0.1:{port}", "--allow", "127.0.0.0/8", *args)


@pytest.fixture
def uploaded(tmp_path: Path) -> Any:
    def write(content: str | bytes) -> str:
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_a_closed_relay_leaves_with_0() -> None:
    with server(smtp(REFUSING)) as (port, _):
        code, text = probe(port)

    assert code == 0
    assert text.startswith("Refused for this source")


def test_an_accepting_relay_leaves_with_1_unless_the_source_is_listed() -> None:
    with server(smtp({})) as (port, _):
        assert probe(port)[0] == 1
        assert probe(port, "--unlisted")[1].startswith("OPEN")
        assert probe(port, "--listed")[0] == 0


def test_a_relay_that_puts_off_leaves_with_2() -> None:
    with server(smtp({"RCPT": "454 4.7.1 later"})) as (port, _):
        assert probe(port)[0] == 2


def test_nothing_is_dialled_while_nothing_is_allowed() -> None:
    with server(smtp({})) as (port, count):
        code, text = run("probe", f"127.0.0.1:{port}")

    assert (code, count[0]) == (2, 0)
    assert "Nothing was sent" in text


def test_the_broker_s_port_is_never_dialled() -> None:
    with override_settings(RELAY_ALLOWED_PORTS=[6379], REDIS_URL="redis://10.0.0.9:6379"):
        code, text = run("probe", "127.0.0.1:6379", "--allow", "127.0.0.0/8")

    assert code == 2
    assert "Port 6379 is not allowed" in text


def test_the_sixteen_forms_are_a_probe_of_their_own() -> None:
    code, text = run("probe", "10.0.0.5", "--forms")

    assert code == 2
    assert "not-allowed" in text


def test_json_has_a_format_and_the_whole_conversation() -> None:
    with server(smtp(REFUSING)) as (port, _), override_settings(RELAY_ALLOWED_PORTS=[port]):
        code, document = run_json("probe", f"127.0.0.1:{port}", "--allow", "127.0.0.0/8", "--own", "a@contoso.com")

    assert (code, document["format"], document["relaying"]) == (0, "onward-relay/1", "closed")
    assert "C: RCPT TO:<a@contoso.com>" in document["transcript"]


@pytest.mark.parametrize(
    "args",
    [
        ("probe",),
        ("probe", "0x7f.1"),
        ("probe", "relay", "--sender", "a b@c"),
        ("probe", "relay", "--sender", "a@b.test\r\nDATA"),
        ("probe", "relay", "--listed", "--unlisted"),
        ("probe", "relay", "--allow", "10.0.0.1/8"),
        ("probe", "relay", "--bogus"),
        ("judge", "/nonexistent"),
        ("judge", "/"),
        ("judge", __file__, "--policy", "/nonexistent"),
        ("probe", "relay:465"),
        ("log", "/nonexistent"),
        ("log", __file__, "--source", "everybody"),
        ("explain",),
        ("dance",),
        (),
    ],
)
def test_bad_input_leaves_with_64(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    from relaycheck.management.commands.relay import Command
    from relaycheck.management.exits import BAD_INPUT

    with pytest.raises((SystemExit, CommandError)) as leaving:
        command = Command()
        parser = command.create_parser("manage.py", "relay")
        command.execute(**vars(parser.parse_args(list(args))))

    found = leaving.value.returncode if isinstance(leaving.value, CommandError) else leaving.value.code
    assert found == BAD_INPUT


def test_a_refused_network_is_told_how_to_write_one() -> None:
    code, text = run("probe", "relay", "--allow", "everything")

    assert (code, text.endswith("Write for example 10.0.0.0/24.")) == (64, True)


@pytest.mark.parametrize("kind", ["powershell", "swaks"])
def test_the_probe_is_printed_as_a_script_instead(kind: str) -> None:
    code, text = run("probe", "relay01.contoso.com", "--script", kind)

    assert code == 0
    assert "relay01.contoso.com" in text


def test_a_configuration_is_judged(uploaded: Any) -> None:
    code, document = run_json("judge", uploaded(metabase()))

    assert (code, document["kind"]) == (1, "iis")
    assert "RS204" in {finding["code"] for finding in document["findings"]}


def test_a_configuration_without_fault_leaves_with_0(uploaded: Any) -> None:
    assert run("judge", uploaded(export()))[0] == 0


def test_a_configuration_is_judged_by_its_policy_as_on_the_page(uploaded: Any, tmp_path: Path) -> None:
    wanted = policy(sources=(Source("10.0.0.77"),), size_kib=20480)
    (tmp_path / "policy.json").write_text(json.dumps(policy_json(wanted)))

    code, document = run_json("judge", uploaded(export()), "--policy", str(tmp_path / "policy.json"))

    on_the_page = judge_configuration(read_configuration(export()), Told(wanted))
    assert [finding["code"] for finding in document["findings"]] == [finding.code for finding in on_the_page]
    assert {"RS208", "RS209", "RS301"} <= {finding.code for finding in on_the_page}
    assert code == 1


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "{}",
        '{"format": "onward-relay/1", "what": "policy"}',
        '{"format": "onward-relay/1", "what": "policy", "fqdn": 1}',
        '{"format": "onward-relay/1", "what": "policy", "fqdn": "r.contoso.com", "password": "x"}',
        "[" * 100_000,
        json.dumps({**policy_json(policy()), "sources": [{"network": 7}]}),
        json.dumps({**policy_json(policy()), "sources": "10.0.0.1"}),
        json.dumps({**policy_json(policy()), "tlds": [1]}),
        json.dumps({**policy_json(policy()), "external": "no"}),
        json.dumps({**policy_json(policy()), "profile": "by pigeon"}),
    ],
)
def test_a_policy_that_cannot_be_read_is_refused_in_words(written: str) -> None:
    with pytest.raises(InvalidPolicy, match=r"\.$"):
        read_policy(written.encode())


def test_a_policy_comes_back_as_it_went() -> None:
    wanted = policy(tlds=("com", "org"), external=True, sources=(Source("10.0.0.0/24", "IT", "printers"),))

    assert read_policy(json.dumps(policy_json(wanted)).encode()) == wanted


def test_a_pasted_transcript_is_judged_like_a_probe(uploaded: Any) -> None:
    text = "220 relay ESMTP\nEHLO x\n250 relay\nMAIL FROM:<a@b.test>\n250 ok\nRCPT TO:<c@d.test>\n250 ok\n"

    code, document = run_json("judge", uploaded(text), "--unlisted")

    assert (code, document["relaying"]) == (1, "open")


def test_an_archive_is_bad_input(uploaded: Any) -> None:
    assert run("judge", uploaded(b"PK\x03\x04" + b"\x00" * 100))[0] == 64


def test_logs_are_counted(uploaded: Any) -> None:
    code, document = run_json("log", uploaded(NCSA))

    assert (code, document["delivered"]) == (0, 1)
    assert document["senders"][0]["address"] == "10.0.0.21"


def test_who_still_uses_the_relay_is_answered_with_the_list_at_hand(uploaded: Any) -> None:
    code, document = run_json("log", uploaded(NCSA), "--source", "10.0.0.21", "--source", "10.0.0.99")

    assert (code, document["unlisted"], document["silent"]) == (1, ["65.214.43.171"], ["10.0.0.99"])
    assert "never sent: 10.0.0.99" in run("log", uploaded(NCSA), "--source", "10.0.0.99")[1]


def test_b13_refusals_in_a_log_leave_with_1_and_are_explained(uploaded: Any) -> None:
    code, text = run("log", uploaded(NCSA.replace("250+2.6.0+Queued", BANNED.replace(" ", "+"))))

    assert code == 1
    assert "https://sender.office.com/" in text


def test_b11_a_line_is_explained() -> None:
    code, document = run_json("explain", BANNED)

    assert (code, document["delisting"], document["address"]) == (0, True, "198.51.100.7")
    assert run("explain", "hello")[0] == 1
