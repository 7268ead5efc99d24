"""Probes against a real Postfix: closed, open, open by relay_domains, deferring, TLS only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from relaycheck.engine.address_forms import three_recipients
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Endpoint, Known, ProbeReport, Relaying, Standing, Tls
from relaycheck.engine.reach import Reach, Target
from relaycheck.models import ProbeKind
from relaycheck.probing import probe, probe_forms
from relaycheck.relay_probes import ask_probe
from relaycheck.relay_probing import Circumstances, work_off
from relaycheck.session import Means
from tests.relaycheck import rows
from tests.relaycheck.loopback import certificate
from tests.relaycheck.mailhost import folder_for_postfix, free_port, needs_postfix, postfix

pytestmark = [pytest.mark.servers, needs_postfix]
ATTEMPTS = three_recipients("probe@contoso.test", "user@contoso.test", "x@example.com", "x@example.org")
REJECT, NOBODY = "permit_mynetworks,reject_unauth_destination", "192.0.2.1/32"
MAIN = "compatibility_level = 3.6\nmyhostname = relay.contoso.test\nmydestination =\nrelay_domains =\n"

# Which domains are relay domains is decided by this daemon, not by smtpd.
REWRITE_COM = "rewrite-com unix - - n - - trivial-rewrite\n  -o relay_domains=com\n"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with folder_for_postfix() as place:
        yield place


@pytest.fixture(scope="module")
def ports(folder: Path) -> Iterator[dict[str, int]]:
    pem = certificate(folder, "relay.contoso.test")
    closed = {"mynetworks": NOBODY, "smtpd_relay_restrictions": REJECT}
    tls = {"smtpd_tls_security_level": "encrypt", "smtpd_tls_chain_files": str(pem)}
    kinds: dict[str, dict[str, str]] = {
        "closed": closed,
        "open": {"mynetworks": "127.0.0.0/8", "smtpd_relay_restrictions": REJECT},
        "open by relay_domains": {**closed, "relay_domains": "com", "rewrite_service_name": "rewrite-com"},
        "deferring": {"mynetworks": NOBODY, "smtpd_relay_restrictions": "permit_mynetworks,defer_unauth_destination"},
        "tls only": {**closed, **tls},
    }
    numbers = {kind: free_port() for kind in kinds}
    with postfix(folder, MAIN, {numbers[kind]: options for kind, options in kinds.items()}, REWRITE_COM):
        yield numbers


def means(port: int) -> Means:
    return Means(Reach.of(["127.0.0.1/32"], [port]), pause=lambda seconds: None)


def look(port: int) -> ProbeReport:
    known = Known(listed=False, hosted=("contoso.test",))
    return judge(probe(Target("127.0.0.1", port), ATTEMPTS, means(port)), known)


def test_a_closed_relay_is_closed(ports: dict[str, int]) -> None:
    found = look(ports["closed"])

    assert found.relaying is Relaying.CLOSED
    assert found.endpoint is Endpoint.POSTFIX
    assert found.size == 10240000


def test_an_open_relay_is_open(ports: dict[str, int]) -> None:
    found = look(ports["open"])

    assert found.relaying is Relaying.OPEN
    assert found.findings[0].code == "RP101"


def test_com_in_relay_domains_is_an_open_relay_for_com_only(ports: dict[str, int]) -> None:
    found = look(ports["open by relay_domains"])

    assert found.relaying is Relaying.OPEN
    assert [tried.standing for tried in found.attempts][1:] == [Standing.ACCEPTED, Standing.REFUSED]


def test_a_deferring_relay_is_not_called_closed(ports: dict[str, int]) -> None:
    found = look(ports["deferring"])

    assert found.relaying is Relaying.INCONCLUSIVE
    assert "454 4.7.1" in found.attempts[1].reply


def test_a_relay_that_demands_tls_is_asked_inside_tls(ports: dict[str, int]) -> None:
    found = look(ports["tls only"])

    assert found.tls is Tls.WORKED
    assert found.relaying is Relaying.CLOSED
    assert dict(found.tls_facts)["certificate-names"] == "relay.contoso.test"


def test_all_sixteen_forms_are_refused_by_a_closed_relay(ports: dict[str, int]) -> None:
    port = ports["closed"]

    found = judge(probe_forms(Target("127.0.0.1", port), "probe@contoso.test", "x@example.com", means(port)))

    assert len(found.attempts) == 16
    assert found.relaying is Relaying.CLOSED


def test_no_probe_ever_made_a_message(ports: dict[str, int], folder: Path) -> None:
    look(ports["open"])

    log = (folder / "mail.log").read_text()
    assert "disconnect from" in log
    assert "message-id=" not in log
    assert "status=" not in log


@pytest.mark.django_db
def test_a_probe_in_the_row_finds_a_real_relay_open(ports: dict[str, int]) -> None:
    relay = rows.relay(internal_address="127.0.0.1", port=ports["open"])
    ask_probe(relay, ProbeKind.PLAIN, listed=False, by=None, now=timezone.now())
    reach = Reach.of(["127.0.0.1/32"], [ports["open"]])

    done = work_off(Circumstances(timezone.now, lambda work, networks: None, reach))

    assert done is not None
    assert done.report["relaying"] == "open"
    assert "RP101" in rows.page(relay)
