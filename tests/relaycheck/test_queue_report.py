"""What the queue watch posts: read with suspicion, judged by thresholds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.queue_report import Thresholds, lasting, parse_report
from relaycheck.engine.relay_rules import in_words
from relaycheck.engine.relay_rules.queue import judge_report, judge_silence

LIMITS = Thresholds()


def posted(**changes: Any) -> bytes:
    folder = {"count": 0, "oldest_seconds": 0, "found": True}
    report = {"format": "onward-queue/1", "queue": folder, "badmail": folder, "server_state": 2}
    return json.dumps({**report, "service_state": "Running", "logging": 0, **changes}).encode()


def codes(**changes: Any) -> list[str]:
    found = judge_report(parse_report(posted(**changes)), LIMITS)
    assert all(in_words(finding).title for finding in found)
    return [finding.code for finding in found]


def test_b10_a_quiet_queue_is_no_news() -> None:
    assert codes() == []


def test_b10_mail_that_waits_too_long_is_an_alarm() -> None:
    assert codes(queue={"count": 3, "oldest_seconds": 3600, "found": True}) == ["RQ1001"]
    assert codes(queue={"count": 3, "oldest_seconds": 3599, "found": True}) == []


def test_b10_long_queues_and_badmail_are_warnings() -> None:
    assert codes(queue={"count": 100, "oldest_seconds": 1, "found": True}) == ["RQ1002"]
    assert codes(badmail={"count": 100, "oldest_seconds": 9, "found": True}) == ["RQ1003"]


def test_b07_a_stopped_virtual_server_is_an_alarm() -> None:
    assert codes(server_state=4) == ["RS701"]
    assert codes(service_state="Stopped") == ["RS702"]


def test_b13_logging_that_is_still_on_is_told() -> None:
    assert codes(logging=1) == ["RS1301"]


def test_a_folder_that_was_not_found_is_unknown_not_empty() -> None:
    assert codes(queue={"count": 0, "oldest_seconds": 0, "found": False}) == ["RQ1004"]
    assert codes(badmail=None) == ["RQ1004"]


def test_an_hour_of_silence_is_an_alarm() -> None:
    assert [finding.code for finding in judge_silence(3600, LIMITS)] == ["RQ701"]
    assert judge_silence(3599, LIMITS) == ()


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b"{" * 9000, b"x" * 17_000, b"\xff", b'{"format": "onward-queue/2"}']
)
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidUpload):
        parse_report(raw)


def test_odd_numbers_are_bounded() -> None:
    report = parse_report(
        posted(queue={"count": -5, "oldest_seconds": 10**40, "found": True}, server_state="4", logging=[])
    )

    assert (report.queue.count, report.queue.oldest_seconds, report.server_state) == (0, 10**9, 0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (111, "1 min 51 s"), (9_000, "2 h 30 min"), (90_000, "1 d 1 h")],
)
def test_a_span_of_time_has_its_two_largest_units(seconds: int, words: str) -> None:
    assert lasting(seconds) == words
