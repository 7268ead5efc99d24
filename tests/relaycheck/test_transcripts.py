"""Pasted conversations: from our scripts, from swaks, from telnet. All read by one judge."""

from __future__ import annotations

import pytest

from relaycheck.engine.address_forms import Attempt, Towards, mailbox, sixteen_forms
from relaycheck.engine.naming import InvalidName
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Endpoint, Known, Relaying, Standing, Tls
from relaycheck.engine.transcript import MOST_LINES, InvalidTranscript, read_transcript
from tests.relaycheck.test_mutated_inputs import SWAKS, TRANSCRIPT

EOP = """220 BL2NAM06FT004.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Thu, 26 Sep 2019
helo hi
250 BL2NAM06FT004.mail.protection.outlook.com Hello [198.51.100.7]
mail from:<a@contoso.com>
250 2.1.0 Sender OK
rcpt to:<b@contoso.com>
550 5.7.606 Access denied, banned sending IP [198.51.100.7].
"""
OUTWARD = Known(outward=True, nat_address="203.0.113.5", hosted=("contoso.com",))


def test_what_our_scripts_print_is_read() -> None:
    found = judge(read_transcript(TRANSCRIPT.decode()))

    assert (found.target, found.address, found.local) == ("relay01.contoso.com", "10.0.0.5", "10.0.0.9")
    assert (found.endpoint, found.tls, found.size) == (Endpoint.IIS, Tls.WORKED, 10485760)
    assert found.relaying is Relaying.CLOSED
    assert found.ended == "timeout"


def test_swaks_output_is_read_with_its_tls() -> None:
    found = judge(read_transcript(SWAKS.decode()))

    assert (found.tls, found.endpoint, found.relaying) == (Tls.WORKED, Endpoint.POSTFIX, Relaying.CLOSED)
    assert found.attempts[0].recipient == "x@example.com"


def test_b11_a_telnet_session_shows_the_ban_and_the_address_microsoft_sees() -> None:
    found = judge(read_transcript(EOP), OUTWARD)

    assert found.endpoint is Endpoint.EXCHANGE_ONLINE
    assert found.seen_address == "198.51.100.7"
    assert [finding.code for finding in found.findings] == ["RP116", "RP117"]


def test_the_declared_address_raises_no_finding() -> None:
    found = judge(read_transcript(EOP), Known(outward=True, nat_address="198.51.100.7"))

    assert "RP116" not in {finding.code for finding in found.findings}


def test_recipients_in_hosted_domains_are_our_own() -> None:
    found = judge(read_transcript(EOP), OUTWARD)

    assert found.attempts[0].towards is Towards.OWN
    assert found.relaying is Relaying.NOT_TRIED


def test_a_refused_sender_says_nothing_about_relaying() -> None:
    text = "220 relay\nMAIL FROM:<a@b.test>\n550 5.1.8 Sender denied\nRSET\n250 ok\n"

    found = judge(read_transcript(text))
    assert found.attempts[0].standing is Standing.SENDER_REFUSED
    assert found.relaying is Relaying.INCONCLUSIVE


def test_an_unanswered_recipient_is_no_answer() -> None:
    found = judge(read_transcript("220 relay\nMAIL FROM:<a@b.test>\n250 ok\nRCPT TO:<c@d.test>\n"))

    assert found.attempts[0].standing is Standing.NO_ANSWER
    assert found.relaying is Relaying.INCONCLUSIVE


def test_b14_the_script_shows_where_the_name_leads_on_the_relay_s_own_network() -> None:
    transcript = read_transcript("# resolved 10.0.0.6\n" + TRANSCRIPT.decode())

    wrong = judge(transcript, Known(internal_address="10.0.0.5"))
    right = judge(transcript, Known(internal_address="10.0.0.6"))
    assert "RP118" in {finding.code for finding in wrong.findings}
    assert "RP118" not in {finding.code for finding in right.findings}


@pytest.mark.parametrize("text", ["", "hello", "S: hello", "C: EHLO x", "a\n" * (MOST_LINES + 2), "x" * 600_000])
def test_what_is_no_conversation_is_refused(text: str) -> None:
    with pytest.raises(InvalidTranscript):
        read_transcript(text)


def test_there_are_sixteen_forms_in_the_classic_order() -> None:
    forms = sixteen_forms("probe@contoso.com", "x@example.com", "10.0.0.5", "relay01.contoso.com")

    assert [form.name[:2] for form in forms] == [f"{number:02}" for number in range(1, 17)]
    assert forms[0].sender == ""
    assert forms[5].forward_path == "<x%example.com@relay01.contoso.com>"
    assert forms[11].forward_path == "<@[10.0.0.5]:x@example.com>"
    assert forms[15].forward_path == "<example.com!x@relay01.contoso.com>"


def test_a_greeting_that_is_no_name_reaches_no_command() -> None:
    forms = sixteen_forms("probe@contoso.com", "x@example.com", "2001:db8::5", "evil>\r\nDATA")

    assert all("evil" not in form.forward_path + form.sender for form in forms)
    assert forms[4].forward_path == "<x%example.com@[IPv6:2001:db8::5]>"


@pytest.mark.parametrize(
    "text", ["x", "x@", "@d.test", 'a"b@d.test', "a b@d.test", "a@d", "a@d.test>\r\nDATA", "a@-d.test"]
)
def test_an_address_that_could_leave_its_brackets_is_refused(text: str) -> None:
    with pytest.raises(InvalidName):
        mailbox(text)


def test_an_attempt_knows_its_recipient() -> None:
    assert Attempt("own", "", "<a@b.test>").recipient == "a@b.test"
