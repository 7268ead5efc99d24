"""``manage.py spf`` against a loopback server: what it prints, and how it ends."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command

from demo.nameserver import Fault, Zones, serve

ROOT = Path(__file__).resolve().parents[3]
ZONE = """\
$TTL 60
@ SOA ns. host. 1 60 60 60 30
@ NS ns.
good.test. TXT "v=spf1 ip4:203.0.113.0/24 include:spf.protection.outlook.com -all"
bare.test. TXT "v=spf1 mx exp=why.bare.test -all"
bare.test. MX 10 mx.bare.test.
mx.bare.test. A 203.0.113.25
why.bare.test. TXT "not from %{i}"
helo.test. TXT "v=spf1 ip4:203.0.113.9 -all"
spf.protection.outlook.com. TXT "v=spf1 ip4:40.92.0.0/15 -all"
slow.test. TXT "v=spf1 -all"
shout.test. TXT "v=spf1 exists:%{S}.shout.test exp=why.shout.test -all"
why.shout.test. TXT "%{S} %{H}"
xn--bcher-kva.test. TXT "v=spf1 exists:%{o}.x.test exists:%{h}.x.test -all"
xn--bcher-kva.test.x.test. A 127.0.0.2
_x.xn--bcher-kva.test. TXT "v=spf1 +all"
"""


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    zones = Zones()
    zones.load(".", ZONE)
    zones.fault("slow.test", None, Fault.DROP)
    zones.fault("broken.test", None, Fault.SERVFAIL)
    with serve(zones) as served:
        yield f"127.0.0.1:{served.port}"


def spf(*arguments: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    printed = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("spf", *arguments, stdout=printed, stderr=printed)
    return int(end.value.code or 0), printed.getvalue()


def batch(resolver: str, text: str, seconds: float = 1.0) -> tuple[int, list[dict[str, object]]]:
    """``--batch -`` as a process of its own, where neither database nor broker can be reached."""
    command = [sys.executable, "manage.py", "spf", "--batch", "-", "--resolver", resolver, "--timeout", str(seconds)]
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"}
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **nowhere},
        check=False,
        timeout=60,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def running(resolver: str) -> Iterator[subprocess.Popen[bytes]]:
    """``--batch -`` on its way, to be talked to."""
    command = [sys.executable, "manage.py", "spf", "--batch", "-", "--resolver", resolver]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe) as started:
        try:
            yield started
        finally:
            started.kill()


def test_a_good_record_ends_with_0_and_shows_its_tree(resolver: str) -> None:
    code, printed = spf("good.test", "--resolver", resolver)

    assert code == 0
    assert "Lookups: 1 of 10" in printed
    assert "[ 1] include:spf.protection.outlook.com  Microsoft 365" in printed


def test_a_record_without_microsoft_ends_with_1_and_shows_what_to_paste(resolver: str) -> None:
    code, printed = spf("bare.test", "--resolver", resolver, "--add", "203.0.113.7")

    assert code == 1
    assert "v=spf1 ip4:203.0.113.7 mx include:spf.protection.outlook.com -all exp=why.bare.test" in printed


def test_a_domain_without_a_record_ends_with_1(resolver: str) -> None:
    assert spf("none.test", "--resolver", resolver)[0] == 1


def test_a_server_that_fails_ends_with_2(resolver: str) -> None:
    code, printed = spf("broken.test", "--resolver", resolver)

    assert code == 2
    assert "could not be asked" in printed


@pytest.mark.parametrize(("ip", "code", "said"), [("203.0.113.25", 0, "mx"), ("192.0.2.1", 1, "-all")])
def test_an_address_is_evaluated_and_decides_how_it_ends(resolver: str, ip: str, code: int, said: str) -> None:
    ended, printed = spf("bare.test", "--resolver", resolver, "--ip", ip, "--json")

    result = json.loads(printed)["result"]
    assert ended == code
    assert result["path"] == [said]


def test_an_address_that_could_not_be_evaluated_ends_with_2(resolver: str) -> None:
    assert spf("broken.test", "--resolver", resolver, "--ip", "192.0.2.1")[0] == 2


def test_a_null_sender_is_judged_by_the_helo_name(resolver: str) -> None:
    arguments = ("--ip", "203.0.113.9", "--sender", "", "--helo", "helo.test", "--json")

    code, printed = spf("bare.test", "--resolver", resolver, *arguments)

    assert code == 0
    assert json.loads(printed)["result"]["result"] == "pass"


def test_json_has_a_version_and_everything_the_page_needs(resolver: str) -> None:
    _, printed = spf("good.test", "--resolver", resolver, "--json")

    report = json.loads(printed)
    assert report["version"] == 1
    assert report["lookups"] == report["tree"]["lookups"] == 1
    assert report["services"][1]["provider"] == "Microsoft 365"
    assert report["findings"][0]["code"] == "spf-microsoft-present"
    assert report["merge"]["refusal"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("contoso",),
        ("not a domain",),
        ("good.test", "--batch", "-"),
        ("--batch", "file"),
        ("good.test", "--ip", "localhost"),
        ("good.test", "--resolver", "127.0.0.1:port"),
        ("good.test", "--timeout", "0"),
        ("good.test", "--timeout", "nan"),
        ("good.test", "--timeout", "soon"),
        ("good.test", "--add", "10.1.2.3"),
        ("good.test", "--cloud", "moon"),
        ("good.test", "--no-such-option"),
        ("good.test", "--sender", "a@good.test"),
        ("good.test", "--helo", "mail.good.test"),
        ("--batch", "-", "--ip", "192.0.2.1"),
        ("--batch", "-", "--add", "203.0.113.7"),
    ],
)
def test_bad_input_ends_with_64(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = spf(*arguments)

    assert code == 64
    assert (printed + capsys.readouterr().err).startswith("spf: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("good.test", "--ip", "here"), "here is no IP address. Write for example 203.0.113.7."),
        (("good.test", "--add", "zz"), "Write ip4:203.0.113.7 or include:spf.example.net."),
        (("good.test", "--timeout", "soon"), "soon is no time in seconds. Write a number above 0 and up to 3600."),
        (("good.test", "--sender", "a@b.test"), "give --ip too, the address it comes from"),
    ],
)
def test_a_refusal_says_how_to_mend_it(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, printed = spf(*arguments)

    assert (printed + capsys.readouterr().err).endswith(f"{sentence}\n")


def test_bad_input_ends_with_64_on_the_command_line_as_well() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "spf", "--nonsense"], capture_output=True, cwd=ROOT, check=False
    )

    assert (done.returncode, done.stdout) == (64, b"")
    assert done.stderr


def test_a_batch_answers_every_line_in_order(resolver: str) -> None:
    asked = [
        {"ip": "192.0.2.1", "sender": "u@slow.test", "helo": "h.test"},
        {"ip": "203.0.113.25", "sender": "u@bare.test", "helo": "h.test"},
        {"ip": "192.0.2.1", "sender": "u@bare.test", "helo": "h.test"},
        {"ip": "203.0.113.9", "sender": "", "helo": "helo.test"},
        {"ip": "2001:db8::1", "sender": "u@none.test", "helo": "h.test"},
    ]

    code, rows = batch(resolver, "".join(json.dumps(line) + "\n" for line in asked))

    assert code == 0
    assert [row["result"] for row in rows] == ["temperror", "pass", "fail", "pass", "none"]
    assert rows[2] == {
        "result": "fail", "explanation": "not from 192.0.2.1", "reason": "-all", "lookups": 1, "void_lookups": 0,
    }  # fmt: skip


def test_a_line_that_is_no_request_is_told_in_its_place_and_ends_with_64(resolver: str) -> None:
    good = json.dumps({"ip": "203.0.113.9", "sender": "u@helo.test", "helo": "h"})
    bad = ["{", "[]", '{"ip": "1.2.3"}', '{"ip": "192.0.2.1", "sender": 1}', "[" * 5000, "x" * 20_000]

    code, rows = batch(resolver, "\n".join([good, *bad, good]))

    assert code == 64
    assert [("result" in row, "error" in row) for row in rows] == [(True, False), *[(False, True)] * 6, (True, False)]


def test_what_no_octets_stand_for_ends_no_batch(resolver: str) -> None:
    lines = [
        {"ip": "192.0.2.1", "sender": "\ud800@shout.test", "helo": "\ud800"},
        {"ip": "203.0.113.9", "sender": "", "helo": "helo.test"},
    ]

    code, rows = batch(resolver, "\n".join(map(json.dumps, lines)))

    assert (code, [row["result"] for row in rows]) == (0, ["fail", "pass"])


def test_an_internationalized_sender_is_judged_and_expanded_with_a_labels(resolver: str) -> None:
    senders = ["a@bücher.test", "a@bücher.test.", "a@_x.bücher.test", "a" * 600 + "@bücher.test"]
    lines = [{"ip": "192.0.2.1", "sender": sender, "helo": "h.test"} for sender in senders]

    _, rows = batch(resolver, "\n".join(map(json.dumps, lines)))

    assert [row["result"] for row in rows] == ["pass"] * 4


def test_the_section_of_a_reason_is_readable(resolver: str) -> None:
    _, rows = batch(resolver, json.dumps({"ip": "192.0.2.1", "sender": "a@b", "helo": "h.test"}))

    assert "(RFC 7208 §4.3)" in str(rows[0]["reason"])


def test_a_batch_that_waits_for_its_input_rests(resolver: str) -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with running(resolver) as command:
        time.sleep(3.0)
        command.communicate(timeout=10)

    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used < 2.0


def test_a_batch_without_standard_input_is_bad_input(resolver: str) -> None:
    command = f"{sys.executable} manage.py spf --batch - --resolver {resolver} <&-"

    assert (
        subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False, timeout=20).returncode == 64
    )


def test_a_batch_whose_answers_nobody_reads_ends_quietly_with_2(resolver: str) -> None:
    line = json.dumps({"ip": "203.0.113.9", "sender": "", "helo": "helo.test"}) + "\n"
    with running(resolver) as command:
        assert command.stdout is not None
        command.stdout.close()
        command.stdout = None
        _, told = command.communicate((line * 5_000).encode(), timeout=30)

    assert (command.returncode, told) == (2, b"")


def test_an_addition_that_leads_nowhere_ends_with_1(resolver: str) -> None:
    code, printed = spf("good.test", "--add", "include:nope.test", "--resolver", resolver)

    assert code == 1
    assert "No record to paste: include:nope.test cannot be added" in printed


def test_a_batch_in_which_nothing_could_be_asked_ends_with_2(resolver: str) -> None:
    line = json.dumps({"ip": "203.0.113.9", "sender": "u@broken.test", "helo": "h"})

    assert batch(resolver, line)[0] == 2


def test_a_batch_answers_before_its_input_ends(resolver: str) -> None:
    command = [sys.executable, "manage.py", "spf", "--batch", "-", "--resolver", resolver]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"ip": "203.0.113.9", "sender": "u@helo.test", "helo": "h"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"] == "pass"
