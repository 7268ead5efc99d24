"""Our own table for RFC 7208 §4 to §7, run over real DNS packets from a loopback server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from demo.nameserver import Fault, Zones, serve
from publicdns.answers import Server
from publicdns.asking import Budget
from publicdns.spf.addresses import Address
from publicdns.spf.evaluate import check_host
from publicdns.spf.result import Result, identity
from publicdns.wire import Wire, WireOptions
from tests.publicdns.spf.conformance import section4, section5, section6, section7
from tests.publicdns.spf.conformance.cases import Case

CASES = (*section4.CASES, *section5.CASES, *section6.CASES, *section7.CASES)
OPTIONS = WireOptions(timeout=0.8, tries=2, per_server=None, overall=None, allowed_networks=("127.0.0.0/8",))
RECEIVER, NOW = "mx.receiver.test", 1_700_000_000.9


def filled(text: str, number: int) -> str:
    return text.replace("$", f"c{number:03}.test").replace("£", f"c{number:03}")


def quoted(value: str) -> str:
    if value.startswith('"'):
        return value
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    return " ".join(f'"{value[at : at + 250]}"' for at in range(0, max(len(value), 1), 250))


def plant(zones: Zones, number: int, zone: tuple[str, ...]) -> None:
    rrsets: dict[tuple[str, str], list[str]] = {}
    for line in zone:
        line = filled(f"$ TXT {line}" if line.startswith("v=spf1") else line, number)
        name, rdtype, value = line.split(" ", 2)
        if value.startswith("!"):
            zones.fault(name, rdtype, Fault(value[1:]))
        else:
            textual = rdtype in ("TXT", "TYPE99")
            rrsets.setdefault((name, rdtype), []).append(quoted(value) if textual else value)
    for (name, rdtype), values in rrsets.items():
        zones.put(name, 60, rdtype, *values)


async def evaluated(wire: Wire, number: int, wanted: Case) -> tuple[int, Result]:
    helo = filled(wanted.helo, number)
    who = identity(filled(wanted.sender, number), helo)
    domain = filled(wanted.domain, number) or who.domain
    ip = Address.parse(wanted.ip)
    lookup = wire.lookup(Budget())
    return number, await check_host(ip, domain, who.sender, helo, lookup, now=NOW, receiver=RECEIVER)


@pytest.fixture(scope="module")
def results() -> Iterator[dict[int, Result]]:
    zones = Zones()
    zones.load(".", "$TTL 60\n@ SOA ns. host. 1 60 60 60 30\n@ NS ns.\n")
    for number, each in enumerate(CASES):
        plant(zones, number, each.zone)
    with serve(zones) as served, Wire([Server("127.0.0.1", served.port, recursive=True)], OPTIONS) as wire:
        jobs = (evaluated(wire, number, each) for number, each in enumerate(CASES))
        yield dict(end.value for end in wire.run(jobs))


@pytest.mark.parametrize(
    ("number", "wanted"),
    [pytest.param(number, each, id=f"{each.section} {each.title}") for number, each in enumerate(CASES)],
)
def test_a_receiver_answers_as_the_rfc_says(results: dict[int, Result], number: int, wanted: Case) -> None:
    result = results[number]

    assert result.code == wanted.result, result.reason
    if wanted.explanation != "":
        assert result.explanation == (wanted.explanation and filled(wanted.explanation, number))
    assert wanted.lookups in (None, result.lookups)
    assert wanted.voids in (None, result.void_lookups)


def test_the_table_covers_every_section_with_at_least_two_hundred_cases() -> None:
    sections = Counter(each.section for each in CASES)

    assert len({(each.section, each.title) for each in CASES}) == len(CASES) >= 200
    assert {f"§4.{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8)} <= sections.keys()
    assert {f"§4.6.{n}" for n in (1, 2, 3, 4)} | {f"§5.{n}" for n in range(1, 8)} <= sections.keys()
    assert {"§6.1", "§6.2", "§7.1", "§7.2", "§7.3", "§7.4"} <= sections.keys()
