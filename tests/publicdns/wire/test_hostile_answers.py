"""Mutated answers: no crash, no wrong "unchanged", nothing found that the packet does not hold."""

from __future__ import annotations

import os
import random
from typing import Any

import dns.exception
import dns.message
import dns.rdatatype
import pytest

from publicdns.answers import Outcome
from publicdns.wire.closely import read_closely
from publicdns.wire.digests import digest
from publicdns.wire.message import echoes
from publicdns.wire.reading import read
from publicdns.wire.said import Reading
from publicdns.wire.values import plain
from tests.publicdns.wire.messages import SEEDS, asked, mutated

SEED = int(os.environ.get("TEST_SEED") or 20261123)


def essence(reading: Reading) -> tuple[object, ...]:
    """What an unchanged answer must agree in; a moved serial is none of it, and order is none either."""
    records = sorted((record.value, record.ttl, record.owner) for record in reading.records)
    aliases = sorted((record.value, record.ttl, record.owner) for record in reading.aliases)
    return reading.outcome, reading.authoritative, reading.negative_ttl, reading.soa_above, records, aliases


def survive(doses: int, seed: int) -> int:
    """Throw ``doses`` mutated answers at the reader; returns how many were told unchanged."""
    dice = random.Random(seed)
    known = [(packet, question, read(packet, question, False)) for packet, question in SEEDS]
    unchanged = 0
    for _ in range(doses):
        packet, question, truth = dice.choice(known)
        mutant = mutated(dice, packet)
        if not echoes(mutant, question):
            continue
        seen = digest(mutant, question, False)
        reading = read(mutant, question, False)
        if seen and seen == truth.fingerprint[1:]:
            unchanged += 1
            assert essence(reading) == essence(truth), mutant.hex()
        if reading.outcome is Outcome.FOUND:
            assert in_packet(reading, mutant), mutant.hex()
        assert reading.fingerprint[1:] in (b"", seen), mutant.hex()
        for recursive in (False, True):
            assert read(mutant, question, recursive) == read_closely(mutant, question, recursive), mutant.hex()
    return unchanged


def test_of_several_soa_records_the_first_gives_the_serial() -> None:
    rdata = b"\0\0" + bytes(3)
    records = b"".join(b"\xc0\x0c\0\6\0\1\0\0\0\x3c\0\x16" + rdata + bytes([serial]) + bytes(16) for serial in (1, 2))
    question = b"\7contoso\4test\0\0\6\0\1"
    packet = b"\0\0\x84\0\0\1\0\2\0\0\0\0" + question + records

    reading = read(packet, question, False)

    assert (reading.outcome, reading.soa_serial) == (Outcome.FOUND, 1)
    assert reading == read_closely(packet, question, False)


def in_packet(reading: Reading, packet: bytes) -> bool:
    """Whether dnspython finds the same values in the same packet; what it refuses for another reason is left aside."""
    try:
        theirs = dns.message.from_wire(packet)
    except dns.exception.DNSException:
        return True
    spelt = {dnspython_spells(rdata) for rrset in theirs.answer for rdata in rrset}
    return {record.value for record in reading.records} <= spelt


def dnspython_spells(rdata: Any) -> str:
    """A record's canonical value, from a parser that is not ours."""
    match dns.rdatatype.to_text(rdata.rdtype):
        case "TXT":
            return b"".join(rdata.strings).decode("latin-1").replace("\0", "␀")
        case "NS" | "CNAME":
            return plain(rdata.target)
        case "MX":
            return f"{rdata.preference} {plain(rdata.exchange)}"
        case "SRV":
            return f"{rdata.priority} {rdata.weight} {rdata.port} {plain(rdata.target)}"
        case "SOA":
            names = (plain(rdata.mname), plain(rdata.rname))
            return " ".join(map(str, (*names, rdata.serial, rdata.refresh, rdata.retry, rdata.expire, rdata.minimum)))
        case _:
            return str(rdata.to_text())


def test_twenty_thousand_mutated_answers_are_survived() -> None:
    unchanged = survive(20_000, SEED)

    assert (
        0 < unchanged < 5_000
    )  # mutations of what does not count, the id's neighbours and the authority's TTLs among them


@pytest.mark.storm
def test_a_million_mutated_answers_are_survived() -> None:
    assert survive(1_000_000, SEED + 1) > 0


def test_octets_from_nowhere_are_survived() -> None:
    dice = random.Random(SEED)
    question = asked()

    for _ in range(2_000):
        reading = read(
            b"\x12\x34\x84\0\0\1" + dice.randbytes(6) + question + dice.randbytes(dice.randrange(200)), question, False
        )
        assert reading.outcome is not Outcome.FOUND or reading.records
