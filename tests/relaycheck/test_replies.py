"""What remote servers answer, explained: class, who acts, and the right way off a list."""

from __future__ import annotations

import pytest

from relaycheck.engine.replies import explain
from relaycheck.engine.reply_row import Actor, Class
from relaycheck.engine.reply_table import TABLE

BLOCKED = "550 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using Blocklist 1; To request removal"
LINES: dict[str, tuple[Class, str]] = {
    "550 5.7.606 Access denied, banned sending IP [198.51.100.7]": (Class.BLOCKED, "https://sender.office.com/"),
    "550 5.7.649 Access denied, banned sending IP [198.51.100.7]": (Class.BLOCKED, "https://sender.office.com/"),
    "550 5.7.511 Access denied, banned sender[198.51.100.7]": (Class.BLOCKED, "delist@microsoft.com"),
    BLOCKED: (Class.BLOCKED, "delist@microsoft.com"),
    "550 5.7.1 Service unavailable, Client host [198.51.100.7] blocked using Spamhaus": (
        Class.BLOCKED,
        "https://check.spamhaus.org/",
    ),
    "451 4.7.500 Server busy. Please try again later from [198.51.100.7]. (S77714)": (Class.THROTTLED, ""),
    "451 4.7.651 Access denied, please try again later": (Class.THROTTLED, ""),
    "451 4.7.860 Access denied, please try again later": (Class.THROTTLED, ""),
    "550 5.7.506 Access Denied, Bad HELO": (Class.CONFIGURATION, ""),
    "550 5.7.515 Access denied, sending domain doesn't meet the required authentication level": (
        Class.AUTHENTICATION,
        "",
    ),
    "550 5.7.23 The message was rejected because of Sender Policy Framework violation": (Class.AUTHENTICATION, ""),
    "550 5.7.64 TenantAttribution; Relay Access Denied": (Class.CONNECTOR, ""),
    "550 5.7.68 TenantInboundAttribution; Direct Send not allowed": (Class.CONNECTOR, ""),
    "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM": (Class.CONFIGURATION, ""),
    "550 5.4.1 Recipient address rejected: Access denied": (Class.RECIPIENT, ""),
    "550 5.4.1 Relay Access Denied": (Class.CONFIGURATION, ""),
    "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35": (Class.CONFIGURATION, ""),
    "550 5.7.708 Access denied, traffic not accepted from this IP": (Class.REPUTATION, ""),
    "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains": (Class.REPUTATION, ""),
    "452 4.5.3 Too many recipients": (Class.LIMIT, ""),
    "552 5.3.4 Message size exceeds fixed limit": (Class.LIMIT, ""),
    "550 5.7.1 Unable to relay for x@example.com": (Class.RELAYING, ""),
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain": (Class.RELAYING, ""),
    "454 4.7.1 <x@example.com>: Relay access denied": (Class.RELAYING, ""),
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)": (Class.RELAYING, ""),
    "504 5.5.2 <RELAY01>: Helo command rejected: need fully-qualified hostname": (Class.CONFIGURATION, ""),
    "550 5.1.1 User unknown": (Class.RECIPIENT, ""),
    "421 Too busy": (Class.THROTTLED, ""),
}


@pytest.mark.parametrize("line", LINES)
def test_b11_a_refusal_gets_its_class_and_the_right_way(line: str) -> None:
    kind, where = LINES[line]

    found = explain(line)

    assert found is not None
    assert found.row.kind is kind
    assert not where or found.row.where == where
    assert found.temporary == line.startswith("4")


def test_b11_the_portal_is_not_offered_where_it_does_not_work() -> None:
    for line in (
        "550 5.7.511 banned sender[1.2.3.4]",
        BLOCKED,
        "550 5.7.708 traffic not accepted",
        "550 5.7.1 weren't sent (S3150)",
    ):
        found = explain(line)
        assert found is not None
        assert "sender.office.com" not in found.row.where


def test_the_blocked_address_is_read_from_the_line() -> None:
    found = explain("550 5.7.606 Access denied, banned sending IP [2001:db8::7].")

    assert found is not None
    assert (found.address, found.delisting) == ("2001:db8::7", True)


def test_a_line_from_a_log_is_understood_with_its_plus_signs() -> None:
    assert explain("550+5.7.606+Access+denied,+banned+sending+IP+[198.51.100.7]") == explain(
        "550 5.7.606 Access denied, banned sending IP [198.51.100.7]"
    )


def test_a_code_inside_a_bounce_is_found() -> None:
    found = explain("#< #5.7.606 smtp;550 5.7.606 Access denied, banned sending IP [198.51.100.7]> #SMTP#")

    assert found is not None
    assert found.delisting


@pytest.mark.parametrize(
    "line", ["", "250 2.1.5 Recipient OK", "250 OK unable to relay", "hello", "10.0.0.21", "5.10.20.30"]
)
def test_what_is_no_refusal_is_not_explained(line: str) -> None:
    assert explain(line) is None


def test_every_row_says_who_acts_and_where_it_is_written() -> None:
    assert all(row.source.startswith("https://") and row.meaning and row.action for row in TABLE)
    assert {row.actor for row in TABLE} == set(Actor)


def test_a_delisting_has_its_hours() -> None:
    assert all(row.hours for row in TABLE if row.delisting)
