"""Whether it lives, whether it works, and what the operator is told when it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config import backup
from config.banners import banners_for
from notices import sending
from notices.models import Sending
from onboarding.models import SweeperSlot
from publicdns.answers import Verdict
from tenants.models import User
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.NOW
LONG_AGO = NOW - timedelta(hours=1)


@pytest.fixture
def operator() -> User:
    return make.user(operator=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def swept(at: Any) -> None:
    SweeperSlot.objects.create(number=1, ended_at=at)


def codes(user: User, at: Any = NOW) -> set[str]:
    return {banner.code for banner in banners_for(user, at)}


def test_alive_needs_nothing(client: Client) -> None:
    assert client.get("/healthz").json() == {"alive": True}


def test_ready_is_200_when_everything_works(client: Client, broker: str) -> None:
    swept(timezone.now())
    Sending.objects.update_or_create(pk=1, defaults={"last_run_at": timezone.now()})

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert set(answer.json()["parts"]) == {"database", "broker", "sweeps", "notices"}


def test_ready_is_503_and_names_the_part_that_stands_still(client: Client, broker: str) -> None:
    swept(timezone.now() - timedelta(hours=2))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"]["good"] is True
    assert answer.json()["parts"]["sweeps"]["good"] is False
    assert answer.json()["parts"]["sweeps"]["age_seconds"] == 7200


def test_ready_without_a_broker_says_so_within_a_second_and_shows_no_address(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"]["good"] is False
    assert "secret" not in answer.content.decode()
    assert "127.0.0.1" not in answer.content.decode()


def test_the_page_is_the_operators_alone(client: Client, operator: User) -> None:
    assert client.get("/operator/health/").status_code == 302
    assert signed_in(make.member()).get("/operator/health/").status_code == 404
    assert signed_in(operator).get("/operator/health/").status_code == 200


def test_the_page_shows_versions_and_copies(operator: User, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    (backup.folder() / "nightly-20261123-030000.sqlite3").write_bytes(b"x" * 2048)

    shown = signed_in(operator).get("/operator/health/").content.decode()

    assert settings.VERSION in shown
    assert "dnspython" in shown
    assert ("nightly-20261123-030000.sqlite3" in shown) == backup.possible()


def test_sweeps_that_stand_still_are_told_to_everybody(operator: User) -> None:
    swept(LONG_AGO)

    assert "sweeps-late" in codes(operator)
    (told,) = banners_for(make.member(), NOW)
    assert "for 1\xa0hour:" in told.sentence
    assert (told.code, told.link) == ("sweeps-late", "")


def test_sweeps_that_never_began_are_told_once_a_domain_has_waited(operator: User) -> None:
    assert "sweeps-late" not in codes(operator)

    make.domain(created_at=LONG_AGO)

    assert "sweeps-late" in codes(operator)


def test_a_sweep_at_work_counts_before_it_has_ended(operator: User) -> None:
    make.domain(created_at=LONG_AGO)
    SweeperSlot.objects.create(number=1, lease_until=NOW + timedelta(seconds=15))

    assert "sweeps-late" not in codes(operator)
    assert "sweeps-late" in codes(operator, NOW + timedelta(seconds=16))


def test_sweeps_that_go_on_are_no_news(operator: User) -> None:
    swept(NOW - timedelta(seconds=5))

    assert "sweeps-late" not in codes(operator)


def test_waiting_notices_are_counted_while_no_mail_server_is_set(operator: User, settings: Any) -> None:
    make.notice()

    told = next(banner for banner in banners_for(operator, NOW) if banner.code == "no-mail-server")
    assert "waiting in the ledger: 1." in told.sentence

    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    assert "no-mail-server" not in codes(operator)


def test_paused_sending_is_told_with_its_reason(operator: User) -> None:
    sending.pause(backup.RESTORED)

    told = next(banner for banner in banners_for(operator, NOW) if banner.code == "sending-paused")
    assert backup.RESTORED in told.sentence


def test_when_nothing_can_be_judged_it_is_us(operator: User) -> None:
    make.domain(looked_at=NOW - timedelta(minutes=1), verdict=Verdict.UNKNOWN.value)
    assert "nobody-answers" in codes(operator)

    make.domain(looked_at=NOW - timedelta(minutes=1), verdict=Verdict.MISSING.value)
    assert "nobody-answers" not in codes(operator)


def test_domains_not_looked_at_lately_say_nothing_about_now(operator: User) -> None:
    make.domain(looked_at=LONG_AGO, verdict=Verdict.UNKNOWN.value)

    assert "nobody-answers" not in codes(operator)


def test_a_failed_night_is_told(operator: User, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    assert "copy-failed" not in codes(operator)

    (backup.folder() / "last-night.json").write_text(
        f'{{"at": "{NOW.isoformat()}", "good": false, "sentence": "No room."}}'
    )

    assert "copy-failed" in codes(operator)


def test_nobody_else_is_told_about_the_installation() -> None:
    make.notice()

    assert codes(make.member()) == set()


def test_pages_without_anybody_signed_in_carry_no_banner(client: Client) -> None:
    swept(LONG_AGO)

    shown = client.get("/accounts/login/").content.decode()

    assert "Nothing has been looked at" not in shown
