from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from demo.mailhost import MailServer, Stage, serve_mail

TEXT = b"From: a@contoso.test\r\nTo: b@fabrikam.test\r\nMessage-ID: <1@contoso.test>\r\n\r\nHello\r\n.dot\r\n"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with serve_mail() as mail:
        yield mail


def send(mail: MailServer, *recipients: str, timeout: float = 5) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(mail.host, mail.port, timeout=timeout) as client:
        return client.sendmail("a@contoso.test", recipients or ("b@fabrikam.test",), TEXT)


def banner(mail: MailServer, timeout: float = 5) -> bytes:
    with socket.create_connection((mail.host, mail.port), timeout=timeout) as sock:
        return sock.recv(1000)


def test_an_accepted_message_is_kept_as_it_came(mail: MailServer) -> None:
    send(mail, "b@fabrikam.test", "c@fabrikam.test")

    (message,) = mail.messages
    assert (message.sender, message.recipients) == ("a@contoso.test", ("b@fabrikam.test", "c@fabrikam.test"))
    assert (message.body, message.message_id) == (TEXT, "<1@contoso.test>")


def test_messages_go_into_the_folder_with_their_envelope(tmp_path: Path) -> None:
    with serve_mail(folder=tmp_path / "mail") as mail:
        send(mail)
        send(mail)

    head = b"Return-Path: <a@contoso.test>\r\nDelivered-To: b@fabrikam.test\r\n"
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == ["1.eml", "2.eml"]
    assert (tmp_path / "mail" / "2.eml").read_bytes() == head + TEXT


def test_a_second_server_goes_on_counting(tmp_path: Path) -> None:
    for _ in range(2):
        with serve_mail(folder=tmp_path) as mail:
            send(mail)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.eml", "2.eml"]


def test_greylisting_ends(mail: MailServer) -> None:
    mail.script(Stage.RCPT, reply="451 4.7.1 Greylisted", times=1)

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(mail)
    send(mail)

    assert refused.value.recipients == {"b@fabrikam.test": (451, b"4.7.1 Greylisted")}
    assert mail.message_ids == ["<1@contoso.test>"]


def test_one_recipient_can_be_refused(mail: MailServer) -> None:
    mail.script(Stage.RCPT, reply="550 5.1.1 No such person", recipient="c@fabrikam.test")

    assert send(mail, "b@fabrikam.test", "c@fabrikam.test") == {"c@fabrikam.test": (550, b"5.1.1 No such person")}
    assert mail.messages[0].recipients == ("b@fabrikam.test",)


def test_a_refusal_after_the_message_keeps_nothing(mail: MailServer) -> None:
    mail.script(Stage.MESSAGE, reply="554 5.6.0 Not this one")

    with pytest.raises(smtplib.SMTPDataError):
        send(mail)
    assert mail.messages == []


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.EHLO, Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.MESSAGE])
def test_a_connection_can_be_dropped_before_acceptance(mail: MailServer, stage: Stage) -> None:
    mail.script(stage, drop=True)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail)
    assert mail.messages == []


def test_a_connection_can_be_dropped_after_acceptance(mail: MailServer) -> None:
    mail.script(Stage.ACCEPTED, drop=True)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail)
    assert mail.message_ids == ["<1@contoso.test>"]


def test_a_connection_can_be_broken(mail: MailServer) -> None:
    mail.script(Stage.CONNECT, reset=True)

    with pytest.raises(ConnectionResetError):
        banner(mail)


def test_a_reply_can_come_before_the_end(mail: MailServer) -> None:
    mail.script(Stage.QUIT, reply="421 4.3.2 Closing", drop=True)

    with smtplib.SMTP(mail.host, mail.port, timeout=5) as client:
        assert client.quit() == (421, b"4.3.2 Closing")


def test_a_silent_server_says_nothing(mail: MailServer) -> None:
    mail.script(Stage.CONNECT, silent=True)

    with pytest.raises(TimeoutError):
        banner(mail, timeout=0.1)


def test_a_banner_can_be_another(mail: MailServer) -> None:
    mail.script(Stage.CONNECT, reply="554 5.7.1 Go away")

    assert banner(mail) == b"554 5.7.1 Go away\r\n"


def test_a_tarpit_gives_a_byte_at_a_time(mail: MailServer) -> None:
    mail.script(Stage.CONNECT, pace=0.01)

    assert banner(mail) == b"2"


def test_a_late_reply_comes_in_the_end(mail: MailServer) -> None:
    mail.script(Stage.MAIL, seconds=0.1)

    assert send(mail) == {}


def test_a_reply_can_have_very_many_lines(mail: MailServer) -> None:
    mail.script(Stage.MAIL, lines=5000)

    with smtplib.SMTP(mail.host, mail.port, timeout=5) as client:
        client.ehlo()
        assert client.mail("a@contoso.test")[1].count(b"\n") == 5000


def test_a_script_can_be_forgotten(mail: MailServer) -> None:
    mail.script(Stage.MAIL, reply="451 4.3.0 Later")
    mail.behave()

    assert send(mail) == {}


def test_authentication_is_insisted_on() -> None:
    with serve_mail(login=("onward", "secret")) as mail, smtplib.SMTP(mail.host, mail.port, timeout=5) as client:
        client.ehlo()
        refused, _ = client.mail("a@contoso.test")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("onward", "wrong")
        client.login("onward", "secret")
        client.sendmail("a@contoso.test", ["b@fabrikam.test"], TEXT)

    assert (refused, mail.messages[0].login) == (530, "onward")


def test_encryption_is_insisted_on() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with (
        serve_mail(tls=context, tls_required=True) as mail,
        smtplib.SMTP(mail.host, mail.port, timeout=5) as client,
    ):
        client.ehlo()
        refused, _ = client.mail("a@contoso.test")
        client.starttls(context=trusting)
        client.sendmail("a@contoso.test", ["b@fabrikam.test"], TEXT)

    assert (refused, mail.messages[0].encrypted) == (530, True)
