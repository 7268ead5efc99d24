from __future__ import annotations

import pytest

from publicdns.names import InvalidName, canonical, public_suffix, registrable, unicode_name


@pytest.mark.parametrize(
    ("typed", "ascii_name"),
    [
        ("contoso.com", "contoso.com"),
        ("Contoso.COM", "contoso.com"),
        ("contoso.com.", "contoso.com"),
        ("  contoso.com\n", "contoso.com"),
        ("\ufeffcontoso.com\u200b", "contoso.com"),
        ("\u00a0contoso.com\u00a0", "contoso.com"),
        ("https://contoso.com/path?x=1#y", "contoso.com"),
        ("https://user:secret@mail.contoso.com:8443/", "mail.contoso.com"),
        ("//contoso.com", "contoso.com"),
        ("contoso.com/index.html", "contoso.com"),
        ("contoso.com:443", "contoso.com"),
        ("anna@contoso.com", "contoso.com"),
        ("mailto:anna@contoso.com", "contoso.com"),
        ("Anna <anna@contoso.com>", "contoso.com"),
        ("www.contoso.com", "contoso.com"),
        ("www.com", "www.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("contoso．com", "contoso.com"),
        ("שלום.com", "xn--9dbne9b.com"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("notonmicrosoft.com", "notonmicrosoft.com"),
        ("_ms.contoso.com", "_ms.contoso.com"),
        ("ｃｏｎｔｏｓｏ.com", "contoso.com"),
    ],
)
def test_every_usual_form_gives_the_canonical_name(typed: str, ascii_name: str) -> None:
    assert canonical(typed).ascii == ascii_name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("https://", "empty"),
        ("anna@", "empty"),
        ("192.0.2.1", "ip-address"),
        ("http://192.0.2.1/", "ip-address"),
        ("2001:db8::1", "ip-address"),
        ("https://[2001:db8::1]:443/", "ip-address"),
        ("contoso.1", "ip-address"),
        ("co.uk", "public-suffix"),
        ("com", "public-suffix"),
        ("contoso", "single-label"),
        ("x" * 300 + ".com", "label-too-long"),
        ("ü" * 60 + ".de", "label-too-long"),
        ("a." * 150 + "com", "too-long"),
        ("x" * 2000, "too-long"),
        ("a\u200db.com", "invisible"),
        ("a\u200bb.com", "invisible"),
        ("con\u00adtoso.com", "invisible"),
        ("\u202emoc.com\u202cx", "invisible"),
        ("con\x00toso.com", "control"),
        ("con\x1b[31mtoso.com", "control"),
        ("😀.com", "emoji"),
        ("contoso..com", "empty-label"),
        (".contoso.com", "empty-label"),
        ("con toso.com", "several"),
        ("contoso.com, fabrikam.com", "several"),
        ("*.contoso.com", "wildcard"),
        ("-contoso.com", "hyphen"),
        ("con_toso.com", "bad-character"),
        ("con<script>.com", "bad-character"),
        ("_.contoso.com", "bad-character"),
        ("xn--zzzz.com", "bad-punycode"),
        ("aא.com", "direction"),
        ("contoso.local", "not-public"),
        ("localhost", "not-public"),
        ("contoso.onmicrosoft.com", "onmicrosoft"),
        ("contoso.mail.onmicrosoft.com", "onmicrosoft"),
        ("contoso.onmicrosoft.us", "onmicrosoft"),
        ("contoso.onmicrosoft.de", "onmicrosoft"),
        ("contoso.partner.onmschina.cn", "onmicrosoft"),
        ("anna@contoso.partner.onmschina.cn", "onmicrosoft"),
        ("onmicrosoft.com", "onmicrosoft"),
    ],
)
def test_what_is_no_domain_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(InvalidName) as caught:
        canonical(typed)

    assert caught.value.code == code
    assert caught.value.sentence.endswith(".")
    assert len(caught.value.sentence) < 200
    assert caught.value.sentence.isprintable()


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("contoso.com", []),
        (" Contoso.com.", ["spaces", "trailing-dot", "capitals"]),
        ("https://www.contoso.com", ["url", "www"]),
        ("anna@contoso.com", ["email"]),
        ("faß.de", ["idn"]),
    ],
)
def test_each_repair_is_told(typed: str, codes: list[str]) -> None:
    assert [repair.code for repair in canonical(typed).repaired] == codes


def test_a_refusal_shows_letters_as_they_were_typed() -> None:
    with pytest.raises(InvalidName, match="The part mü_ller holds"):
        canonical("mü_ller.de")


def test_a_pasted_host_offers_the_registrable_domain() -> None:
    name = canonical("https://mail.contoso.co.uk/owa")

    assert (name.ascii, name.offered) == ("mail.contoso.co.uk", "contoso.co.uk")


def test_the_registrable_domain_itself_offers_nothing() -> None:
    assert canonical("contoso.co.uk").offered is None


def test_names_are_shown_in_their_own_script() -> None:
    assert canonical("faß.de").unicode == "faß.de"
    assert unicode_name("xn--zzzz.example") == "xn--zzzz.example"


def test_suffix_and_registrable_domain_follow_the_public_list() -> None:
    assert public_suffix("a.b.contoso.co.uk") == "co.uk"
    assert registrable("a.b.contoso.co.uk") == "contoso.co.uk"
    assert registrable("co.uk") is None
