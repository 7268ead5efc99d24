from __future__ import annotations

import pytest

from publicdns.expectations.clouds import Cloud, derived, mail_token, verification


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("contoso.co.uk", "contoso-co-uk"),
        ("ima-citizensrights.org.uk", "imacitizensrights-org-uk0i"),
        ("mcc-hvac.com", "mcchvac-com0i"),
        ("gwg-gruppe.de", "gwggruppe-de0i"),
        ("pi-hf.com", "pihf-com0e"),
        ("1-2.co.uk", "12-co-uk0c"),
        ("maxx-express.com", "maxxexpress-com01b"),
        ("rent-path.com", "rentpath-com01b"),
        ("proline-cleaningsolutions.com", "prolinecleaningsolutions-com01i"),
        ("dominion-business.com", "dominionbusiness-com02b"),
        ("practice-labs.com", "practicelabs-com02b"),
        ("intermedia-advertising.com", "intermediaadvertising-com02e"),
        ("find-child-arrangement-option.service.gov.uk", "findchildarrangementoption-service-gov-uk01be2e"),
    ],
)
def test_the_mail_token_follows_every_public_example(name: str, token: str) -> None:
    assert mail_token(name) == token


def test_the_proof_by_mx_is_the_last_of_all() -> None:
    text, mx = verification("contoso.com", "MS=ms12345678")

    assert text.value == "MS=ms12345678"
    assert mx.value == "32767 ms12345678.msv1.invalid"


def test_for_a_token_in_another_spelling_no_proof_by_mx_is_guessed() -> None:
    assert [one.key for one in verification("contoso.com", "MS=55208010")] == ["proof"]


@pytest.mark.parametrize("cloud", list(Cloud))
def test_every_cloud_has_its_own_mail_records_with_a_source(cloud: Cloud) -> None:
    found = derived("contoso.com", cloud, "contoso")

    assert [one.key for one in found if one.moves_mail] == ["mx", "spf", "autodiscover"]
    assert all(one.source.startswith("https://learn.microsoft.com/") for one in found if one.source)


def test_the_only_value_without_a_page_is_the_mail_host_of_21vianet_and_it_is_a_hint() -> None:
    unsourced = [(cloud, one.key, one.certain) for cloud in Cloud for one in derived("a.com", cloud) if not one.source]

    assert unsourced == [(Cloud.CHINA, "mx", False)]


def test_21vianet_has_records_of_its_own_for_teams() -> None:
    found = {one.key: one.value for one in derived("contoso.com", Cloud.CHINA)}

    assert found["federation"] == "100 1 5061 sipfed.online.partner.lync.cn"
    assert found["sip"] == "100 1 443 sipdir.online.partner.lync.cn"


def test_a_derived_mail_host_says_that_it_is_a_hint() -> None:
    assert [one.key for one in derived("contoso.com") if not one.certain] == ["mx", "dmarc"]


def test_american_clouds_name_the_mail_host_after_the_tenant() -> None:
    mx = derived("contoso.com", Cloud.GCC_HIGH, "fabrikam")[0]

    assert mx.value == "0 fabrikam.mail.protection.office365.us"


@pytest.mark.parametrize("cloud", [Cloud.GCC_HIGH, Cloud.DOD])
def test_without_the_tenant_s_name_no_american_mail_host_is_guessed(cloud: Cloud) -> None:
    assert "mx" not in {one.key for one in derived("contoso.com", cloud)}


def test_msoid_is_wanted_at_21vianet_and_must_go_anywhere_else() -> None:
    left = {cloud: next(one for one in derived("contoso.com", cloud) if one.key == "msoid") for cloud in Cloud}

    assert [cloud for cloud, one in left.items() if not one.absent] == [Cloud.CHINA]
    assert left[Cloud.CHINA].value == "clientconfig.partner.microsoftonline-p.net.cn"


def test_the_legacy_names_of_skype_are_optional() -> None:
    optional = {one.key for one in derived("contoso.com") if one.optional}

    assert optional == {"sip", "sip-name", "lyncdiscover", "dmarc"}
