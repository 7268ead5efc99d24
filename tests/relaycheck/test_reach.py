"""No door inwards: whatever a forbidden target is spelled like, not one packet leaves."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator

import pytest

from relaycheck.engine.address_forms import three_recipients
from relaycheck.engine.reach import PUBLIC_MAIL, InvalidTarget, Reach, Target, target, unsuited_as_public
from relaycheck.probing import look_outward, probe
from relaycheck.session import Limits, Means

ALLOWED = Reach.of(["10.20.0.0/16", "0.0.0.0/0", "::/0"], [25, 587], never=[("10.20.0.9", 25)])
NARROW = Reach.of(["10.20.0.0/16"], [25])
WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
packets: list[str] = []
watching: list[bool] = []


def _watch(event: str, args: tuple[object, ...]) -> None:
    if watching and event in WATCHED:
        packets.append(f"{event} {args}")


sys.addaudithook(_watch)  # stays for the life of the process, and is silent outside these tests


@pytest.fixture(autouse=True)
def every_packet() -> Iterator[None]:
    packets.clear()
    watching.append(True)
    yield
    watching.clear()


def v4_spellings(address: str) -> Iterator[str]:
    """One IPv4 address as browsers, inet_aton and translators know it."""
    a, b, c, d = (int(part) for part in address.split("."))
    number = int(ipaddress.IPv4Address(address))
    yield address
    yield f"{address}."
    yield str(number)
    yield hex(number)
    yield oct(number).replace("0o", "0")
    yield f"{a:#x}.{b:#x}.{c:#x}.{d:#x}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"{a}.{b * 65536 + c * 256 + d}"
    yield f"{a}.{b}.{c * 256 + d}"
    yield f"{a:03d}.{b:03d}.{c:03d}.{d:03d}"
    yield f"::ffff:{address}"
    yield f"[::ffff:{a:x}{b:02x}:{c:x}{d:02x}]"
    yield f"::{address}"
    yield f"64:ff9b::{address}"
    yield f"64:ff9b:1::{address}"
    yield f"2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"
    yield f"2001:0:{a:02x}{b:02x}:{c:02x}{d:02x}::1"
    yield f"::ffff:0:{address}"
    yield f"{address}%eth0"
    yield address.replace(".", "。")
    yield "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in address)
    yield f" {address}\t"
    yield f"http://{address}/"
    yield f"user@{address}"
    yield f"{address}\r\nQUIT"
    yield f"{address}\x00.contoso.test"


FORBIDDEN_V4 = (
    "127.0.0.1",
    "0.0.0.0",
    "169.254.169.254",
    "192.0.0.192",
    "127.255.255.254",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "10.20.0.9",
    "0.1.2.3",
)
FORBIDDEN_V6 = (
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "::",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "[::ffff:7f00:1]",
    "::127.0.0.1",
    "2001:db8::1",
)
SPELLINGS = tuple(dict.fromkeys([*(text for address in FORBIDDEN_V4 for text in v4_spellings(address)), *FORBIDDEN_V6]))
NAMES = ("localhost", "localhost.", "LOCALHOST", "ip6-localhost", "metadata.google.internal", "127.0.0.1.nip.io")


def test_the_table_has_three_hundred_spellings() -> None:
    assert len(SPELLINGS) + len(NAMES) >= 300


def try_to_dial(text: str, reach: Reach, addresses: tuple[str, ...] = ()) -> None:
    means = Means(reach, limits=Limits(total=2, connect=1, reply=1), resolve=lambda host, seconds: addresses)
    try:
        wanted = target(text)
    except InvalidTarget:
        return
    probe(wanted, three_recipients("a@b.test", "", "c@d.test"), means)


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_forbidden_address_gets_no_packet_however_it_is_spelled(text: str) -> None:
    try_to_dial(text, ALLOWED)

    assert packets == []


@pytest.mark.parametrize("text", SPELLINGS)
def test_an_address_handed_over_unread_gets_no_packet_either(text: str) -> None:
    means = Means(ALLOWED, resolve=lambda host, seconds: (text,))

    probe(Target("relay.contoso.test", 25), (), means)

    assert packets == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_to_a_forbidden_address_gets_no_packet(name: str) -> None:
    try_to_dial(name, ALLOWED, ("127.0.0.1", "::1", "169.254.169.254"))

    assert packets == []


@pytest.mark.parametrize("text", ["203.0.113.7", "10.21.0.1", "relay.contoso.test", "192.168.0.1"])
def test_an_empty_list_lets_nothing_out_and_asks_no_resolver(text: str) -> None:
    probe(target(text), (), Means(Reach()))

    assert packets == []


@pytest.mark.parametrize("port", [22, 53, 80, 443, 5432, 6379, 26])
def test_a_port_that_is_not_listed_gets_no_packet(port: int) -> None:
    probe(Target("10.20.0.1", port), (), Means(ALLOWED))

    assert packets == []


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd00::1", "127.0.0.1"])
def test_outward_probes_go_to_public_addresses_only(address: str) -> None:
    look_outward("mx.contoso.test", [address], (), Means(PUBLIC_MAIL))

    assert packets == []


def test_a_listed_network_is_reached_and_the_product_itself_is_not() -> None:
    assert NARROW.refusal("10.20.3.4", 25) == ""
    assert ALLOWED.refusal("10.20.0.9", 25) != ""
    assert ALLOWED.refusal("10.20.0.9", 587) == ""


def test_loopback_is_reached_only_when_it_is_listed_itself() -> None:
    assert ALLOWED.refusal("127.0.0.1", 25) != ""
    assert Reach.of(["127.0.0.0/8"], [25]).refusal("127.0.0.1", 25) == ""


def test_a_mapped_address_is_the_address_it_maps() -> None:
    assert NARROW.refusal("::ffff:10.20.3.4", 25) == ""
    assert str(target("[::ffff:10.20.3.4]:587")) == "10.20.3.4:587"


@pytest.mark.parametrize(
    "text", ["relay:", "relay:0", "relay:65536", "relay:２５", "[::1", "[::1]x", "", "a..b", "-a.test", "a b"]
)
def test_what_is_no_target_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidTarget):
        target(text)


@pytest.mark.parametrize(
    "address", ["10.5.3.2", "100.64.1.1", "127.0.0.1", "192.168.0.9", "fd00::1", "169.254.1.1", "x"]
)
def test_b09_an_internal_address_is_no_public_one(address: str) -> None:
    assert unsuited_as_public(address) != ""
