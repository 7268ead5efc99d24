from __future__ import annotations

import pytest

from publicdns.listing import read_lines
from publicdns.picture import Subject

OTHER = "MS=ms87654321"


@pytest.mark.parametrize(
    ("line", "name", "token"),
    [
        (b"contoso.com", "contoso.com", None),
        (b"\xef\xbb\xbfContoso.COM.\r\n", "contoso.com", None),
        (b"contoso.com MS=ms12345678", "contoso.com", "MS=ms12345678"),
        (b'contoso.com;"MS=ms12345678";', "contoso.com", "MS=ms12345678"),
        (b'"contoso.com","MS=ms12345678"', "contoso.com", "MS=ms12345678"),
        (b"contoso.com,", "contoso.com", None),
        (b"contoso.com MS=ms12345678  # ours, f\xfcr Anna", "contoso.com", "MS=ms12345678"),
        ("\u00a0contoso.com\u00a0".encode(), "contoso.com", None),
        (b"https://contoso.com/#top", "contoso.com", None),
        ("faß.de\tms12345678".encode(), "xn--fa-hia.de", "MS=ms12345678"),
        ("contoso.com MS=ms12345678\r\n".encode("utf-16"), "contoso.com", "MS=ms12345678"),
        (b"\xfe\xff" + "faß.de\r\n".encode("utf-16-be"), "xn--fa-hia.de", None),
    ],
)
def test_a_line_holds_a_domain_and_perhaps_its_token(line: bytes, name: str, token: str | None) -> None:
    (read,) = read_lines(line)

    assert read.subject == Subject(name, token)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"co.uk", "public-suffix"),
        (b"192.0.2.1", "ip-address"),
        (b"contoso.com MS=ms1", "digits"),
        (b"contoso.com fabrikam.com", "no-token"),
        (b"con\x07toso.com", "control"),
        (b"\x00", "encoding"),
        ("contoso.com".encode("utf-16-le"), "encoding"),
        (b"contoso.com\xff", "encoding"),
        (b"m\xfcller.de", "encoding"),
        (b"contoso.com MS=ms12345678\xff", "encoding"),
        ("contoso\ufffd.com".encode(), "encoding"),
        (b"x" * 9000, "too-long"),
        ("ü".encode() * 9000, "too-long"),
    ],
)
def test_a_bad_line_has_its_number_and_reason(line: bytes, code: str) -> None:
    good, bad = read_lines(b"contoso.com\n" + line)

    assert good.subject is not None
    assert (bad.number, bad.subject, bad.code) == (2, None, code)
    assert bad.text.isprintable()
    assert len(bad.text) <= 200


def test_half_a_character_of_utf_16_costs_its_line_only() -> None:
    octets = b"\xff\xfe" + "contoso.com\r\nfab".encode("utf-16-le") + b"\x00\xd8" + "\nb.com\n".encode("utf-16-le")

    assert [line.code for line in read_lines(octets)] == ["", "encoding", ""]


def test_empty_lines_and_comments_are_passed_over_but_counted() -> None:
    assert [line.number for line in read_lines(b"# ours, f\xfcr Anna\n\ncontoso.com\r\n  \r\nb.com")] == [3, 5]


def test_a_line_without_a_token_gets_the_one_of_all() -> None:
    own, given = read_lines(b"contoso.com MS=ms12345678\nfabrikam.com", OTHER)

    assert own.subject == Subject("contoso.com", "MS=ms12345678")
    assert given.subject == Subject("fabrikam.com", OTHER)


def test_what_was_changed_in_a_line_is_told() -> None:
    (line,) = read_lines(b"anna@contoso.com ms12345678")

    assert [repair.code for repair in line.repaired] == ["email", "token"]


def test_a_line_is_shown_as_it_was_written() -> None:
    (line,) = read_lines("faß.de".encode())

    assert line.text == "faß.de"
