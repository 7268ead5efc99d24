"""Parsers under broken, shuffled and poisoned input: they answer or refuse in words, and never crash.

20,000 inputs each in the ordinary run, 500,000 each in the storm.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest

from relaycheck.engine.access_list import from_hex
from relaycheck.engine.adsi_export import as_export, parse_export, parse_list
from relaycheck.engine.certificate import certificate_notes
from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.log_report import read_logs
from relaycheck.engine.metabase import parse_metabase
from relaycheck.engine.policy import InvalidPolicy
from relaycheck.engine.policy_json import policy_json, read_policy
from relaycheck.engine.postconf import parse_postconf
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Known
from relaycheck.engine.reach import InvalidTarget, Reach, target
from relaycheck.engine.relay_json import explanation_json, findings_json, log_json, probe_json
from relaycheck.engine.relay_rules import judge_configuration
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.relay_words import log_lines, probe_lines
from relaycheck.engine.renderings.postfix import postfix
from relaycheck.engine.replies import explain
from relaycheck.engine.transcript import InvalidTranscript, read_transcript
from relaycheck.engine.upload import read_configuration
from tests.relaycheck.make import ONE_ADDRESS, export, metabase, policy
from tests.relaycheck.test_smtp_log import IIS, NCSA, W3C

ORDINARY = 20_000
STORM = int(os.environ.get("STORM_INPUTS", "500000"))
TOLD = Told(policy())
REACH = Reach.of(["10.0.0.0/8", "0.0.0.0/0"], [25])
TOKENS = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\n",
        b"\r\n\r\n",
        b'"',
        b"'",
        b"<",
        b">",
        b"]]>",
        b"&#0;",
        b"&amp;",
        b"<!DOCTYPE a>",
        b"{",
        b"}",
        b"[",
    ),
    *(
        b"-1",
        b"4294967296",
        b"1e999",
        b"NaN",
        b"0x",
        b"9" * 400,
        b"%s%n",
        b"${x}",
        b"$$",
        b"\\u0000",
        "٣".encode(),
        "\u2028".encode(),
    ),
    *(
        b"250-",
        b"S: ",
        b"# target",
        b"#Fields:",
        b"OutboundConnectionResponse",
        b"/LM/SmtpSvc/1/Domain/",
        b"255.255.255.255",
        b"::",
    ),
)
TRANSCRIPT = b"""# target relay01.contoso.com 10.0.0.5 25
# local 10.0.0.9
S: 220 relay01.contoso.com Microsoft ESMTP MAIL Service, Version: 10.0
C: EHLO probe
S: 250-relay01.contoso.com Hello [10.0.0.9]
S: 250-SIZE 10485760
S: 250 STARTTLS
C: STARTTLS
S: 220 go
# tls TLSv1.2 ECDHE
# certificate-problem self-signed
# attempt external
C: MAIL FROM:<a@contoso.com>
S: 250 ok
C: RCPT TO:<x@example.com>
S: 550 5.7.1 Unable to relay
C: RSET
S: 250 ok
# ended timeout
"""
SWAKS = b"""=== Trying 10.0.0.5:25...
=== Connected to 10.0.0.5.
<-  220 relay01 ESMTP Postfix
 -> EHLO probe
<-  250-relay01
<-  250 STARTTLS
 -> STARTTLS
<-  220 2.0.0 Ready
=== TLS started with cipher TLSv1.3:TLS_AES_256_GCM_SHA384:256
=== TLS peer DN="/CN=relay01"
 ~> MAIL FROM:<a@contoso.com>
<~  250 2.1.0 Ok
 ~> RCPT TO:<x@example.com>
<~* 554 5.7.1 Relay access denied
 ~> QUIT
<~  221 2.0.0 Bye
"""
LIST = b"Name : SmtpSvc/1\r\nMaxMessageSize : 2097152\r\nRelayIpList : {24, 0, 0, 128}\r\nAuthAnonymous : True\r\n\r\n"
LINES = b"550 5.7.606 Access denied, banned sending IP [1.2.3.4]\n451 4.7.500 Server busy\n250 ok\n"
TARGETS = b"10.0.0.5:25\n[2001:db8::1]:25\nrelay01.contoso.com\n::ffff:10.0.0.1\n127.1\n0x7f.1\nfe80::1%eth0\n"


def mutated(samples: list[bytes], chance: random.Random) -> bytes:
    """One sample with one to six wounds."""
    raw = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(raw) + 1)
        upto = min(len(raw), at + chance.randint(1, 40))
        kind = chance.randrange(6)
        if kind == 0 and raw:
            raw[min(at, len(raw) - 1)] = chance.randrange(256)
        elif kind == 1:
            del raw[at:upto]
        elif kind == 2:
            raw[at:at] = raw[at:upto] * chance.randint(1, 8)
        elif kind == 3:
            raw[at:at] = chance.choice(TOKENS)
        elif kind == 4:
            other = chance.choice(samples)
            cut = chance.randrange(len(other) + 1)
            raw[at:upto] = other[cut : cut + 60]
        else:
            del raw[chance.randrange(len(raw) + 1) :]
    return bytes(raw)


def policies(raw: bytes) -> None:
    """What is read is a whole policy, or refused in words."""
    try:
        found = read_policy(raw)
    except InvalidPolicy:
        return
    assert read_policy(json.dumps(policy_json(found)).encode()) == found


def configuration(raw: bytes, parse: Callable[[bytes], object]) -> None:
    """Parse it, and every eighth time judge it in words as well."""
    try:
        found = parse(raw)
    except InvalidUpload:
        return
    if len(raw) % 8 == 0:
        findings_json(judge_configuration(found, TOLD))  # type: ignore[arg-type]


def with_odd_values(raw: bytes) -> None:
    """The sample export with odd values in place of its own: still JSON, so that all of it is reached."""
    chance = random.Random(raw)
    document = json.loads(export())
    for node in document["nodes"]:
        for name in node["properties"]:
            if chance.random() < 0.2:
                node["properties"][name] = odd(chance, raw)
    found = parse_export(json.dumps(document).encode())
    assert parse_export(json.dumps(as_export(found)).encode()).servers[0].number == "1"
    findings_json(judge_configuration(found, TOLD))


def odd(chance: random.Random, raw: bytes) -> object:
    text = raw[:40].decode("latin-1")
    listed = {"GrantByDefault": chance.choice([True, False, None, text]), "IPGrant": [text, "10.0.0.1, 255.0.0.0"]}
    return chance.choice(
        [None, True, -1, 10**30, 1.5, text, [text, 7], {}, {"a": []}, listed, [0, 255, 256], [24, 0, 0, 128]]
    )


def with_odd_attributes(raw: bytes) -> None:
    """The sample metabase with one value replaced by escaped junk: still XML, so that all of it is reached."""
    chance = random.Random(raw)
    pieces = metabase().split('"')
    pieces[chance.randrange(5, len(pieces) - 1) | 1] = escape(
        re.sub(r"[^\t -~]", "?", raw[:60].decode("latin-1")), {'"': "&quot;"}
    )
    configuration('"'.join(pieces).encode(), parse_metabase)


def transcript(raw: bytes) -> None:
    try:
        found = read_transcript(raw.decode("utf-8", "replace"))
    except InvalidTranscript:
        return
    if len(raw) % 4:
        return
    report = judge(found, Known(listed=False, hosted=("contoso.com",), nat_address="203.0.113.5", outward=True))
    probe_json(report, found)
    assert all(line.isascii() and line.isprintable() for line in probe_lines(report))


def logs(raw: bytes) -> None:
    try:
        report = read_logs([io.BytesIO(raw)], lambda done: None)
    except InvalidUpload:
        return
    if len(raw) % 8:
        return
    log_json(report)
    report.unlisted(policy().sources)
    report.silent(policy().sources)
    assert all(line.isascii() and line.isprintable() for line in log_lines(report))


def reply(raw: bytes) -> None:
    for line in raw.decode("utf-8", "replace").splitlines():
        explanation_json(explain(line))


def targets(raw: bytes) -> None:
    for line in raw.decode("utf-8", "replace").splitlines():
        try:
            found = target(line)
        except InvalidTarget:
            continue
        REACH.refusal(found.host, found.port)
        assert found.host.isascii()


def relay_list(raw: bytes) -> None:
    from_hex(raw.decode("latin-1"))


PARSERS: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "MetaBase.xml": (lambda raw: configuration(raw, parse_metabase), [metabase().encode()]),
    "MetaBase.xml, values": (
        with_odd_attributes,
        [b"4102 | SMTP_SSL", b"0x1006", b"::25:,10.0.0.1:25:", b"{FF16065F}"],
    ),
    "export": (lambda raw: configuration(raw, parse_export), [export()]),
    "export, values": (with_odd_values, [b"10.0.0.1, 255.255.255.0", b"smtp.office365.com", b"*.com", b"4102"]),
    "fl output": (lambda raw: configuration(raw, parse_list), [LIST * 2]),
    "postconf -n": (lambda raw: configuration(raw, parse_postconf), [postfix(policy())[0].text.encode()]),
    "anything": (
        lambda raw: configuration(raw, read_configuration),
        [export()[:600], metabase().encode("utf-16")[:800], LIST, b"myhostname = a\nmynetworks = 10.0.0.1\n"],
    ),
    "transcript": (
        transcript,
        [TRANSCRIPT[:420], SWAKS[:380], TRANSCRIPT[:420].replace(b"S: ", b"").replace(b"C: ", b"")],
    ),
    "logs": (logs, [NCSA.encode()[:900], W3C.encode()[:1400], IIS.encode()]),
    "reply": (reply, [LINES]),
    "target": (targets, [TARGETS]),
    "policy": (policies, [json.dumps(policy_json(policy())).encode()]),
    "relay list": (relay_list, [ONE_ADDRESS.encode()]),
    "certificate": (certificate_notes, [bytes.fromhex("3082010a0282010100") + bytes(range(200))]),
}


SLOW = {"MetaBase.xml, values", "export, values"}  # every input is well-formed, so every rule is reached every time


def bombard(name: str, count: int, seed: str) -> None:
    parse, samples = PARSERS[name]
    chance = random.Random(f"{name} {seed}")
    for number in range(count):
        raw = mutated(samples, chance)
        try:
            parse(raw)
        except Exception as crash:
            raise AssertionError(f"input {number} of seed {seed!r}: {raw!r}") from crash


@pytest.mark.parametrize("name", PARSERS)
def test_twenty_thousand_mutated_inputs_crash_nothing(name: str) -> None:
    bombard(name, ORDINARY // 10 if name in SLOW else ORDINARY, "ordinary")


@pytest.mark.storm
@pytest.mark.parametrize("name", PARSERS)
def test_half_a_million_mutated_inputs_crash_nothing(name: str) -> None:
    bombard(name, STORM // 10 if name in SLOW else STORM, "storm")
