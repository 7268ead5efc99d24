from __future__ import annotations

from random import Random

import pytest

from publicdns.tokens import (
    InvalidToken,
    Likeness,
    is_surely_unrelated,
    likeness,
    looks_like_token,
    parse_token,
)

WANTED = "MS=ms12345678"


@pytest.mark.parametrize(
    "pasted",
    [
        "MS=ms12345678",
        '"MS=ms12345678"',
        "“MS=ms12345678”",
        "  MS=ms12345678\r\n",
        "MS = ms12345678",
        "ms=MS12345678",
        "ms12345678",
        "MS12345678",
        "v=verifydomain MS=ms12345678",
        'contoso.com. 3600 IN TXT "MS=ms12345678"',
        '@\tTXT\t"MS=ms12345678"\t3600',
        "TXT name: @ TXT value: MS=ms12345678 TTL: 3600",
        "ms12345678.msv1.invalid",
        "@ 3600 IN MX 32767 ms12345678.msv1.invalid.",
        "MS=ms12345678 ms12345678.msv1.invalid",
        "MS=\u200bms12345678",
        "MS＝ms12345678",
        '\\"MS=ms12345678\\"',
    ],
)
def test_every_usual_form_gives_the_exact_value(pasted: str) -> None:
    assert parse_token(pasted).value == WANTED


def test_only_a_changed_token_gets_a_word_about_it() -> None:
    assert parse_token(WANTED).repaired is None
    assert parse_token('"MS=ms12345678"').repaired == "Read as MS=ms12345678."


@pytest.mark.parametrize("value", ["MS=7965088", "MS=55208010", "MS=" + "0a" * 20])
def test_rarer_forms_are_kept_with_a_word_of_warning(value: str) -> None:
    token = parse_token(value)

    assert token.value == value
    assert "Kept as" in (token.repaired or "")


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "empty"),
        ('""', "empty"),
        ("MS=", "digits"),
        ("MS=ms1234567", "digits"),
        ("MS=ms123456789", "digits"),
        ("ms1234", "digits"),
        ("google-site-verification=abc", "no-token"),
        ("v=spf1 include:spf.protection.outlook.com -all", "no-token"),
        ("MS=ms12345678 MS=ms87654321", "several"),
        ("12345678", "no-token"),
        ("x" * 5000, "too-long"),
    ],
)
def test_what_holds_no_token_is_refused_with_its_reason(pasted: str, code: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        parse_token(pasted)

    assert caught.value.code == code
    assert caught.value.sentence.isprintable()


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("MS=ms12345678", Likeness.EXACT),
        ("ms=MS12345678", Likeness.CAPITALS),
        ('"MS=ms12345678"', Likeness.QUOTES),
        ("“MS=ms12345678”".encode().decode("latin-1"), Likeness.QUOTES),
        (" MS=ms12345678", Likeness.SPACES),
        ("MS= ms12345678", Likeness.SPACES),
        ("MS=ms12345678\u200b".encode().decode("latin-1"), Likeness.INVISIBLE),
        ("ms12345678", Likeness.NO_PREFIX),
        ("v=verifydomain MS=ms12345678", Likeness.VERIFYDOMAIN),
        ("MS=ms123456", Likeness.TRUNCATED),
        ("\x93MS=ms12345678\x94", Likeness.QUOTES),
        ('\\"MS=ms12345678\\"', Likeness.QUOTES),
        ("MS=ms12345678\xa0", Likeness.SPACES),
        ("MS=ms1234\xad5678", Likeness.INVISIBLE),
        ("MS＝ms12345678".encode().decode("latin-1"), Likeness.LOOKALIKE),
        ("MS=ms１2345678".encode().decode("latin-1"), Likeness.LOOKALIKE),
        ("\u041cS=ms12345678".encode().decode("latin-1"), Likeness.LOOKALIKE),
        ("S=ms12345678", Likeness.NO_PREFIX),
        ("=ms12345678", Likeness.NO_PREFIX),
        ("12345678", Likeness.NO_PREFIX),
        ("MS=12345678", Likeness.NEARLY),
        ("MS:ms12345678", Likeness.NEARLY),
        ("MS==ms12345678", Likeness.NEARLY),
        ("MS=ms12345678;", Likeness.NEARLY),
        ("MS=ms12345678MS=ms12345678", Likeness.NEARLY),
        ("contoso.com MS=ms12345678", Likeness.EMBEDDED),
        ('contoso.com. 3600 IN TXT "MS=ms12345678"', Likeness.EMBEDDED),
        ("v=spf1 include:spf.protection.outlook.com MS=ms12345678 -all", Likeness.EMBEDDED),
        ("MS=ms87654321", Likeness.OTHER_TOKEN),
        ("MS=55208010", Likeness.OTHER_TOKEN),
        ("MS=ms123456789", Likeness.OTHER_TOKEN),
        ("MS＝ms87654321".encode().decode("latin-1"), Likeness.UNRELATED),
        ("2345678", Likeness.UNRELATED),
        ("112345678", Likeness.UNRELATED),
        ("ticket 12345678", Likeness.UNRELATED),
        ("see XMS=ms12345678", Likeness.UNRELATED),
        ("see MS=ms123456789", Likeness.UNRELATED),
        ("see MS=ms87654321", Likeness.UNRELATED),
        ("v=spf1 -all", Likeness.UNRELATED),
        ("\xff\xfe", Likeness.UNRELATED),
        ("", Likeness.UNRELATED),
    ],
)
def test_a_published_value_is_compared_with_the_token(published: str, expected: Likeness) -> None:
    assert likeness(published, WANTED) is expected


@pytest.mark.parametrize(
    ("published", "likeness_found"),
    [("55208010", Likeness.NO_PREFIX), ("MS=ms55208010", Likeness.NEARLY), ("MS=ms12345678", Likeness.OTHER_TOKEN)],
)
def test_a_token_of_digits_alone_has_its_near_misses_too(published: str, likeness_found: Likeness) -> None:
    assert likeness(published, "MS=55208010") is likeness_found


def test_only_a_whole_value_counts_as_a_token() -> None:
    assert looks_like_token("v=verifydomain MS=5834608")
    assert not looks_like_token("see MS=ms12345678 for details")


@pytest.mark.parametrize("expected", [WANTED, "MS=12345678", "MS=" + "a1b2c3d4e5" * 4])
@pytest.mark.parametrize("seed", range(40))
def test_what_is_surely_unrelated_neither_resembles_the_token_nor_is_one(expected: str, seed: int) -> None:
    random = Random(seed)
    pieces = [
        expected,
        expected[3:],
        expected[5:],
        "MS=",
        "ms",
        "M",
        "s",
        "=",
        " ",
        '"',
        "\t",
        "v=spf1",
        "12345678",
        "x",
    ]

    for _ in range(400):
        value = "".join(random.choices(pieces, k=random.randint(1, 5)))[: random.randint(1, 60)]
        if is_surely_unrelated(value, expected):
            assert likeness(value, expected) is Likeness.UNRELATED, value
            assert not looks_like_token(value), value


def test_most_records_are_surely_unrelated() -> None:
    for value in ("v=spf1 include:spf.protection.outlook.com -all", "google-site-verification=abc", "verification=17"):
        assert is_surely_unrelated(value, WANTED), value
