"""Lease, marker, DATA, sent: against a real SMTP server on loopback that goes wrong at every stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from pytest_django import Settings

from demo.mailhost import MailServer, Stage, serve_mail
from notices.delivery import NO_SERVER, deliver
from notices.models import Notice, NoticeState, Sending, Subscription, Transition
from notices.sending import discard_waiting, pause, resume, send_again
from notices.transitions import write
from tenants.models import Membership, Tenant, User

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(seconds=10)
Run = Callable[..., object]


@pytest.fixture
def mail(settings: Settings) -> Iterator[MailServer]:
    """A mail server that EMAIL_URL names."""
    with serve_mail() as server:
        settings.EMAIL_URL = f"smtp://{server.host}:{server.port}"
        settings.MAIL_TIMEOUT_SECONDS = 2
        yield server


def person(email: str = "ada@example.org") -> User:
    """Somebody who follows contoso."""
    user = User.objects.create_user(email, name="Ada")
    tenant, _ = Tenant.objects.get_or_create(name="Contoso")
    Membership.objects.create(user=user, tenant=tenant, role="viewer")
    Subscription.objects.create(user=user, tenant=tenant)
    return user


def seen(name: str = "contoso.com", once: str = "1/1", at: datetime = NOON, kind: str = "token-seen") -> Transition:
    """A confirmed change, written with its notices."""
    facts = {"name": name, "token": "MS=ms12345678", "places": ["ns1: present"], "confirmed_after": "1 minute"}
    transition = Transition(
        tenant=Tenant.objects.get(name="Contoso"),
        subject_kind="domain",
        subject_id=name[:12],
        subject_name=name,
        kind=kind,
        once=once,
        at=at,
        facts=facts,
    )
    return write([transition])[0]


def run(at: datetime = LATER) -> object:
    """One delivery run at a fixed moment."""
    return deliver(lambda: at, 5)


def test_a_notice_arrives_once_and_the_ledger_says_sent(mail: MailServer) -> None:
    person()
    seen()

    run()
    run()

    notice = Notice.objects.get()
    assert mail.message_ids == [notice.message_id]
    assert (notice.state, notice.sent_at) == (NoticeState.SENT, LATER)


def test_the_mail_says_what_was_seen_where_and_what_comes_next(mail: MailServer) -> None:
    person()
    seen()

    run()

    message = message_from_bytes(mail.messages[0].body, policy=policy.default)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert message["Subject"] == "contoso.com: the TXT record can be seen everywhere"
    assert "MS=ms12345678" in text
    assert "ns1: present" in text
    assert "press Verify" in text
    assert message.get_body(("html",)) is not None


def test_a_muted_domain_is_not_told(mail: MailServer) -> None:
    user = person()
    tenant = Tenant.objects.get()
    Subscription.objects.create(user=user, tenant=tenant, subject_kind="domain", subject_id="contoso.com", muted=True)
    seen()

    run()

    assert mail.messages == []


def test_a_greylisted_notice_waits_and_is_sent_byte_for_byte(mail: MailServer) -> None:
    person()
    seen()
    mail.script(Stage.RCPT, reply="451 4.7.1 Greylisted", times=1)

    run()
    waiting = Notice.objects.get()
    run(LATER + timedelta(minutes=5))

    assert waiting.state == NoticeState.WAITING
    assert waiting.reason.startswith("451")
    assert bytes(waiting.mime or b"") == bytes(Notice.objects.get().mime or b"")
    assert mail.message_ids == [waiting.message_id]


def test_a_refused_recipient_gives_up_with_the_servers_words(mail: MailServer) -> None:
    person()
    seen()
    mail.script(Stage.RCPT, reply="550 5.1.1 No such user", times=1)

    run()

    notice = Notice.objects.get()
    assert (notice.state, notice.reason) == (NoticeState.GAVE_UP, "550 5.1.1 No such user")


def test_a_connection_lost_after_data_is_uncertain_and_sent_once_more(mail: MailServer) -> None:
    person()
    seen()
    mail.script(Stage.ACCEPTED, drop=True, times=1)

    run()
    lost = Notice.objects.get()
    run(LATER + timedelta(minutes=5))

    first, second = mail.messages
    assert lost.uncertain_at == LATER
    assert Notice.objects.get().state == NoticeState.SENT
    assert first.body == second.body


def test_held_uncertain_mail_is_not_sent_again(mail: MailServer, settings: Settings) -> None:
    settings.MAIL_UNCERTAIN = "hold"
    person()
    seen()
    mail.script(Stage.ACCEPTED, drop=True, times=1)

    run()
    run(LATER + timedelta(hours=1))

    assert Notice.objects.get().state == NoticeState.UNCERTAIN
    assert len(mail.messages) == 1


def test_a_sender_killed_before_the_marker_is_replaced(mail: MailServer) -> None:
    person()
    seen()
    Notice.objects.update(state=NoticeState.SENDING, lease_until=NOON)

    run()

    assert Notice.objects.get().state == NoticeState.SENT
    assert Notice.objects.get().uncertain_at is None


def test_a_sender_killed_after_the_marker_leaves_an_uncertain_line(mail: MailServer) -> None:
    person()
    seen()
    Notice.objects.update(state=NoticeState.SENDING, lease_until=NOON, marked_at=NOON)

    run()

    notice = Notice.objects.get()
    assert (notice.state, notice.uncertain_at) == (NoticeState.SENT, LATER)


def test_a_living_senders_notice_is_left_alone(mail: MailServer) -> None:
    person()
    seen()
    Notice.objects.update(state=NoticeState.SENDING, lease_until=LATER + timedelta(minutes=1))

    run()

    assert mail.messages == []


def test_an_endless_reply_ends_the_attempt_and_the_notice_waits(mail: MailServer) -> None:
    person()
    seen()
    mail.script(Stage.EHLO, lines=1_000_000, reply="250 OK")

    run()

    notice = Notice.objects.get()
    assert notice.state == NoticeState.WAITING
    assert "no end" in notice.reason


def test_a_tarpit_ends_at_the_deadline(mail: MailServer) -> None:
    person()
    seen()
    mail.script(Stage.CONNECT, pace=0.5, reply="220 " + "x" * 100)

    run()

    assert Notice.objects.get().state == NoticeState.WAITING


def test_without_a_mail_server_notices_wait_and_say_why(settings: Settings) -> None:
    settings.EMAIL_URL = ""
    person()
    seen()

    run()

    notice = Notice.objects.get()
    assert (notice.state, notice.reason) == (NoticeState.WAITING, NO_SERVER)


def test_setting_a_mail_server_sends_what_waited(mail: MailServer, settings: Settings) -> None:
    person()
    seen()
    url, settings.EMAIL_URL = settings.EMAIL_URL, ""
    run()
    settings.EMAIL_URL = url

    run()

    assert len(mail.messages) == 1


def test_discarded_notices_stay_in_the_ledger_unsent(mail: MailServer) -> None:
    user = person()
    seen()

    discard_waiting(by=user, now=NOON)
    run()

    assert Notice.objects.get().state == NoticeState.DISCARDED
    assert mail.messages == []


def test_paused_sending_sends_nothing_until_a_person_resumes(mail: MailServer) -> None:
    user = person()
    seen()
    pause("restored from a copy")
    run()
    before = len(mail.messages)

    resume(by=user, now=NOON, discard=False)
    run()

    assert (before, len(mail.messages)) == (0, 1)
    assert not Sending.current().paused


def test_ten_at_once_are_ten_mails(mail: MailServer) -> None:
    person()
    for number in range(10):
        seen(f"d{number}.example")

    run()

    assert len(mail.messages) == 10


def test_eleven_at_once_become_one_mail_that_lists_them(mail: MailServer) -> None:
    person()
    for number in range(11):
        seen(f"d{number}.example")

    run()
    at_once = len(mail.messages)
    run(NOON + timedelta(seconds=61))
    run(NOON + timedelta(seconds=62))

    assert at_once == 0
    assert len(mail.messages) == 1
    assert b"d10.example" in mail.messages[0].body
    assert Notice.objects.filter(state=NoticeState.FOLDED).count() == 11


def test_a_stuck_notice_can_be_sent_again_by_a_person(mail: MailServer) -> None:
    user = person()
    seen()
    mail.script(Stage.RCPT, reply="550 no", times=1)
    run()

    send_again(Notice.objects.get(), by=user, now=LATER)
    run()

    assert Notice.objects.get().state == NoticeState.SENT


def test_a_transition_that_was_told_is_not_told_again() -> None:
    person()
    seen()

    facts_again = Transition(
        tenant=Tenant.objects.get(),
        subject_kind="domain",
        subject_id="contoso.com",
        kind="token-seen",
        once="1/1",
        at=LATER,
    )
    assert write([facts_again]) == []
    assert Notice.objects.count() == 1


def test_a_domain_that_comes_and_goes_is_told_once_that_it_does() -> None:
    person()
    for number in range(8):
        kind = ("token-seen", "token-gone")[number % 2]
        seen(once=f"1/{number}", at=NOON + timedelta(minutes=number), kind=kind)

    kinds = list(Notice.objects.order_by("pk").values_list("transition__kind", flat=True))
    assert kinds == ["token-seen", "token-gone", "token-seen", "token-gone", "flapping"]
