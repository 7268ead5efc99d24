"""Twenty thousand damaged files, half a million in the storm: read, judged, worded and scripted without a crash."""

from __future__ import annotations

import json
import os
import random
from io import BytesIO

import pytest

from relaycheck.engine.connectors.as_json import audit_json
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.carrying import Target, closing_script, recreate_script, to_relay_sources
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.joining import merge
from relaycheck.engine.connectors.keeping import pack, unpack
from relaycheck.engine.connectors.log_lines import lines_of
from relaycheck.engine.connectors.protocol_log import LogReader
from relaycheck.engine.connectors.reading import read
from relaycheck.engine.connectors.wording import audit_lines, compare_lines, usage_lines
from tests.relaycheck.connectors.logs import log, session
from tests.relaycheck.connectors.organisations import Organisation, account, anonymous, app_relay
from tests.relaycheck.connectors.shapes import SHAPES

PARTS = 8
ORDINARY = 20_000
STORM = int(os.environ.get("CONNECTOR_STORM", "500000"))
RELAY = app_relay(
    own=anonymous("ms-Exch-SMTP-Accept-Any-Recipient") + account("CONTOSO\\svc", "ms-Exch-SMTP-Accept-Any-Recipient")
)
SEEDS = [content for shape in SHAPES for _, content in shape(Organisation("seed", (RELAY,)))]
SEEDS.append(log(session(1, "a@fabrikam.com", refused=("b@fabrikam.com",)), session(2, "c@contoso.com")))
TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"'",
    b",",
    b";",
    b"|",
    b"\\",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"...",
    b"\xe2\x80\xa6",
    b"----",
    b" : ",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
    b"null",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"_xD800_",
    b"<!DOCTYPE a>",
    b"<Obj RefId='0'>",
    b"</Obj>",
    b"&lt;",
    b"&#0;",
    b"0.0.0.0/0",
    b"::/0",
    b"1.2.3.4(0.0.0.255)",
    b"%",
    b"{0}",
    b"{connector}",
    b"S-1-5-7",
    b"System.Object[]",
    b"Identity",
    b"User",
    b"permissions",
    b"#TYPE",
    b"PS C:\\>",
    b"RemoteIPRanges : {",
    b"\xc3\x84",
    b"\xe2\x80\xae",
]


def mutated(chance: random.Random) -> bytes:
    content = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(content) + 1), chance.choice((1, 2, 8, 64, 700))
        act = chance.randrange(6)
        if act == 0:
            content[at : at + length] = b""
        elif act == 1:
            content[at:at] = chance.choice(TOKENS) * chance.choice((1, 1, 2, 50))
        elif act == 2:
            content[at : at + 1] = bytes([chance.randrange(256)])
        elif act == 3:
            content[at:at] = content[at : at + length] * chance.choice((1, 3))
        elif act == 4:
            other = chance.choice(SEEDS)
            begin = chance.randrange(len(other))
            content[at : at + length] = other[begin : begin + length]
        else:
            del content[chance.randrange(len(content) // 2, len(content) + 1) :]
        content = content or bytearray(b"{")
    return bytes(content)


def use_everything(content: bytes) -> None:
    """All that a page or a command does with an upload. Any exception fails the test."""
    export = read([("upload", content)])
    judged = audit(export)
    assert len(json.dumps(audit_json(judged))) > 0
    "\n".join(audit_lines(judged)).encode()
    recreate_script(judged.connectors, Target("NEW")).encode("ascii")
    closing_script(judged.connectors).encode("ascii")
    to_relay_sources(judged.connectors)
    "\n".join(compare_lines(compare(export, export))).encode()
    if len(content) % 8 == 0:
        assert unpack(pack(merge(export, export))).connectors == export.connectors
    reader = LogReader(["contoso.com"])
    reader.feed(lines_of(BytesIO(content)))
    "\n".join(usage_lines(reader.report())).encode()


def run(seed: int, count: int) -> None:
    chance = random.Random(seed)
    for number in range(count):
        content = mutated(chance)
        try:
            use_everything(content)
        except Exception as error:
            raise AssertionError(f"seed {seed}, number {number}: {content!r}") from error


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_files_never_crash_anything(part: int) -> None:
    run(part, ORDINARY // PARTS)


@pytest.mark.storm
@pytest.mark.parametrize("part", range(PARTS))
def test_half_a_million_damaged_files_never_crash_anything(part: int) -> None:
    run(1000 + part, STORM // PARTS)
