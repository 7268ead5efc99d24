"""Logs as uploads: streamed, read by a worker, gone from disk, shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from relaycheck.models import LogReading, ReadingState, Relay
from relaycheck.relay_logs import LEASE, claim_reading, forget_strays, place_of, run_reading, stop_reading
from relaycheck.relay_traffic import devices
from relaycheck.tasks import read_log, watch
from tests.relaycheck import rows

pytestmark = pytest.mark.django_db
HEAD = """#Software: Microsoft Internet Information Services
#Version: 1.0
#Fields: date time c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status cs-bytes
"""
IN = "2026-11-20 08:{m:02} {ip} copier {verb} - {query} {code} {size}\n"


def delivered(ip: str, minute: int = 1, domain: str = "contoso.com") -> str:
    """One message from ``ip``."""
    rows_ = [
        ("EHLO", "+copier", 250, 0),
        ("MAIL", "+FROM:<scan@contoso.com>", 250, 40),
        ("RCPT", f"+TO:<user@{domain}>", 250, 40),
        ("DATA", "-", 250, 90000),
    ]
    return "".join(IN.format(m=minute, ip=ip, verb=v, query=q, code=c, size=s) for v, q, c, s in rows_)


def refused(line: str, ip: str = "192.0.2.25") -> str:
    """What a remote server answered us; outgoing rows have status 0."""
    words = line.replace(" ", "+")
    return f"2026-11-20 08:30:00 {ip} OutboundConnectionResponse - - {words} 0 0\n"


LOG = HEAD + delivered("10.0.0.21") + delivered("10.0.0.99", 2, "example.org")
LOG += refused("550 5.7.606 Access denied, banned sending IP [203.0.113.5]")


def upload(relay: Relay, *texts: str | bytes, client: Client | None = None) -> Any:
    raws = [text.encode() if isinstance(text, str) else text for text in texts or (LOG,)]
    files = [SimpleUploadedFile(f"ex2611{20 - day}.log", raw) for day, raw in enumerate(raws)]
    asking = client or rows.member_client(relay)
    return asking.post(f"{relay.get_absolute_url()}logs/", {"file": files})


def test_a_log_is_read_by_a_worker_and_its_file_goes() -> None:
    relay = rows.relay()
    assert upload(relay).status_code == 302
    reading = relay.readings.get()
    assert [path.read_bytes() for path in place_of(reading).iterdir()] == [LOG.encode()]

    read_log()

    reading.refresh_from_db()
    assert (reading.state, reading.done) == (ReadingState.DONE, len(LOG))
    assert not place_of(reading).exists()


def test_who_still_uses_the_relay() -> None:
    relay = rows.relay(sources="10.0.0.21 copier 3rd floor\n10.0.0.22 old scanner", tlds="com")
    upload(relay)
    read_log()

    body = rows.page(relay)

    assert "never sends" in body
    assert "10.0.0.99" in body
    assert "5.7.606" in body
    assert ".org" in body
    rows_ = rows.member_client(relay).get(f"{relay.get_absolute_url()}export/devices.json").json()["rows"]
    assert [(row["network"], row["listed"], row["messages"]) for row in rows_] == [
        ("10.0.0.21", True, 1),
        ("10.0.0.22", True, 0),
        ("10.0.0.99", False, 1),
    ]


def test_a_sender_belongs_to_every_network_it_lies_in_and_to_its_own_version_of_ip() -> None:
    relay = rows.relay(sources="10.0.0.0/24 floor\n10.0.0.21 copier\n2001:db8::/64 laboratory")
    upload(relay, HEAD + "".join(delivered(ip) for ip in ("10.0.0.0", "10.0.0.21", "10.0.0.255", "10.0.1.0", "::1")))
    read_log()

    found = devices(relay, relay.readings.get())

    assert [(one.network, one.messages, one.listed) for one in found] == [
        ("10.0.0.0/24", 3, True),
        ("10.0.0.21", 1, True),
        ("2001:db8::/64", 0, True),
        ("10.0.1.0", 1, False),
        ("::1", 1, False),
    ]


def test_the_whole_log_has_a_page() -> None:
    relay = rows.relay()
    upload(relay)
    read_log()
    client = rows.member_client(relay)

    body = client.get(f"{relay.get_absolute_url()}logs/{relay.readings.get().public_id}/").content.decode()

    assert "example.org" in body
    assert "Lines" in body


def test_several_days_are_read_as_one_and_a_day_that_came_twice_once() -> None:
    relay = rows.relay()
    upload(relay, HEAD + delivered("10.0.0.21"), LOG, LOG)
    reading = relay.readings.get()

    read_log()

    reading.refresh_from_db()
    assert reading.name == "ex261119.log and 1 more"
    assert [sender["messages"] for sender in reading.report["senders"]] == [2, 1]
    assert "1 file came twice and is read once." in rows.page(relay)


def test_a_reading_is_stopped_and_what_its_worker_finds_is_dropped() -> None:
    relay = rows.relay()
    upload(relay)
    reading = claim_reading(timezone.now())
    assert reading is not None

    rows.member_client(relay).post(f"{relay.get_absolute_url()}logs/{reading.public_id}/stop/")
    assert not place_of(reading).exists()
    run_reading(reading, timezone.now)

    stopped = relay.readings.get()
    assert (stopped.state, stopped.report) == (ReadingState.STOPPED, {})
    assert claim_reading(timezone.now() + LEASE * 2) is None


def test_a_worker_breaks_off_a_log_that_was_stopped_under_its_hands() -> None:
    relay = rows.relay()
    upload(relay, HEAD + delivered("10.0.0.21") * 9000)  # more than one chunk
    reading = claim_reading(timezone.now())
    assert reading is not None
    asked: list[bool] = []

    def stopping() -> Any:
        asked.append(stop_reading(reading, timezone.now()))
        return timezone.now()

    run_reading(reading, stopping, every=0)

    assert asked == [True]
    assert relay.readings.get().state == ReadingState.STOPPED


@pytest.mark.parametrize("raw", [b"PK\x03\x04zip", b"no log at all\n", b"\x00" * 1000, b"\x1f\x8bgz"])
def test_what_is_no_log_is_refused_with_a_sentence_and_deleted(raw: bytes) -> None:
    relay = rows.relay()
    upload(relay, raw)

    read_log()

    reading = relay.readings.get()
    assert reading.state == ReadingState.REFUSED
    assert reading.sentence
    assert not place_of(reading).exists()


def test_a_log_that_is_too_large_is_refused_before_it_is_read(settings: Any) -> None:
    settings.RELAY_LOG_MEGABYTES = 0
    relay = rows.relay()

    answer = upload(relay, b"x" * (2 << 20))

    assert answer.status_code == 413
    assert not relay.readings.exists()


def test_a_stranger_s_upload_is_not_even_parsed() -> None:
    relay = rows.relay()

    assert upload(relay, client=Client()).status_code == 302
    assert upload(relay, client=rows.make.signed_in(rows.make.member())).status_code == 404
    assert not LogReading.objects.exists()


def test_an_upload_without_its_csrf_token_is_refused() -> None:
    relay = rows.relay()
    client = Client(enforce_csrf_checks=True)
    client.force_login(rows.make.member(relay.tenant), backend=rows.make.BACKEND)

    assert upload(relay, client=client).status_code == 403
    assert not LogReading.objects.exists()


def test_only_three_logs_of_one_relay_wait() -> None:
    relay = rows.relay()
    client = rows.member_client(relay)

    codes = [upload(relay, client=client).status_code for _ in range(4)]

    assert codes == [302, 302, 302, 422]


def test_what_a_lost_worker_left_is_read_again_by_another() -> None:
    relay = rows.relay()
    upload(relay)
    now = timezone.now()
    lost = claim_reading(now)
    assert lost is not None
    assert claim_reading(now) is None

    taken = claim_reading(now + LEASE * 2)
    assert taken is not None
    run_reading(taken, timezone.now)
    run_reading(lost, timezone.now)

    reading = relay.readings.get()
    assert reading.state == ReadingState.DONE
    assert reading.report["delivered"] == 0
    assert reading.report["lines"] == 12


def test_files_that_nobody_waits_for_are_removed() -> None:
    relay = rows.relay()
    upload(relay)
    stray = place_of(relay.readings.get()).parent / "stray"
    stray.mkdir()

    forget_strays(timezone.now())
    assert stray.exists()
    forget_strays(timezone.now() + timedelta(hours=2))

    assert not stray.exists()
    assert place_of(relay.readings.get()).exists()


def test_hostile_words_in_a_log_are_shown_escaped() -> None:
    relay = rows.relay()
    hostile = HEAD + delivered("10.0.0.21").replace("+copier", "+<script>alert(1)</script>\x1b[31m")
    upload(relay, hostile + refused("550 5.7.1 <script>alert(2)</script>"))
    read_log()

    body = rows.page(relay)

    assert "<script>alert" not in body
    assert "\x1b" not in body


def test_a_minute_of_watching_with_nothing_to_do_does_nothing() -> None:
    rows.relay()

    watch()
