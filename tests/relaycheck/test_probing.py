"""Probes against scripted servers on loopback: what was said, and that every wait ends."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest

from relaycheck.engine.address_forms import Attempt, Towards, three_recipients
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Endpoint, Known, ProbeReport, Relaying, Standing, Tls
from relaycheck.engine.reach import Reach, Target
from relaycheck.engine.transcript import Transcript, read_transcript
from relaycheck.probing import probe, probe_forms
from relaycheck.session import Limits, Means
from tests.relaycheck.loopback import certificate, lines, say, server, serving_context, smtp

ATTEMPTS = three_recipients("probe@contoso.test", "user@contoso.test", "x@example.com", "x@example.org")
REFUSING = {"RCPT": "550 5.7.1 Unable to relay", "EHLO": "250-relay.test\n250 SIZE 10485760"}


def means(port: int, **changes: object) -> Means:
    limits = Limits(total=4, connect=2, reply=0.5)
    allowed = Means(Reach.of(["127.0.0.0/8"], [port]), limits=limits, pause=lambda seconds: None)
    return replace(allowed, **changes)  # type: ignore[arg-type]


def run(port: int, attempts: tuple[Attempt, ...] = ATTEMPTS, **changes: object) -> Transcript:
    return probe(Target("127.0.0.1", port), attempts, means(port, **changes))


def report(port: int, **changes: object) -> ProbeReport:
    return judge(run(port, **changes))


def test_b02_refusals_of_external_recipients_are_a_closed_relay() -> None:
    with server(smtp(REFUSING)) as (port, _):
        found = report(port)

    assert found.relaying is Relaying.CLOSED
    assert [tried.towards for tried in found.attempts] == [Towards.OWN, Towards.EXTERNAL, Towards.OUTSIDE]


def test_no_message_is_ever_sent() -> None:
    heard: list[str] = []

    def play(connection: socket.socket) -> None:
        say(connection, "220 relay.test")
        for line in lines(connection):
            heard.append(line)
            say(connection, "221 bye" if line == "QUIT" else "250 ok")

    with server(play) as (port, _):
        run(port)

    verbs = [line.split(" ")[0] for line in heard]
    assert verbs == ["EHLO", *(["MAIL", "RCPT", "RSET"] * 3), "QUIT"]


def test_acceptance_may_be_open_until_somebody_says_whether_the_source_is_listed() -> None:
    with server(smtp({})) as (port, _):
        transcript = run(port)

    assert judge(transcript).relaying is Relaying.MAY_BE_OPEN
    assert judge(transcript, Known(listed=False)).relaying is Relaying.OPEN
    assert judge(transcript, Known(listed=True)).relaying is Relaying.FOR_THIS_SOURCE


def test_putting_off_is_neither_open_nor_closed() -> None:
    with server(smtp({"RCPT": "454 4.7.1 Relay access denied"})) as (port, _):
        found = report(port)

    assert found.relaying is Relaying.INCONCLUSIVE
    assert "RP104" in {finding.code for finding in found.findings}


def test_a_size_limit_below_the_policy_is_told() -> None:
    with server(smtp(REFUSING)) as (port, _):
        transcript = run(port)

    codes = {finding.code for finding in judge(transcript, Known(size_bytes=20 * 1024 * 1024)).findings}
    assert "RP115" in codes


def test_endless_reply_lines_end_after_a_hundred() -> None:
    def play(connection: socket.socket) -> None:
        while True:
            say(connection, "220-more")

    with server(play) as (port, _):
        transcript = run(port)

    assert len(transcript.lines) < 120
    assert judge(transcript).ended == "reply-too-long"


def test_a_line_without_end_is_cut_at_64_kib() -> None:
    def play(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"a" * 65536)

    with server(play) as (port, _):
        transcript = run(port)

    assert judge(transcript).ended == "reply-too-long"
    assert len(str(transcript)) < 2000


def test_a_tarpit_that_drips_bytes_is_left_when_time_is_up() -> None:
    def play(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"2")
            time.sleep(0.02)

    began = time.monotonic()
    with server(play) as (port, _):
        transcript = run(port)

    assert judge(transcript).ended == "timeout"
    assert time.monotonic() - began < 2


def test_a_server_slow_at_every_step_ends_at_the_deadline() -> None:
    def play(connection: socket.socket) -> None:
        say(connection, "220 slow")
        for _ in lines(connection):
            time.sleep(0.15)
            say(connection, "250 ok")

    with server(play) as (port, _):
        found = report(port, limits=Limits(total=0.6, connect=1, reply=0.5))

    assert found.ended == "deadline"


def test_a_silent_server_is_not_reached() -> None:
    with server(lambda connection: time.sleep(3)) as (port, _):
        found = report(port)

    assert found.relaying is Relaying.NOT_TRIED
    assert "RP120" in {finding.code for finding in found.findings}


def test_a_starttls_lie_is_told_and_the_rest_is_asked_in_clear_text() -> None:
    answers = {"EHLO": "250-relay.test\n250 STARTTLS", "STARTTLS": "220 go\nthis is no handshake", "RCPT": "550 no"}
    with server(smtp(answers)) as (port, _):
        found = report(port)

    assert found.tls is Tls.FAILED
    assert found.relaying is Relaying.CLOSED


def test_an_eight_bit_banner_is_shown_escaped() -> None:
    with server(smtp(REFUSING, banner="220 \xff\x1b[31m\x00 hi")) as (port, _):
        found = report(port)

    assert found.greeting == r"220 \xff\x1b[31m\x00 hi"
    assert found.relaying is Relaying.CLOSED


@pytest.mark.parametrize("stage", ["banner", "EHLO", "MAIL", "RCPT"])
def test_a_server_that_hangs_up_early_never_looks_closed(stage: str) -> None:
    with server(smtp({**REFUSING, stage: None}) if stage != "banner" else lambda connection: None) as (port, _):
        found = report(port)

    assert found.relaying in {Relaying.NOT_TRIED, Relaying.INCONCLUSIVE}
    assert found.ended == "closed"


@pytest.mark.parametrize("stage", ["RSET", "QUIT"])
def test_a_server_that_hangs_up_after_its_answers_is_rung_again_and_judged(stage: str) -> None:
    with server(smtp({**REFUSING, stage: None})) as (port, _):
        found = report(port)

    assert len(found.attempts) == 3
    assert found.relaying is Relaying.CLOSED


def test_a_masked_greeting_is_told() -> None:
    with server(smtp(REFUSING, banner="220 *************************")) as (port, _):
        found = report(port)

    assert found.endpoint is Endpoint.MASKED


def test_sign_in_first_is_closed_for_strangers() -> None:
    with server(smtp({"MAIL": "530 5.7.57 Client was not authenticated"})) as (port, _):
        found = report(port)

    assert {tried.standing for tried in found.attempts} == {Standing.SIGN_IN}
    assert found.relaying is Relaying.CLOSED


def test_what_is_no_smtp_is_said_so() -> None:
    with server(lambda connection: say(connection, "HTTP/1.1 400 Bad Request")) as (port, _):
        found = report(port)

    assert found.ended == "not-smtp"


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path, "localhost")


def test_certificate_facts_are_noted_and_an_untrusted_one_is_no_obstacle(pem: Path) -> None:
    def play(connection: socket.socket) -> None:
        say(connection, "220 relay.test")
        file = connection.makefile("rb")
        file.readline()
        say(connection, "250-relay.test", "250 STARTTLS")
        file.readline()
        say(connection, "220 go")
        secured = serving_context(pem).wrap_socket(connection, server_side=True)
        for line in lines(secured):
            say(secured, "550 5.7.1 no" if line.startswith("RCPT") else "250 ok")

    with server(play) as (port, count):
        found = report(port)

    facts = dict(found.tls_facts)
    assert found.tls is Tls.WORKED
    assert facts["certificate-names"] == "localhost"
    assert "self" in facts["certificate-problem"]
    assert found.relaying is Relaying.CLOSED
    assert count[0] == 2


def test_a_certificate_that_verifies_needs_one_connection(pem: Path) -> None:
    def play(connection: socket.socket) -> None:
        say(connection, "220 relay.test")
        file = connection.makefile("rb")
        file.readline()
        say(connection, "250-relay.test", "250 STARTTLS")
        file.readline()
        say(connection, "220 go")
        secured = serving_context(pem).wrap_socket(connection, server_side=True)
        for _ in lines(secured):
            say(secured, "550 5.7.1 no")

    with server(play) as (port, count):
        trust = means(port, trust=lambda: ssl.create_default_context(cafile=str(pem)))
        wanted = replace(trust, resolve=lambda host, seconds: ("127.0.0.1",))
        found = judge(probe(Target("localhost", port), ATTEMPTS, wanted))

    assert "certificate-problem" not in dict(found.tls_facts)
    assert count[0] == 1


def test_each_of_the_sixteen_forms_gets_its_own_connection_and_its_pause() -> None:
    pauses: list[float] = []
    heard: list[tuple[int, int]] = []
    with server(smtp(REFUSING)) as (port, count):
        wanted = means(port, pause=pauses.append, progress=lambda done, of: heard.append((done, of)))
        transcript = probe_forms(Target("127.0.0.1", port), "probe@contoso.test", "x@example.com", wanted)

    assert count[0] == 17
    assert pauses == [2.0] * 16
    assert heard[-1] == (16, 16)
    assert len(judge(transcript).attempts) == 16


def test_the_sixteen_forms_stop_at_will() -> None:
    done: list[int] = []
    with server(smtp(REFUSING)) as (port, count):
        wanted = means(port, progress=lambda n, of: done.append(n), stopped=lambda: len(done) > 3)
        transcript = probe_forms(Target("127.0.0.1", port), "probe@contoso.test", "x@example.com", wanted)

    assert judge(transcript).ended == "stopped"
    assert count[0] < 6


def test_an_accepted_trick_is_told_with_care() -> None:
    def play(connection: socket.socket) -> None:
        say(connection, "220 relay.test")
        for line in lines(connection):
            refused = line.startswith("RCPT") and "%" not in line
            say(connection, "550 5.7.1 no" if refused else "250 ok")

    with server(play) as (port, _):
        transcript = probe_forms(Target("127.0.0.1", port), "probe@contoso.test", "x@example.com", means(port))

    found = judge(transcript, Known(listed=False))
    assert found.relaying is Relaying.MAY_BE_OPEN
    assert "RP103" in {finding.code for finding in found.findings}


def test_our_own_transcript_reads_back_to_the_same_report() -> None:
    with server(smtp({"RCPT": "454 4.7.1 later"})) as (port, _):
        transcript = run(port)

    assert judge(read_transcript(str(transcript))) == judge(transcript)
