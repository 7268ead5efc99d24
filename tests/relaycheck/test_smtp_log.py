# ruff: noqa: E501 - log rows
"""IIS SMTP logs in all three formats: who sends, what is refused, and what is in none of them."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.log_report import MOST_SENDERS, LogReport, read_logs
from relaycheck.engine.policy import Source
from relaycheck.engine.reply_row import Class
from relaycheck.engine.smtp_log import Reader, log_lines

NCSA = """\
10.0.0.21 - COPIER [11/Oct/2026:13:16:39 -0600] "EHLO -?+COPIER SMTP" 250 200
10.0.0.21 - COPIER [11/Oct/2026:13:16:39 -0600] "MAIL -?+FROM:<scan@contoso.com>+SIZE=5000 SMTP" 250 32
10.0.0.21 - COPIER [11/Oct/2026:13:16:40 -0600] "RCPT -?+TO:<user@contoso.com> SMTP" 250 32
10.0.0.21 - COPIER [11/Oct/2026:13:16:40 -0600] "RCPT -?+TO:<x@Example.ORG> SMTP" 550 32
10.0.0.21 - COPIER [11/Oct/2026:13:16:41 -0600] "DATA -?+<RELAYabc@relay01.contoso.com> SMTP" 250 130
203.0.113.25 - OutboundConnectionCommand [11/Oct/2026:13:16:42 -0600] "EHLO -?relay01 SMTP" 0 4
203.0.113.25 - OutboundConnectionResponse [11/Oct/2026:13:16:42 -0600] \
"- -?250-AM4PEPF.mail.protection.outlook.com+Hello+[198.51.100.7] SMTP" 0 82
203.0.113.25 - OutboundConnectionCommand [11/Oct/2026:13:16:43 -0600] "RCPT -?TO:<user@contoso.com> SMTP" 0 4
203.0.113.25 - OutboundConnectionResponse [11/Oct/2026:13:16:43 -0600] "- -?250+2.1.5+Recipient+OK SMTP" 0 4
203.0.113.25 - OutboundConnectionCommand [11/Oct/2026:13:16:44 -0600] "DATA - SMTP" 0 4
203.0.113.25 - OutboundConnectionResponse [11/Oct/2026:13:16:44 -0600] \
"- -?354+START+MAIL+INPUT,+END+WITH+"."+ON+A+LINE+BY+ITSELF SMTP" 0 54
203.0.113.25 - OutboundConnectionResponse [11/Oct/2026:13:16:45 -0600] "- -?250+2.6.0+Queued SMTP" 0 54
65.214.43.171 - - [11/Oct/2026:13:16:47 -0600] "xxxx -?+armin.example SMTP" 500 32
83.44.189.146 - host.example [11/Oct/2026:13:16:48 -0600] "QUIT -?host.example SMTP" 240 68
"""
FIELDS = (
    "#Fields: date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query "
    "sc-status sc-win32-status sc-bytes cs-bytes time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer)\n"
)
W3C = (
    FIELDS
    + """\
2026-10-09 05:00:15 10.0.0.22 ERP SMTPSVC1 RELAY01 10.0.0.5 0 EHLO - +ERP 250 0 29 27 0 SMTP - - - -
2026-10-09 05:00:16 10.0.0.22 ERP SMTPSVC1 RELAY01 10.0.0.5 0 RCPT - +TO:+<pam@fabrikam.net> 250 0 29 27 0 SMTP - - - -
2026-10-09 05:00:17 10.0.0.22 ERP SMTPSVC1 RELAY01 10.0.0.5 0 DATA - +<a@b> 250 0 130 7123 62 SMTP - - - -
2026-10-09 05:00:18 66.196.118.34 OutboundConnectionCommand SMTPSVC1 RELAY01 - 25 RCPT - TO:<pam@fabrikam.net> 0 0 4 0 0 SMTP - - - -
2026-10-09 05:00:18 66.196.118.34 OutboundConnectionResponse SMTPSVC1 RELAY01 - 25 - - \
421+4.7.0+[TSS04]+Messages+from+192.0.2.201+temporarily+deferred 0 0 157 0 16 SMTP - - - -
#Fields: time c-ip cs-method cs-uri-query sc-status cs-username
#Date: 2026-10-10 00:00:00
06:00:00 10.0.0.22 RCPT +TO:<a@contoso.com> 250 ERP
06:00:01 10.0.0.22 RCPT +TO:<a@contoso.com> 550 ERP
"""
)
IIS = """\
10.3.5.1, Nwtraders.com, 8/18/26, 13:17:37, SMTPSVC1, MAIL01, 10.0.0.5, 90, 42, 0, 250, 0, MAIL FROM, -, FROM:<maria@contoso.com> SIZE=900,
10.3.5.1, Nwtraders.com, 8/18/26, 13:17:38, SMTPSVC1, MAIL01, 10.0.0.5, 90, 42, 0, 250, 0, RCPT TO, -, TO:<a@fabrikam.net>,
10.3.5.1, Nwtraders.com, 8/18/26, 13:17:39, SMTPSVC1, MAIL01, 10.0.0.5, 90, 42, 0, 250, 0, DATA, -, <x@y>,
"""


def read(*texts: str | bytes) -> LogReport:
    files = [io.BytesIO(text if isinstance(text, bytes) else text.encode()) for text in texts]
    return read_logs(files, lambda done: None)


def test_b13_ncsa_rows_with_unescaped_quotes_are_read_whole() -> None:
    found = read(NCSA)

    assert (found.formats, found.unread) == (("NCSA",), 0)
    assert found.delivered == 1


def test_who_sends_how_much_and_when_is_counted_by_source() -> None:
    sender = read(NCSA).senders["10.0.0.21"]

    assert (sender.sessions, sender.messages, sender.recipients, sender.octets) == (1, 1, 1, 5000)
    assert (sender.first, sender.last) == ("2026-10-11 19:16:39", "2026-10-11 19:16:41")
    assert sender.greeting == "COPIER"


def test_what_we_refused_is_counted_by_code() -> None:
    assert dict(read(NCSA).senders["10.0.0.21"].refusals) == {550: 1}


def test_the_address_microsoft_greets_is_read_from_the_log() -> None:
    assert dict(read(NCSA).seen_addresses) == {"198.51.100.7": 1}


def test_a_hello_from_another_server_says_nothing_about_our_address() -> None:
    assert read(NCSA.replace("mail.protection.outlook.com", "mail.example.com")).seen_addresses == {}


def test_commands_a_firewall_rewrote_are_counted() -> None:
    assert read(NCSA).rewritten == 1


def test_w3c_fields_may_change_on_the_way() -> None:
    found = read(W3C)

    sender = found.senders["10.0.0.22"]
    assert (sender.recipients, sender.refused, sender.messages, sender.octets) == (2, 1, 1, 7123)
    assert sender.last == "2026-10-10 06:00:01"
    assert dict(found.domains) == {"fabrikam.net": 1, "contoso.com": 1}


def test_what_a_remote_server_refused_is_in_the_words_not_in_the_code() -> None:
    (answer,) = read(W3C).answers.values()

    assert (answer.code, answer.enhanced, answer.count) == ("421", "4.7.0", 1)
    assert dict(answer.domains) == {"fabrikam.net": 1}


def test_a_ban_in_the_log_is_explained() -> None:
    banned = "550+5.7.606+Access+denied,+banned+sending+IP+[198.51.100.7]"
    (answer,) = read(
        W3C.replace("421+4.7.0+[TSS04]+Messages+from+192.0.2.201+temporarily+deferred", banned)
    ).answers.values()

    assert answer.explanation is not None
    assert answer.explanation.row.kind is Class.BLOCKED
    assert answer.explanation.address == "198.51.100.7"


def test_the_iis_format_is_read() -> None:
    sender = read(IIS).senders["10.3.5.1"]

    assert (sender.messages, sender.octets, sender.first) == (1, 900, "2026-08-18 13:17:37")


def test_several_logs_make_one_report() -> None:
    found = read(NCSA, W3C, IIS)

    assert found.formats == ("Microsoft IIS", "NCSA", "W3C extended")
    assert {"10.0.0.21", "10.0.0.22", "10.3.5.1"} <= set(found.senders)


def test_senders_that_are_not_listed_and_sources_that_never_send_are_told() -> None:
    declared = (Source("10.0.0.21"), Source("10.0.0.99", purpose="old fax"), Source("10.0.0.16/28"))
    found = read(NCSA, W3C, IIS)

    assert [sender.address for sender in found.unlisted(declared)][:1] == ["10.3.5.1"]
    assert found.silent(declared) == ("10.0.0.99",)


def test_a_source_that_was_only_refused_counts_as_one_that_never_sends() -> None:
    refused = NCSA.replace('SMTP" 250 130', 'SMTP" 554 130')

    assert read(refused).silent([Source("10.0.0.21")]) == ("10.0.0.21",)


def test_b12_endings_without_a_remote_domain_are_told() -> None:
    found = read(W3C)

    assert dict(found.uncovered(["*.com", "contoso.com"], ["contoso.com"])) == {"net": 1}
    assert dict(found.endings) == {"net": 1, "com": 1}


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"hello\nworld\n", b"\x00" * 5000, b"PK\x03\x04" + b"x" * 50, b"\x1f\x8b\x08"]
)
def test_what_is_no_log_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidUpload):
        read(raw)


def test_rows_that_cannot_be_read_are_counted_and_skipped() -> None:
    assert read(NCSA + "half a row\n").unread == 1


def test_a_line_of_any_length_costs_no_memory() -> None:
    huge = b"x" * (3 * 1024 * 1024)
    raw = io.BytesIO(NCSA.encode() + huge + b"\n" + NCSA.encode())

    lines = [line for line in log_lines(raw, lambda done: None) if line]

    assert len(lines) == 2 * NCSA.count("\n")
    assert max(map(len, lines)) < 200


def test_progress_is_heard_as_bytes() -> None:
    heard: list[int] = []
    raw = NCSA.encode() * 2000

    read_logs([io.BytesIO(raw)], heard.append)

    assert heard == sorted(heard)
    assert heard[-1] == len(raw)


def test_more_senders_than_there_is_room_for_are_counted_not_kept() -> None:
    row = '{} - a [11/Oct/2026:13:16:39 -0600] "EHLO -?+A SMTP" 250 200\n'
    peers = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(MOST_SENDERS + 10))

    found = read("".join(row.format(peer) for peer in peers))

    assert (len(found.senders), found.beyond) == (MOST_SENDERS, 10)


class Endless(io.RawIOBase):
    """A log that is made while it is read."""

    def __init__(self, block: bytes, times: int) -> None:
        self.block, self.left = block, times

    def read(self, size: int = -1) -> bytes:
        self.left -= 1
        return self.block if self.left >= 0 else b""


def test_memory_does_not_grow_with_the_log() -> None:
    block = W3C.encode() * 40
    tracemalloc.start()
    try:
        read_logs([Endless(block, 2)], lambda done: None)  # type: ignore[list-item]
        _, small = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        read_logs([Endless(block, 20)], lambda done: None)  # type: ignore[list-item]
        _, large = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert large < small * 1.2 + 100_000


def test_a_blank_inside_the_offset_of_a_time_is_forgiven() -> None:
    event = Reader().read(b'10.0.0.1 - a [11/Oct/2026:13:16:39 - 0800] "EHLO -?+A SMTP" 250 1')

    assert event is not None
    assert event.when == "2026-10-11 21:16:39"
