from __future__ import annotations

import pytest

from publicdns.listing import read_lines
from publicdns.picture import Subject


@pytest.mark.parametrize(
    ("line", "name", "token"),
    [
        (b"contoso.com", "contoso.com", None),
        (b"\xef\xbb\xbfContoso.COM.\r\n", "contoso.com", None),
        (b"contoso.com MS=ms12345678", "contoso.com", "MS=ms12345678"),
        (b'contoso.com;"MS=ms12345678";', "contoso.com", "MS=ms12345678"),
        (b"contoso.com,", "contoso.com", None),
        ("faß.de\tms12345678".encode(), "xn--fa-hia.de", "MS=ms12345678"),
    ],
)
def test_a_line_holds_a_domain_and_perhaps_its_token(line: bytes, name: str, token: str | None) -> None:
    (read,) = read_lines([line])

    assert read.subject == Subject(name, token)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"co.uk", "public-suffix"),
        (b"192.0.2.1", "ip-address"),
        (b"contoso.com MS=ms1", "digits"),
        (b"contoso.com fabrikam.com", "no-token"),
        (b"\x00\xff\xfe", "control"),
        (b"x" * 9000, "too-long"),
    ],
)
def test_a_bad_line_has_its_number_and_reason(line: bytes, code: str) -> None:
    good, bad = read_lines([b"contoso.com", line])

    assert good.subject is not None
    assert (bad.number, bad.subject, bad.code) == (2, None, code)
    assert bad.text.isprintable()


def test_empty_lines_and_comments_are_passed_over_but_counted() -> None:
    assert [line.number for line in read_lines([b"# ours", b"", b"contoso.com", b"  "])] == [3]
