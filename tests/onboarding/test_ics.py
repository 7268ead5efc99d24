from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from onboarding.ics import Event, calendar

STAMP = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def made(summary: str = "Weekend", description: str = "") -> bytes:
    """A calendar with one event that begins at ten in a zone one hour ahead of UTC."""
    starts = datetime(2026, 11, 28, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    return calendar([Event("a@b", starts, starts + timedelta(hours=6), summary, description, "https://x/", 3)], STAMP)


def unfolded(octets: bytes) -> list[str]:
    return octets.replace(b"\r\n ", b"").decode().split("\r\n")


def test_moments_are_in_utc() -> None:
    assert {"DTSTART:20261128T090000Z", "DTEND:20261128T150000Z", "DTSTAMP:20261123T090000Z"} <= set(unfolded(made()))


def test_text_is_escaped_so_that_no_name_can_add_a_line() -> None:
    lines = unfolded(made("a,b;c\\d\r\nATTENDEE:mailto:x@example.org\x00"))

    assert "SUMMARY:a\\,b\\;c\\\\d\\nATTENDEE:mailto:x@example.org" in lines
    assert not [line for line in lines if line.startswith("ATTENDEE")]


def test_no_line_is_longer_than_75_octets_and_no_character_is_cut() -> None:
    octets = made(description="ウッドグローブ.テスト\n" * 30)

    assert max(len(line) for line in octets.split(b"\r\n")) <= 75
    assert all(line.decode() for line in octets.split(b"\r\n") if line)
    assert "DESCRIPTION:" + "ウッドグローブ.テスト\\n" * 30 in unfolded(octets)


def test_every_line_ends_with_cr_and_lf_and_the_object_is_whole() -> None:
    octets = made()

    assert octets.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert octets.endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert octets.count(b"\n") == octets.count(b"\r\n")
