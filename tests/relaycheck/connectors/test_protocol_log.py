"""Protocol logs: who used which connector, did mail go outside, and may the connector go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from relaycheck.engine.connectors import protocol_log
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.dropping import Advice, Fate, advise
from relaycheck.engine.connectors.log_lines import lines_of
from relaycheck.engine.connectors.protocol_log import LogReader, LogReport
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.logs import HEADER, START, log, long_log, session
from tests.relaycheck.connectors.organisations import Conn, Organisation, app_relay
from tests.relaycheck.connectors.shapes import our_json

NOW = START + timedelta(days=120)


def report(*files: bytes, inside: tuple[str, ...] | None = ("contoso.com",)) -> LogReport:
    reader = LogReader(inside)
    for content in files:
        reader.feed(lines_of(BytesIO(content)))
    return reader.report()


def test_recipient_outside_the_accepted_domains_was_relayed() -> None:
    (usage,) = report(log(session(1, "a@fabrikam.com", "b@contoso.com"))).usages

    assert (usage.connector, usage.address) == ("EX01\\App Relay", "10.0.20.21")
    assert (usage.sessions, usage.outside, usage.inside, usage.relay_sessions) == (1, 1, 1, 1)
    assert usage.relayed is True
    assert usage.domains == ("fabrikam.com",)
    assert usage.last_seen == START


def test_mail_to_accepted_domains_only_is_inside() -> None:
    (usage,) = report(log(session(1, "b@CONTOSO.com")), inside=("contoso.com",)).usages

    assert usage.relayed is False


def test_subdomains_count_as_inside_only_when_the_accepted_domain_says_so() -> None:
    mail = log(session(1, "b@eu.contoso.com"))

    assert report(mail, inside=("contoso.com",)).usages[0].relayed is True
    assert report(mail, inside=("*.contoso.com",)).usages[0].relayed is False


def test_without_accepted_domains_outside_is_unknown() -> None:
    (usage,) = report(log(session(1, "a@fabrikam.com")), inside=None).usages

    assert usage.relayed is None
    assert usage.undecided == 1


def test_refused_recipients_are_no_relaying() -> None:
    (usage,) = report(log(session(1, refused=("a@fabrikam.com",)))).usages

    assert usage.relayed is False
    assert usage.refused == 1


def test_a_probe_that_quits_before_data_relayed_nothing() -> None:
    assert report(log(session(1, "a@fabrikam.com", quits_before_data=True))).usages[0].outside == 0


def test_pipelined_commands_meet_their_replies() -> None:
    rows = session(1, "a@fabrikam.com", "b@fabrikam.com", refused=("c@fabrikam.com",))
    said = [row for row in rows if ",<,RCPT" in row]
    replies = [row for row in rows if ("Recipient OK" in row or "5.7.54" in row)]
    at = rows.index(said[0])
    rest = [row for row in rows[at:] if row not in said and row not in replies]

    (usage,) = report(log(rows[:at] + said + replies + rest)).usages

    assert (usage.outside, usage.refused) == (2, 1)


def test_interleaved_sessions_are_kept_apart() -> None:
    one, other = session(1, "a@fabrikam.com"), session(2, "b@contoso.com", client="10.0.20.22")
    mixed = [row for pair in zip(one, other, strict=True) for row in pair]

    assert [(usage.address, usage.relayed) for usage in report(log(mixed)).usages] == [
        ("10.0.20.21", True),
        ("10.0.20.22", False),
    ]


def test_columns_may_change_in_the_middle_of_a_file() -> None:
    fields = (
        "#Fields: event,data,context,session-id,date-time,connector-id,remote-endpoint,local-endpoint,sequence-number"
    )
    moved = []
    for row in session(2, "a@fabrikam.com"):
        when, connector, number, at, local, remote, event, rest = row.split(",", 7)
        moved.append(f"{event},{rest},{number},{when},{connector},{remote},{local},{at}")

    (usage,) = report(log(session(1, "a@fabrikam.com"), [fields], moved)).usages

    assert (usage.sessions, usage.outside) == (2, 2)


def test_ipv6_clients_are_read() -> None:
    assert report(log(session(1, "a@x.com", client="fd00::20"))).usages[0].address == "fd00::20"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_other_encodings_are_read(encoding: str) -> None:
    content = log(session(1, "a@fabrikam.com")).decode().encode(encoding)

    assert report(content).usages[0].outside == 1


def test_logs_of_another_kind_are_refused() -> None:
    other = log(session(1, "a@fabrikam.com")).replace(b"SMTP Receive Protocol", b"SMTP Send Protocol")
    tracking = (
        b"#Log-type: Message Tracking Log\r\n#Fields: date-time,client-ip\r\n2026-08-01T00:00:00.000Z,10.0.0.1\r\n"
    )

    assert report(other).wrong_kind
    assert report(tracking).usages == ()


def test_endless_lines_are_dropped_and_counted() -> None:
    content = log(session(1, "a@x.com")) + b"x" * 3_000_000 + b"\r\n" + log(session(2, "a@x.com"))

    found = report(content)

    assert found.unreadable == 1
    assert found.usages[0].sessions == 2


def test_more_clients_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol_log, "MAX_SOURCES", 2)

    found = report(log(*(session(n, "a@x.com", client=f"10.0.0.{n}") for n in range(1, 6))))

    assert (len(found.usages), found.forgotten) == (2, 3)


def test_progress_is_told_while_reading_and_at_the_end() -> None:
    told: list[tuple[int, int]] = []
    content = b"".join(long_log(18_000_000))

    for _ in lines_of(BytesIO(content), len(content), lambda done, total: told.append((done, total))):
        pass

    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) == 3
    assert told[-1] == (len(content), len(content))


def test_every_row_of_a_generated_log_is_understood() -> None:
    found = report(b"".join(long_log(2_000_000)))

    assert found.unreadable == 0
    assert sum(usage.sessions for usage in found.usages) == found.rows // 17


# --- together with the audit ------------------------------------------------------------------------------------------


def daily(days: int, connector: str = "EX01\\Other", **given: object) -> list[list[str]]:
    end = NOW - timedelta(hours=2)
    return [
        session(n, "b@contoso.com", connector=connector, when=end - timedelta(days=n), **given) for n in range(days)
    ]  # type: ignore[arg-type]


def advice(relay: Conn, *sessions: list[str]) -> Advice:
    judged = audit(read(our_json(Organisation("one", (relay,)))))
    (found,) = advise(judged, report(log(*sessions)), NOW)
    return found


def test_nobody_for_90_days_is_safe_to_drop() -> None:
    found = advice(app_relay(), *daily(95))

    assert found.fate is Fate.UNUSED
    assert found.safe_to_drop


def test_logs_of_thirty_days_prove_nothing_about_ninety() -> None:
    found = advice(app_relay(), *daily(30))

    assert not found.safe_to_drop
    assert (found.fate, found.reason, found.covered_days) == (Fate.NOT_LOGGED, "gaps", 30)


def test_connector_without_protocol_logging_is_never_safe_to_drop() -> None:
    assert advice(app_relay(logging="None"), *daily(95)).reason == "logging-off"


def test_no_log_of_its_server_is_said() -> None:
    assert advice(app_relay(server="EX02"), *daily(95)).reason == "no-logs"


def test_mail_that_went_outside_means_in_use() -> None:
    found = advice(app_relay(), *daily(95), session(9999, "a@fabrikam.com", when=NOW - timedelta(days=80)))

    assert found.fate is Fate.IN_USE
    assert [usage.address for usage in found.usages] == ["10.0.20.21"]


def test_inside_mail_only_needs_no_relay_right() -> None:
    assert advice(app_relay(), *daily(95), *daily(1, "EX01\\App Relay")).fate is Fate.INSIDE_ONLY


def test_use_before_the_window_does_not_count_but_is_told() -> None:
    old = NOW - timedelta(days=100)

    found = advice(app_relay(), *daily(95), session(9999, "a@fabrikam.com", when=old))

    assert found.safe_to_drop
    assert found.last_seen == old


def test_moments_are_utc() -> None:
    assert report(log(session(1, "a@x.com"))).first == datetime(2026, 8, 1, tzinfo=UTC)
    assert HEADER[2].endswith("SMTP Receive Protocol Log")
