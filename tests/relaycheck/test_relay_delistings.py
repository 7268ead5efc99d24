"""Delistings: asked, due, tried again, gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notices.models import Notice
from relaycheck.models import Delisting, Probe, ProbeKind, Relay
from relaycheck.relay_delistings import TRY_EVERY, DelistingRefused, ask_delisting, hear_outward, retry_delistings
from relaycheck.relay_probes import take_pasted
from relaycheck.relay_probing import work_off
from tests.relaycheck import rows
from tests.relaycheck.loopback import server, smtp
from tests.relaycheck.test_relay_probes import around

pytestmark = pytest.mark.django_db
LINE = "550 5.7.606 Access denied, banned sending IP [203.0.113.5]; To request removal from this list"
OUTWARD = """# target contoso-com.mail.protection.outlook.com 192.0.2.25 25
S: 220 DB5.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready
C: EHLO relay
S: 250-DB5.mail.protection.outlook.com Hello [{seen}]
S: 250 SIZE 157286400
# attempt own
C: MAIL FROM:<relay-probe@contoso.com>
S: 250 2.1.0 Sender OK
C: RCPT TO:<postmaster@contoso.com>
S: {answer}
"""


def asked(relay: Relay, **changes: Any) -> Delisting:
    person = relay.created_by
    assert person is not None
    return ask_delisting(relay, **{"line": LINE, "by": person, "now": timezone.now(), **changes})


def pasted(relay: Relay, answer: str, seen: str = "203.0.113.5") -> Probe:
    person, now = relay.created_by, timezone.now()
    assert person is not None
    one = take_pasted(relay, OUTWARD.format(answer=answer, seen=seen), outward=True, listed=None, by=person, now=now)
    hear_outward(one, now)
    return one


def test_the_code_s_row_says_where_and_by_when() -> None:
    now = timezone.now()

    one = asked(rows.relay(), asked_at=now)

    assert one.address == "203.0.113.5"
    assert one.where.startswith("https://")
    assert timedelta(hours=24) <= one.due_at - one.asked_at <= timedelta(hours=48)


@pytest.mark.parametrize("line", ["250 2.1.5 Ok", "550 5.1.10 Recipient not found", "", "nonsense"])
def test_a_line_that_names_no_list_is_not_tracked(line: str) -> None:
    with pytest.raises(DelistingRefused):
        asked(rows.relay(), line=line)


def test_a_future_moment_is_now() -> None:
    now = timezone.now()

    assert asked(rows.relay(), now=now, asked_at=now + timedelta(days=3)).asked_at == now


def test_it_is_tracked_on_the_page() -> None:
    relay = rows.relay()
    client = rows.member_client(relay)

    client.post(f"{relay.get_absolute_url()}delistings/", {"line": LINE})

    body = client.get(relay.get_absolute_url()).content.decode()
    assert "203.0.113.5 waits to be taken off" in body
    assert "On a blocklist" in body


def test_a_refused_request_says_why_beside_the_line() -> None:
    relay = rows.relay()

    answer = rows.member_client(relay).post(f"{relay.get_absolute_url()}delistings/", {"line": "250 Ok"})

    assert answer.status_code == 422
    assert "names no blocklist" in answer.content.decode()


def test_the_same_refusal_again_keeps_it_open() -> None:
    relay = rows.relay()
    one = asked(relay)

    pasted(relay, LINE)

    one.refresh_from_db()
    assert one.gone_at is None
    assert "5.7.606" in one.tried


def test_taken_mail_ends_it_and_its_followers_are_mailed() -> None:
    relay = rows.relay()
    one = asked(relay)

    pasted(relay, "250 2.1.5 Recipient OK")

    one.refresh_from_db()
    assert one.gone_at is not None
    assert Notice.objects.get(transition__kind="delisted").recipient == relay.created_by
    pasted(relay, "250 2.1.5 Recipient OK")
    assert Notice.objects.filter(transition__kind="delisted").count() == 1


@pytest.mark.parametrize("answer", ["451 4.7.500 Server busy", "550 5.4.1 Recipient address rejected", "421 closing"])
def test_another_refusal_is_no_proof_that_it_is_gone(answer: str) -> None:
    relay = rows.relay()
    one = asked(relay)

    pasted(relay, answer)

    one.refresh_from_db()
    assert one.gone_at is None


def test_what_another_address_was_answered_says_nothing() -> None:
    relay = rows.relay()
    one = asked(relay)

    pasted(relay, "250 2.1.5 Recipient OK", seen="198.51.100.9")

    one.refresh_from_db()
    assert (one.gone_at, one.tried_at) == (None, None)


def test_it_is_tried_again_by_the_hour_where_a_probe_from_here_speaks_for_the_relay() -> None:
    relay = rows.relay(same_exit=True)
    now = timezone.now()
    asked(relay, now=now)

    assert retry_delistings(now + TRY_EVERY / 2) == 0
    assert retry_delistings(now + TRY_EVERY) == 1
    assert retry_delistings(now + TRY_EVERY) == 0
    assert relay.probes.get().kind == ProbeKind.OUTWARD


def test_elsewhere_nothing_is_tried_by_itself() -> None:
    now = timezone.now()
    asked(rows.relay(), now=now)

    assert retry_delistings(now + timedelta(days=1)) == 0


def test_the_probe_that_tries_again_finds_it_gone() -> None:
    with server(smtp({})) as (port, _):
        relay = rows.relay(same_exit=True)
        one = asked(relay)
        retry_delistings(timezone.now() + TRY_EVERY)

        done = work_off(around(port))
        assert done is not None
        hear_outward(done, timezone.now())

    one.refresh_from_db()
    assert one.gone_at is not None


def test_a_request_can_be_given_up() -> None:
    relay = rows.relay()
    one = asked(relay)
    client = rows.member_client(relay)

    client.post(f"{relay.get_absolute_url()}delistings/{one.public_id}/drop/")
    pasted(relay, "250 2.1.5 Recipient OK")

    one.refresh_from_db()
    assert one.gone_at is None
    assert "not waited for any more" in client.get(relay.get_absolute_url()).content.decode()
