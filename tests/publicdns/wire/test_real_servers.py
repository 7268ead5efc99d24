"""A real NSD and a real Unbound: plain DNS, DoT and DoH, with our own certificate authority."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from bench.nsd import nsd
from bench.unbound import Recursor, unbound
from publicdns.answers import Answer, Outcome, Reason, Server
from publicdns.wire import gather
from publicdns.wire.resolvers import parse_resolver
from tests import tools
from tests.publicdns.wire.conftest import ZONE, MakeWire, ask

pytestmark = pytest.mark.servers

CLASSES = {"EMPTY": "ns1.contoso.test", "NXDOMAIN": "no.contoso.test", "FOUND": "contoso.test"}


@pytest.fixture(scope="module")
def authority() -> Iterator[Server]:
    """NSD serving the zone."""
    found = tools.need("nsd")
    with nsd({"contoso.test": ZONE}, program=found.path, environment={**os.environ, **found.environment}) as port:
        yield Server("127.0.0.1", port, "ns1.contoso.test")


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority of our own, and beside it a key and a certificate for dns.test and 127.0.0.1."""
    folder = tmp_path_factory.mktemp("ca")
    ca = trustme.CA()
    leaf = ca.issue_cert("dns.test", "127.0.0.1")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    for number, blob in enumerate(leaf.cert_chain_pems):
        blob.write_to_path(folder / "certificate.pem", append=number > 0)
    ca.cert_pem.write_to_path(folder / "ca.pem")
    return folder / "ca.pem"


@pytest.fixture(scope="module")
def recursor(authority: Server, ca_file: Path) -> Iterator[Recursor]:
    """Unbound in front of NSD."""
    found = tools.need("unbound")
    with unbound(
        {"contoso.test": authority.port},
        certificate=ca_file.with_name("certificate.pem"),
        key=ca_file.with_name("key.pem"),
        program=found.path,
        environment={**os.environ, **found.environment},
    ) as where:
        yield where


@pytest.fixture(params=["udp", "tls", "tls by name", "https", "https by name"])
def resolver(request: pytest.FixtureRequest, recursor: Recursor) -> Server:
    """Every way to the same resolver."""
    spellings = {
        "udp": f"127.0.0.1:{recursor.port}",
        "tls": f"tls://127.0.0.1:{recursor.tls_port}",
        "tls by name": f"tls://dns.test@127.0.0.1:{recursor.tls_port}",
        "https": f"https://127.0.0.1:{recursor.https_port}/dns-query",
        "https by name": f"https://dns.test@127.0.0.1:{recursor.https_port}/dns-query",
    }
    return parse_resolver(spellings[request.param])


def test_nsd_answers_as_we_understand_it(make_wire: MakeWire, authority: Server) -> None:
    wire = make_wire(timeout=2.0)

    answers = {outcome: ask(wire, name, "TXT", authority) for outcome, name in CLASSES.items()}

    assert {outcome: answer.outcome.name for outcome, answer in answers.items()} == {name: name for name in CLASSES}
    assert all(answer.authoritative for answer in answers.values())
    assert answers["FOUND"].values == ("MS=ms12345678", "v=spf1 -all")
    assert (answers["EMPTY"].negative_ttl, answers["EMPTY"].soa_serial) == (30, 1)
    assert len(ask(wire, "big.contoso.test", "TXT", authority).records) == 20


def test_a_resolver_answers_whatever_the_way_to_it(make_wire: MakeWire, resolver: Server, ca_file: Path) -> None:
    wire = make_wire(resolver, timeout=3.0, ca_file=str(ca_file))

    answers = {outcome: ask(wire, name, "TXT") for outcome, name in CLASSES.items()}

    assert {outcome: answer.outcome.name for outcome, answer in answers.items()} == {name: name for name in CLASSES}
    assert answers["FOUND"].values == ("MS=ms12345678", "v=spf1 -all")
    assert ask(wire, "www.contoso.test", "TXT").aliases[0].value == "contoso.test"
    assert len(ask(wire, "big.contoso.test", "TXT").records) == 20


def test_a_resolvers_answer_stays_unchanged_while_its_ttl_counts_down(
    make_wire: MakeWire, resolver: Server, ca_file: Path
) -> None:
    wire = make_wire(resolver, timeout=3.0, ca_file=str(ca_file))
    first = ask(wire, "contoso.test", "TXT")

    assert ask(wire, "contoso.test", "TXT", known=first.fingerprint).unchanged


def test_nsd_and_unbound_say_the_same_in_different_octets(
    make_wire: MakeWire, authority: Server, recursor: Recursor
) -> None:
    wire = make_wire(timeout=3.0)
    through = Server("127.0.0.1", recursor.port, recursive=True)

    for rdtype in ("TXT", "MX", "NS", "SOA"):
        direct, cached = (ask(wire, "contoso.test", rdtype, server) for server in (authority, through))
        assert direct.values == cached.values


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_a_certificate_for_another_name_is_could_not_ask(
    scheme: str, make_wire: MakeWire, recursor: Recursor, ca_file: Path
) -> None:
    spelling = {
        "tls": f"tls://other.test@127.0.0.1:{recursor.tls_port}",
        "https": f"https://other.test@127.0.0.1:{recursor.https_port}/dns-query",
    }
    resolver = parse_resolver(spelling[scheme])

    answer = ask(make_wire(resolver, timeout=3.0, ca_file=str(ca_file)), "contoso.test", "TXT")

    assert (answer.outcome, answer.reason) == (Outcome.FAILED, Reason.TLS)
    assert "other.test" in answer.detail


def test_an_authority_nobody_knows_is_could_not_ask(make_wire: MakeWire, resolver: Server) -> None:
    if resolver.tls_name:
        answer = ask(make_wire(resolver, timeout=3.0), "contoso.test", "TXT")

        assert answer.reason is Reason.TLS
        assert answer.detail


def test_a_wrong_certificate_never_falls_back_to_plain_dns(
    make_wire: MakeWire, recursor: Recursor, ca_file: Path
) -> None:
    plain_port = parse_resolver(f"tls://127.0.0.1:{recursor.port}")

    answer = ask(make_wire(plain_port, timeout=1.0, tries=1, ca_file=str(ca_file)), "contoso.test", "TXT")

    assert answer.failed


def test_a_wrong_path_is_told_as_http(make_wire: MakeWire, recursor: Recursor, ca_file: Path) -> None:
    resolver = parse_resolver(f"https://127.0.0.1:{recursor.https_port}/wrong")

    assert ask(make_wire(resolver, timeout=3.0, ca_file=str(ca_file)), "contoso.test", "TXT").reason is Reason.HTTP


def test_many_questions_through_one_tunnel(make_wire: MakeWire, resolver: Server, ca_file: Path) -> None:
    wire = make_wire(resolver, timeout=5.0, ca_file=str(ca_file))

    async def many() -> list[Answer]:
        return await gather(*(wire.lookup()(f"n{number}.contoso.test", "TXT") for number in range(60)))

    assert {(answer.outcome, answer.detail) for answer in wire.run_one(many())} == {(Outcome.NXDOMAIN, "")}


def test_a_missing_ca_file_is_told(make_wire: MakeWire, recursor: Recursor) -> None:
    resolver = replace(parse_resolver(f"tls://127.0.0.1:{recursor.tls_port}"))

    answer = ask(make_wire(resolver, timeout=3.0, ca_file="/nowhere/ca.pem"), "contoso.test", "TXT")

    assert answer.reason is Reason.TLS
    assert "CA file" in answer.detail


@pytest.mark.parametrize("scheme", ["tls://127.0.0.1:1", "https://127.0.0.1:1/dns-query"])
def test_nobody_listening_is_unreachable(scheme: str, make_wire: MakeWire) -> None:
    answer = ask(make_wire(parse_resolver(scheme), timeout=3.0), "contoso.test", "TXT")

    assert answer.reason is Reason.UNREACHABLE
