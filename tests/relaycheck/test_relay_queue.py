"""The queue watch: its endpoint, its alarms, its silence, its reminders."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from notices.models import Notice, Transition
from notices.rendering import mime_of, subject_of
from relaycheck.engine.queue_report import Folder, QueueReport
from relaycheck.models import QueueCount, Relay
from relaycheck.relay_queue import (
    EVERY,
    KEPT,
    TooOften,
    end_watch,
    forget_old,
    new_token,
    remind_of_logging,
    take_report,
    watch_silence,
)
from relaycheck.relays import told
from tests import make
from tests.relaycheck import rows

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=5)
CALM = Folder(0, 0, found=True)


@pytest.fixture
def relay() -> Relay:
    return rows.relay()


def body(**changes: Any) -> str:
    """A report as the script posts it."""
    folder = {"count": 0, "oldest_seconds": 0, "found": True}
    report = {
        "format": "onward-queue/1",
        "queue": folder,
        "badmail": folder,
        "server_state": 2,
        "service_state": "Running",
        "logging": 0,
    }
    return json.dumps({**report, **changes})


def post(secret: str, text: str) -> Any:
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().post("/relays/report/", text, content_type="application/json", headers=headers)


def report(queue: Folder = CALM, **changes: Any) -> QueueReport:
    fields: dict[str, Any] = {"badmail": CALM, "server_state": 2, "service_state": "Running", "logging": False}
    return QueueReport(queue, **{**fields, **changes})


def reported(relay: Relay, *reports: QueueReport, begin: datetime | None = None) -> datetime:
    """Reports five minutes apart; the moment after the last."""
    now = begin or timezone.now()
    for one in reports:
        relay.refresh_from_db()
        take_report(relay, one, now)
        now += MINUTES
    relay.refresh_from_db()
    return now


def kinds(relay: Relay) -> list[str]:
    """What was told, in order."""
    wanted = ["relay-alarm", "relay-well", "relay-silent", "relay-logging"]
    found = Transition.objects.filter(subject_id=relay.public_id, kind__in=wanted)
    return list(found.order_by("at", "pk").values_list("kind", flat=True))


def test_a_report_with_the_token_is_kept(relay: Relay) -> None:
    token = new_token(relay, by=make.user(), now=timezone.now())

    answer = post(token, body(queue={"count": 3, "oldest_seconds": 40, "found": True}))

    assert answer.status_code == 204
    assert (relay.counts.get().queued, relay.counts.get().queued_oldest) == (3, 40)


def test_the_token_is_not_kept_and_a_new_one_ends_the_old(relay: Relay) -> None:
    old = new_token(relay, by=make.user(), now=timezone.now())
    new = new_token(relay, by=make.user(), now=timezone.now())

    assert old not in json.dumps(list(Relay.objects.values()), default=str)
    assert post(old, body()).status_code == 401
    assert post(new, body()).status_code == 204


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 43, "x" * 5000])
def test_a_wrong_token_is_refused(relay: Relay, secret: str) -> None:
    new_token(relay, by=make.user(), now=timezone.now())

    assert post(secret, body()).status_code == 401
    assert not QueueCount.objects.exists()


def test_who_guesses_tokens_has_to_wait(relay: Relay) -> None:
    token = new_token(relay, by=make.user(), now=timezone.now())
    for _ in range(20):
        post("wrong", body())

    answer = post(token, body())

    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"


def test_a_relay_reports_at_most_every_ten_seconds(relay: Relay) -> None:
    token = new_token(relay, by=make.user(), now=timezone.now())

    assert [post(token, body()).status_code for _ in range(2)] == [204, 429]


@pytest.mark.parametrize(("text", "code"), [("x" * 20_000, 413), ("{", 400), ("[]", 400), ('{"format": "other"}', 400)])
def test_what_is_no_report_is_refused(relay: Relay, text: str, code: int) -> None:
    token = new_token(relay, by=make.user(), now=timezone.now())

    assert post(token, text).status_code == code
    assert not QueueCount.objects.exists()


def test_the_token_of_a_removed_relay_is_worth_nothing(relay: Relay) -> None:
    token = new_token(relay, by=make.user(), now=timezone.now())
    Relay.objects.update(removed_at=timezone.now())

    assert post(token, body()).status_code == 401


def test_the_token_is_shown_once_in_a_script(relay: Relay) -> None:
    client = rows.member_client(relay)

    shown = client.post(f"{relay.get_absolute_url()}watch/").content.decode()

    assert "/relays/report/" in shown
    assert "Watch-Queue.ps1" in shown
    assert "$token = " in shown
    relay.refresh_from_db()
    assert relay.watch_digest
    assert "$token" not in client.get(relay.get_absolute_url()).content.decode()


def test_old_mail_in_the_queue_is_an_alarm_told_once(relay: Relay) -> None:
    stuck = report(Folder(7, 7200, found=True))

    reported(relay, stuck, stuck, stuck)

    assert kinds(relay) == ["relay-alarm"]
    assert Notice.objects.filter(transition__kind="relay-alarm").count() == 1
    assert "The oldest mail has waited" in rows.page(relay)


def test_a_virtual_server_that_stays_stopped_after_a_restart_is_an_alarm(relay: Relay) -> None:
    reported(relay, report(server_state=4))

    assert kinds(relay) == ["relay-alarm"]
    assert "stopped" in rows.page(relay)


def test_an_alarm_is_over_when_it_has_stayed_away_for_three_reports(relay: Relay) -> None:
    stuck, fine = report(Folder(7, 7200, found=True)), report()

    reported(relay, stuck, fine, fine, stuck, fine, fine)
    assert kinds(relay) == ["relay-alarm"]
    reported(relay, fine, begin=timezone.now() + timedelta(hours=1))

    assert kinds(relay) == ["relay-alarm", "relay-well"]
    assert relay.alarms == {}


def test_a_folder_that_was_not_found_is_not_an_empty_one(relay: Relay) -> None:
    reported(relay, report(Folder(0, 0, found=False)))

    assert relay.counts.get().queued is None
    assert "was not found" in rows.page(relay)


def test_thresholds_are_the_relay_s_own(relay: Relay) -> None:
    client = rows.member_client(relay)
    typed = {"oldest_seconds": 600, "queued": 5, "badmail": 100, "silent_seconds": 3600, "version": relay.version}
    client.post(f"{relay.get_absolute_url()}watch/limits/", typed)
    relay.refresh_from_db()

    reported(relay, report(Folder(6, 10, found=True)))

    assert kinds(relay) == ["relay-alarm"]


def test_an_hour_of_silence_is_an_alarm_and_the_next_report_ends_it(relay: Relay) -> None:
    now = timezone.now()
    new_token(relay, by=make.user(), now=now)
    after = reported(relay, report(), begin=now)

    assert watch_silence(after) == 0
    assert watch_silence(after + timedelta(hours=1)) == 1
    assert watch_silence(after + timedelta(hours=2)) == 0
    reported(relay, report(), report(), report(), begin=after + timedelta(hours=3))

    assert kinds(relay) == ["relay-silent", "relay-well"]


def test_a_script_that_never_reported_is_silent_too(relay: Relay) -> None:
    now = timezone.now()
    new_token(relay, by=make.user(), now=now)

    assert watch_silence(now + timedelta(minutes=59)) == 0
    assert watch_silence(now + timedelta(minutes=61)) == 1


def test_a_relay_that_is_not_watched_is_not_silent(relay: Relay) -> None:
    now = timezone.now()
    new_token(relay, by=make.user(), now=now)
    end_watch(relay, by=make.user(), now=now)

    assert watch_silence(now + timedelta(days=2)) == 0


def test_logging_that_stays_on_is_reminded_of_once_a_week(relay: Relay) -> None:
    now = timezone.now()
    reported(relay, report(logging=True), begin=now)

    reminders = [remind_of_logging(now + timedelta(days=days)) for days in (6, 7, 8, 13, 14)]

    assert reminders == [0, 1, 0, 0, 1]
    assert Notice.objects.filter(transition__kind="relay-logging").count() == 2


def test_logging_that_was_turned_off_is_not_reminded_of(relay: Relay) -> None:
    now = timezone.now()
    after = reported(relay, report(logging=True), report(), begin=now)

    assert remind_of_logging(after + timedelta(days=30)) == 0


def test_two_reports_at_once_leave_one(relay: Relay) -> None:
    now = timezone.now()
    take_report(relay, report(), now)

    with pytest.raises(TooOften):
        take_report(relay, report(), now + EVERY / 2)

    assert relay.counts.count() == 1


def test_reports_are_forgotten_after_two_weeks(relay: Relay) -> None:
    now = timezone.now()
    reported(relay, report(), begin=now - KEPT - MINUTES)
    reported(relay, report(), begin=now)

    assert forget_old(now) == 1


def test_a_day_of_reports_is_drawn(relay: Relay) -> None:
    now = timezone.now() - timedelta(hours=2)
    new_token(relay, by=make.user(), now=now)
    reported(relay, *(report(Folder(count, 10, found=True)) for count in (1, 50, 20)), begin=now)

    page = rows.page(relay)

    assert '<polyline class="queued" points="' in page
    assert "<dt>Queue</dt><dd>20 files" in page


KINDS = ["relay-alarm", "relay-silent", "relay-well", "relay-flapping", "relay-logging", "delisted"]
FACTS: dict[str, Any] = {"titles": ["Mail <waits>."], "count": 5, "days": 8, "address": "203.0.113.5", "line": "550"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_about_a_relay_can_be_written(relay: Relay, kind: str) -> None:
    change = told(relay, kind, timezone.now(), **FACTS)
    change.save()

    mail = mime_of(make.notice(transition=change), change, timezone.now()).decode()

    assert relay.fqdn in subject_of(change)
    assert f"/relays/{relay.public_id}/" in mail
