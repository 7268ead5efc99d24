"""Zones made to cost receivers time and questions, over real packets: everything ends soon and asks little."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from demo.nameserver import Fault, Served, Zones, serve
from publicdns.answers import Server
from publicdns.asking import Budget
from publicdns.spf.addresses import Address
from publicdns.spf.evaluate import check_host
from publicdns.spf.report import Report, as_json, examine
from publicdns.spf.result import Code, Limits, Result
from publicdns.spf.shown import lines
from publicdns.wire import Wire, WireOptions
from tests.measuring import least_seconds

SECONDS = 3.0  # granted to one look
OPTIONS = WireOptions(timeout=1.0, tries=2, per_server=None, overall=None, allowed_networks=("127.0.0.0/8",))
IP = Address.parse("203.0.113.9")
Plant = Callable[[Zones], None]


def txt(zones: Zones, name: str, text: str) -> None:
    zones.put(name, 60, "TXT", " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250)))


def include_bomb(zones: Zones) -> None:
    for depth in range(4):
        for wide in range(10):
            inner = " ".join(f"include:i{depth + 1}-{n}.bad.test" for n in range(10))
            txt(zones, f"i{depth}-{wide}.bad.test", f"v=spf1 {inner} -all")
    txt(zones, "bad.test", "v=spf1 " + " ".join(f"include:i0-{n}.bad.test" for n in range(10)) + " -all")


def loop(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 include:a.bad.test -all")
    txt(zones, "a.bad.test", "v=spf1 include:bad.test include:a.bad.test -all")


def ten_thousand_terms(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 " + "a:b.c " * 10_000 + "-all")


def ten_thousand_mistakes(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 " + "a:/%{ " * 10_000)


def thousands_of_ranges(zones: Zones) -> None:
    ranges = (ipaddress.ip_address(0x01010101 + 7 * number) for number in range(4_200))
    txt(zones, "bad.test", f"v=spf1 {' '.join(f'ip4:{each}' for each in ranges)} -all")


def thousands_of_names(zones: Zones) -> None:
    txt(zones, "bad.test", f"v=spf1 {' '.join(f'a:a{number}.test' for number in range(5_000))} -all")


def wide_includes(zones: Zones) -> None:
    for number in range(55):
        ranges = " ".join(f"ip4:10.{number}.{part // 250}.{part % 250}" for part in range(3_300))
        txt(zones, f"w{number}.bad.test", f"v=spf1 {ranges} -all")
    txt(zones, "bad.test", "v=spf1 " + " ".join(f"include:w{number}.bad.test" for number in range(55)) + " -all")


def hundreds_of_records(zones: Zones) -> None:
    zones.put("bad.test", 60, "TXT", *(f'"v=spf1 include:b.bad.test exp={number}.test"' for number in range(900)))
    txt(zones, "b.bad.test", "v=spf1 " + " ".join(f"include:i{number}.bad.test" for number in range(400)) + " -all")


def huge_macros(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 exists:" + "%{s}%{l}.%{i}" * 4_000 + ".bad.test exp=why.bad.test -all")
    txt(zones, "why.bad.test", "%{s} %{L} %{h}" * 4_000)


def alias_chain(zones: Zones) -> None:
    for number in range(100):
        zones.put(f"c{number}.bad.test", 60, "CNAME", f"c{number + 1}.bad.test.")
    txt(zones, "bad.test", "v=spf1 a:c0.bad.test include:c0.bad.test -all")


def alias_loop(zones: Zones) -> None:
    zones.put("x.bad.test", 60, "CNAME", "y.bad.test.")
    zones.put("y.bad.test", 60, "CNAME", "x.bad.test.")
    txt(zones, "bad.test", "v=spf1 a:x.bad.test include:x.bad.test -all")


def tarpit(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 " + " ".join(f"a:s{n}.bad.test" for n in range(10)) + " -all")
    for number in range(10):
        zones.put(f"s{number}.bad.test", 60, "A", "198.51.100.1")
        zones.fault(f"s{number}.bad.test", None, Fault.SLOW, seconds=0.9)


def silence(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 include:s.bad.test mx:s.bad.test -all")
    zones.fault("s.bad.test", None, Fault.DROP)


def mail_hosts_without_end(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 " + " ".join(f"mx:m{n}.bad.test" for n in range(10)) + " -all")
    for number in range(10):
        hosts = [f"{host} h{number}-{host}.bad.test." for host in range(30)]
        zones.put(f"m{number}.bad.test", 60, "MX", *hosts)


def names_without_end(zones: Zones) -> None:
    txt(zones, "bad.test", "v=spf1 ptr exists:%{p}.bad.test exp=%{p}.bad.test -all")
    zones.put("9.113.0.203.in-addr.arpa", 60, "PTR", *(f"p{n}.bad.test." for n in range(60)))


HOSTILE = [
    include_bomb, loop, ten_thousand_terms, ten_thousand_mistakes, thousands_of_ranges, thousands_of_names,
    wide_includes, hundreds_of_records, huge_macros, alias_chain, alias_loop, tarpit, silence, mail_hosts_without_end,
    names_without_end,
]  # fmt: skip


@contextmanager
def served_with(plant: Plant) -> Iterator[tuple[Served, Wire]]:
    zones = Zones()
    zones.load(".", "$TTL 60\n@ SOA ns. host. 1 60 60 60 30\n@ NS ns.\n")
    plant(zones)
    with serve(zones) as served, Wire([Server("127.0.0.1", served.port, recursive=True)], OPTIONS) as wire:
        yield served, wire


def looked_at(plant: Plant) -> tuple[Result, Report, int, float]:
    """An evaluation, a report, the questions the dearer one asked, and the seconds it took."""
    with served_with(plant) as (served, wire):
        begun = time.monotonic()
        lookup = wire.lookup(Budget(deadline=begun + SECONDS))
        sender = "u" * 300 + "@bad.test"
        result = wire.run_one(check_host(IP, "bad.test", sender, "h" * 300, lookup, now=0.0))
        between, asked = time.monotonic(), len(served.log)
        lookup = wire.lookup(Budget(deadline=between + SECONDS))
        report = wire.run_one(examine("bad.test", lookup, now=0.0))
        took = max(between - begun, time.monotonic() - between)
        return result, report, max(asked, len(served.log) - asked), took


@pytest.mark.parametrize("plant", HOSTILE)
def test_a_hostile_zone_is_bounded_in_time_and_questions(plant: Plant) -> None:
    result, report, questions, took = looked_at(plant)

    assert took < SECONDS + 2.0
    assert questions <= 2 * Limits().questions + 20
    assert result.code in (Code.PERMERROR, Code.TEMPERROR, Code.FAIL)
    assert result.reason.isprintable()
    assert len(result.explanation or "") <= Limits().explanation
    assert all(line.isprintable() for line in lines(report))
    assert json.dumps(as_json(report))


@pytest.mark.parametrize("plant", [thousands_of_ranges, thousands_of_names, wide_includes, hundreds_of_records])
def test_however_much_is_published_little_is_computed(plant: Plant) -> None:
    with served_with(plant) as (_, wire):

        def look() -> None:
            lookup = wire.lookup(Budget(deadline=time.monotonic() + SECONDS))
            wire.run_one(check_host(IP, "bad.test", "u@bad.test", "h", lookup, now=0.0))
            wire.run_one(examine("bad.test", lookup, now=0.0))

        assert least_seconds(look, SECONDS) < SECONDS


def test_a_tarpit_is_a_temperror_and_its_findings_are_unknown() -> None:
    result, report, _, _ = looked_at(tarpit)

    assert result.code is Code.TEMPERROR
    assert "granted were used up" in result.reason
    assert report.verdict != "present"


def test_ten_thousand_terms_are_counted_without_being_asked() -> None:
    result, report, questions, _ = looked_at(ten_thousand_terms)

    assert result.code is Code.PERMERROR
    assert report.tree is not None
    assert report.tree.lookups == 10_000
    assert questions < 20
