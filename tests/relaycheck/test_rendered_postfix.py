"""The generated Postfix configuration, loaded by a real Postfix, does what the policy says."""

from __future__ import annotations

import contextlib
import smtplib
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from relaycheck.engine.address_forms import three_recipients
from relaycheck.engine.policy import Hosted
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Known, ProbeReport, Relaying, Standing
from relaycheck.engine.reach import Reach, Target
from relaycheck.engine.relay_rules import judge_configuration
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.renderings.postfix import postfix as rendered
from relaycheck.engine.upload import read_configuration
from relaycheck.probing import probe
from relaycheck.session import Means
from tests.relaycheck.loopback import certificate, serving_context
from tests.relaycheck.mailhost import folder_for_postfix, free_port, needs_postfix, postfix
from tests.relaycheck.make import policy

pytestmark = [pytest.mark.servers, needs_postfix]


@dataclass
class Received:
    """Messages a stand-in took: recipient, and whether TLS was on."""

    messages: list[tuple[str, bool]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.messages.append((envelope.rcpt_tos[0], session.ssl is not None))
        self.arrived.set()
        return "250 kept"


@dataclass
class World:
    """A relay rendered from a policy, the tenant's endpoint, and everybody else's mail exchanger."""

    folder: Path
    listed: int
    hosted: Received
    elsewhere: Received


@contextlib.contextmanager
def stand_in(port: int, pem: Path | None = None) -> Iterator[Received]:
    received = Received()
    tls = {"tls_context": serving_context(pem), "require_starttls": True} if pem else {}
    controller = Controller(received, hostname="127.0.0.1", port=port, **tls)  # type: ignore[arg-type]
    controller.start()
    try:
        yield received
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    ports = [free_port() for _ in range(4)]
    listed, unlisted, endpoint, exchanger = ports
    declared = policy(sources=policy().sources, hosted=(Hosted("contoso.com", "localhost", endpoint),))
    with folder_for_postfix() as folder, contextlib.ExitStack() as stack:
        (folder / "config").mkdir()
        files = rendered(declared, str(folder / "config"))
        for file in files[1:]:
            Path(file.file).write_text(file.text)
        # Loopback stands in for the copier, and one exchanger for all the world: no DNS here.
        stand_ins = f"smtp_fallback_relay = [127.0.0.1]:{exchanger}\nsmtp_dns_support_level = disabled\n"
        pem = certificate(folder, "localhost")
        hosted = stack.enter_context(stand_in(endpoint, pem))
        elsewhere = stack.enter_context(stand_in(exchanger))
        services = {listed: {"mynetworks": "127.0.0.1/32"}, unlisted: {}}
        stack.enter_context(postfix(folder, files[0].text + stand_ins, services))
        yield World(folder, listed, hosted, elsewhere)


def send(world: World, recipient: str, size: int = 100) -> None:
    with smtplib.SMTP("127.0.0.1", world.listed, timeout=20) as relay:
        relay.sendmail("copier@contoso.com", [recipient], b"Subject: scan\r\n\r\n" + b"x\r\n" * (size // 3))


def look(world: World, port: int, listed: bool) -> ProbeReport:
    attempts = three_recipients("copier@contoso.com", "user@contoso.com", "x@example.com", "x@example.org")
    means = Means(Reach.of(["127.0.0.1/32"], [port]))
    return judge(probe(Target("127.0.0.1", port), attempts, means), Known(listed=listed, size_bytes=10485760))


def unlisted_port(world: World) -> int:
    lines = (world.folder / "config" / "master.cf").read_text().splitlines()
    inet = [int(line.split(" ")[0].rpartition(":")[2]) for line in lines if line.startswith("127.0.0.1:")]
    return next(port for port in inet if port != world.listed)


def test_b02_an_allowed_source_relays_and_an_unlisted_one_is_refused_for_good(world: World) -> None:
    assert look(world, world.listed, listed=True).relaying is Relaying.FOR_THIS_SOURCE
    refused = look(world, unlisted_port(world), listed=False)

    assert refused.relaying is Relaying.CLOSED
    assert all(tried.reply.startswith("554 5.7.1") for tried in refused.attempts)
    assert {tried.standing for tried in refused.attempts} == {Standing.REFUSED}


def test_b03_the_size_limit_is_10240_kb(world: World) -> None:
    assert look(world, world.listed, listed=True).size == 10240 * 1024
    with pytest.raises(smtplib.SMTPException) as refusal:
        send(world, "user@contoso.com", 10240 * 1024 + 4096)
    assert "552" in str(refusal.value)


def test_b05_a_hosted_domain_goes_to_the_smart_host_by_tls(world: World) -> None:
    world.hosted.arrived.clear()

    send(world, "user@contoso.com")

    assert world.hosted.arrived.wait(20)
    assert world.hosted.messages[-1] == ("user@contoso.com", True)


def test_b06_other_domains_go_elsewhere_without_needing_tls(world: World) -> None:
    world.elsewhere.arrived.clear()

    send(world, "somebody@example.test")

    assert world.elsewhere.arrived.wait(20)
    assert world.elsewhere.messages[-1] == ("somebody@example.test", False)


def test_what_is_not_wanted_outside_is_refused_where_the_policy_says_so() -> None:
    port = free_port()
    declared = policy(external=False, tlds=())
    with folder_for_postfix() as folder:
        (folder / "config").mkdir()
        files = rendered(declared, str(folder / "config"))
        for file in files[1:]:
            Path(file.file).write_text(file.text)
        with postfix(folder, files[0].text, {port: {"mynetworks": "127.0.0.1/32"}}):
            attempts = three_recipients("copier@contoso.com", "user@contoso.com", "x@example.com")
            means = Means(Reach.of(["127.0.0.1/32"], [port]))
            found = judge(probe(Target("127.0.0.1", port), attempts, means), Known(listed=True))

    assert [tried.standing for tried in found.attempts] == [Standing.ACCEPTED, Standing.REFUSED]


def test_what_postconf_prints_of_it_has_no_findings(tmp_path: Path) -> None:
    files = rendered(policy(), str(tmp_path))
    for file in files:
        Path(file.file).write_text(file.text)
    (tmp_path / "master.cf").write_text("")

    printed = subprocess.run(["postconf", "-c", str(tmp_path), "-n"], capture_output=True, check=True).stdout

    found = judge_configuration(read_configuration(printed), Told(policy()))
    assert [finding.code for finding in found if finding.code.startswith("RX")] == []
