"""Mutated answers all the way to a verdict: nobody's damage or malice makes a record PRESENT that is not there."""

from __future__ import annotations

import os
import random

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype
import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Server
from publicdns.propagation import Stance, stance
from publicdns.wire.reading import read
from tests.publicdns.wire.messages import SEEDS, asked, mutated

SEED = int(os.environ.get("TEST_SEED") or 20261123)
TOKEN = "MS=ms12345678"
SHOWING = [packet for packet, question in SEEDS if question == asked() and TOKEN.encode() in packet]


def shown(packet: bytes) -> Stance:
    """What a name server that sends ``packet`` shows of the token."""
    reading = read(packet, asked(), False)
    server = Server("192.0.2.1", name="ns1.contoso.test")
    answer = Answer(
        Question("contoso.test", "TXT"),
        server,
        reading.outcome,
        reading.reason,
        reading.records,
        reading.aliases,
        reading.authoritative,
        reading.negative_ttl,
    )
    return stance(answer, TOKEN)


def echoes(packet: bytes) -> bool:
    """Whether ``packet`` repeats the question: another is dropped before it is read."""
    end = 12 + len("contoso.test") + 2 + 4
    return packet[12:end] == SHOWING[0][12:end]


def holds_token(packet: bytes) -> bool:
    """Whether dnspython, too, finds the token with authority; the octets decide where it cannot read them."""
    try:
        message = dns.message.from_wire(packet)
    except dns.exception.DNSException:
        return TOKEN.encode() in packet
    names = {dns.name.from_text("contoso.test")}
    names |= {rdata.target for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME for rdata in rrset}
    ours = [rrset for rrset in message.answer if rrset.rdtype == dns.rdatatype.TXT and rrset.name in names]
    texts = [b"".join(rdata.strings) for rrset in ours for rdata in rrset]
    return bool(message.flags & dns.flags.AA) and TOKEN.encode() in texts


def survive(doses: int, seed: int) -> dict[Stance, int]:
    """How often each stance came out of mutated packets that once showed the token."""
    dice = random.Random(seed)
    counts = dict.fromkeys(Stance, 0)
    for _ in range(doses):
        mutant = mutated(dice, dice.choice(SHOWING))
        seen = shown(mutant)
        counts[seen] += 1
        if seen is Stance.PRESENT and echoes(mutant):
            assert holds_token(mutant), mutant.hex()
    return counts


def test_twenty_thousand_mutated_answers_never_make_a_wrong_present() -> None:
    counts = survive(20_000, SEED)

    assert counts[Stance.PRESENT] > 0
    assert counts[Stance.UNKNOWN] > 0


@pytest.mark.storm
def test_a_million_mutated_answers_never_make_a_wrong_present() -> None:
    assert survive(1_000_000, SEED + 1)[Stance.PRESENT] > 0


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason])
@pytest.mark.parametrize("recursive", [True, False])
def test_no_failure_is_ever_evidence(reason: Reason, recursive: bool) -> None:
    server = Server("192.0.2.1", recursive=recursive)
    answer = Answer(
        Question("contoso.test", "TXT"), server, Outcome.FAILED, reason, authoritative=True, negative_ttl=300
    )

    assert stance(answer, TOKEN) in (Stance.UNKNOWN, Stance.LEFT_OUT)
