"""Each expected record against each form in which it is published: exactly as printed, and whether it works."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.expectations.clouds import CLOUDS, Cloud, derived, verification
from publicdns.expectations.judgement import SENTENCES, Judgement
from publicdns.expectations.judging import judge, questions
from publicdns.expectations.records import BY_KEY, Effect, Expected, Service, expected_record

DOMAIN, TENANT = "contoso.com", "contoso"
SERVER = Server("192.0.2.1", 53, "ns1.example")
WW, GH, DOD, CN = Cloud.WORLDWIDE, Cloud.GCC_HIGH, Cloud.DOD, Cloud.CHINA
PRINTED_MX = "0 contoso-com.o-v1.mx.microsoft"
DKIM = "selector1-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft"
OLD_DKIM = "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"


def answer(name: str, rdtype: str, *values: str, aliases: tuple[str, ...] = ()) -> Answer:
    records = tuple(Record(rdtype, value, 3600) for value in values)
    outcome = Outcome.FOUND if values else Outcome.EMPTY
    chain = tuple(Record("CNAME", alias, 3600) for alias in aliases)
    return Answer(Question(name, rdtype), SERVER, outcome, records=records, aliases=chain, authoritative=True)


def expected(cloud: Cloud, key: str) -> Expected:
    """The record of the cloud; ``!`` after the key: as the wizard printed it, not derived."""
    if key == "mx!":
        value = PRINTED_MX if cloud is WW else f"0 contoso.{CLOUDS[cloud].mail[0]}"
        return expected_record(DOMAIN, "MX", DOMAIN, value)
    if key == "dkim1!":
        return expected_record(DOMAIN, "CNAME", f"selector1._domainkey.{DOMAIN}", DKIM)
    if key in ("proof", "proof-mx"):
        return next(one for one in verification(DOMAIN, "MS=ms12345678") if one.key == key)
    if key == "other!":
        return expected_record(DOMAIN, "TXT", f"verify.{DOMAIN}", "some text")
    return next(one for one in derived(DOMAIN, cloud, TENANT) if one.key == key)


def judged(cloud: Cloud, key: str, *values: str, **more: tuple[str, ...]) -> Judgement:
    wanted = expected(cloud, key)
    answers = {(wanted.name, wanted.rdtype): [answer(wanted.name, wanted.rdtype, *values)]}
    if "a" in more or "aliases" in more:
        found = answer(wanted.name, "A", *more.get("a", ()), aliases=more.get("aliases", ()))
        answers[wanted.name, "A"] = [found]
    if "srv" in more:
        name = f"_autodiscover._tcp.{DOMAIN}"
        answers[name, "SRV"] = [answer(name, "SRV", *more["srv"])]
    return judge(wanted, answers, DOMAIN, cloud)


SPF = "v=spf1 include:spf.protection.outlook.com -all"
G, C = "include:_spf.google.com", "ip4:192.0.2.0/24"
CLASSIC = "contoso-com.mail.protection.outlook.com"
# cloud, record, what is published, exactly as printed, works, code
CASES = [
    # --- MX, printed by the wizard
    (WW, "mx!", [PRINTED_MX], "present", "present", "exact"),
    (WW, "mx!", ["10 contoso-com.o-v1.mx.microsoft"], "wrong", "present", "mx-preference"),
    (WW, "mx!", [f"0 {CLASSIC}"], "wrong", "present", "mx-other-suffix"),
    (WW, "mx!", ["0 fabrikam-com.mail.protection.outlook.com"], "wrong", "unknown", "mx-other-token"),
    (WW, "mx!", [PRINTED_MX, "10 mail.contoso.com"], "wrong", "present", "mx-fallback"),
    (WW, "mx!", [PRINTED_MX, f"10 {CLASSIC}"], "wrong", "present", "mx-fallback"),
    (WW, "mx!", [PRINTED_MX, "32767 ms12345678.msv1.invalid"], "wrong", "present", "mx-fallback"),
    (WW, "mx!", [PRINTED_MX, "0 mail.contoso.com"], "wrong", "wrong", "mx-split"),
    (WW, "mx!", ["0 mail.contoso.com", "10 contoso-com.o-v1.mx.microsoft"], "wrong", "wrong", "mx-not-first"),
    (WW, "mx!", ["10 mail.contoso.com"], "wrong", "wrong", "mx-elsewhere"),
    (WW, "mx!", ["1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"], "wrong", "wrong", "mx-elsewhere"),
    (WW, "mx!", ["10 eu-smtp-inbound-1.mimecast.com"], "wrong", "unknown", "mx-gateway"),
    (WW, "mx!", ["10 mxa.pphosted.com", "10 mxb.pphosted.com"], "wrong", "unknown", "mx-gateway"),
    (WW, "mx!", ["0 contoso-com.o-v1.mx.microsoft.contoso.com"], "wrong", "wrong", "appended"),
    (WW, "mx!", ["0 contoso.mail.protection.office365.us"], "wrong", "wrong", "mx-other-cloud"),
    (WW, "mx!", ["0 contoso-com.mail.protection.partner.outlook.cn"], "wrong", "wrong", "mx-other-cloud"),
    (WW, "mx!", ["0 contoso.com.mail.messaging.microsoft.com"], "wrong", "wrong", "mx-retired"),
    (WW, "mx!", ["0 ms12345678.msv1.invalid", "10 mail.contoso.com"], "wrong", "wrong", "mx-proof-first"),
    (WW, "mx!", ["0 ."], "wrong", "wrong", "mx-null"),
    (WW, "mx!", [], "missing", "missing", "mx-none"),
    # --- MX, only derived
    (WW, "mx", [f"0 {CLASSIC}"], "present", "present", "exact"),
    (WW, "mx", [f"10 {CLASSIC}"], "present", "present", "mx-preference"),
    (WW, "mx", [PRINTED_MX], "unknown", "present", "mx-hint"),
    (WW, "mx", ["0 something-else.k-v1.mx.microsoft"], "unknown", "present", "mx-hint"),
    (WW, "mx", ["10 mail.contoso.com"], "wrong", "wrong", "mx-elsewhere"),
    (WW, "mx", [], "missing", "missing", "mx-none"),
    (GH, "mx", ["0 contoso.mail.protection.office365.us"], "present", "present", "exact"),
    (GH, "mx", [f"0 {CLASSIC}"], "wrong", "wrong", "mx-other-cloud"),
    (GH, "mx", ["10 mail.contoso.com"], "wrong", "wrong", "mx-elsewhere"),
    (GH, "mx!", ["0 contoso.mail.protection.office365.us"], "present", "present", "exact"),
    (DOD, "mx", ["0 contoso.mail.protection.office365.us"], "present", "present", "exact"),
    (DOD, "mx", [PRINTED_MX], "wrong", "wrong", "mx-other-cloud"),
    (DOD, "mx", ["0 contoso.mail.protection.office365.us", "10 mail.contoso.com"], "wrong", "present", "mx-fallback"),
    (CN, "mx", ["0 contoso-com.mail.protection.partner.outlook.cn"], "present", "present", "exact"),
    (CN, "mx", [f"0 {CLASSIC}"], "wrong", "wrong", "mx-other-cloud"),
    (CN, "mx", [], "missing", "missing", "mx-none"),
    # --- SPF
    (WW, "spf", [SPF], "present", "present", "exact"),
    (WW, "spf", [SPF, "google-site-verification=x"], "present", "present", "exact"),
    (WW, "spf", [SPF.replace("-all", "~all")], "present", "present", "spf-softfail"),
    (WW, "spf", [SPF.replace("-all", "?all")], "wrong", "present", "spf-merged"),
    (WW, "spf", [SPF.replace("-all", "+all")], "wrong", "present", "spf-open"),
    (WW, "spf", [SPF.replace("include:", "INCLUDE:")], "wrong", "present", "spf-spelling"),
    (WW, "spf", [SPF.replace(" -all", "  -all")], "wrong", "present", "spf-spelling"),
    (WW, "spf", [f"v=spf1 {C} include:spf.protection.outlook.com -all"], "wrong", "present", "spf-merged"),
    (WW, "spf", [f"v=spf1 {G} include:spf.protection.outlook.com ~all"], "wrong", "present", "spf-merged"),
    (WW, "spf", ["v=spf1 redirect=spf.protection.outlook.com"], "wrong", "present", "spf-redirect"),
    (WW, "spf", [SPF, f"v=spf1 {C} -all"], "wrong", "wrong", "spf-several"),
    (WW, "spf", [f"v=spf1 {C} -all"], "wrong", "wrong", "spf-lacking"),
    (WW, "spf", [f"v=spf1 {G} ~all"], "wrong", "wrong", "spf-lacking"),
    (WW, "spf", ["v=spf1 include:_spf.contoso.com -all"], "wrong", "unknown", "spf-nested"),
    (WW, "spf", ["v=spf1 redirect=_spf.contoso.com"], "wrong", "unknown", "spf-nested"),
    (WW, "spf", ["v=spf1 -all include:spf.protection.outlook.com"], "wrong", "wrong", "spf-after-all"),
    (WW, "spf", ["v=spf1 -include:spf.protection.outlook.com ~all"], "wrong", "wrong", "spf-refused"),
    (WW, "spf", ["v=spf1 ~include:spf.protection.outlook.com -all"], "wrong", "wrong", "spf-refused"),
    (WW, "spf", ["v=spf1 include:spf.protection.outlook.com ip4:300.1.1.1 -all"], "wrong", "wrong", "spf-mistake"),
    (WW, "spf", ["v=spf1 include:spf.protection.office365.us -all"], "wrong", "wrong", "spf-other-cloud"),
    (WW, "spf", ["google-site-verification=x"], "missing", "missing", "missing"),
    (WW, "spf", [], "missing", "missing", "missing"),
    (GH, "spf", ["v=spf1 include:spf.protection.office365.us -all"], "present", "present", "exact"),
    (GH, "spf", [SPF], "wrong", "wrong", "spf-other-cloud"),
    (GH, "spf", [f"v=spf1 {C} include:spf.protection.office365.us -all"], "wrong", "present", "spf-merged"),
    (DOD, "spf", ["v=spf1 include:spf.protection.office365.us ~all"], "present", "present", "spf-softfail"),
    (DOD, "spf", [f"v=spf1 {C} -all"], "wrong", "wrong", "spf-lacking"),
    (CN, "spf", ["v=spf1 include:spf.protection.partner.outlook.cn -all"], "present", "present", "exact"),
    (CN, "spf", [SPF], "wrong", "wrong", "spf-other-cloud"),
    (CN, "spf", [], "missing", "missing", "missing"),
    # --- autodiscover
    (WW, "autodiscover", ["autodiscover.outlook.com"], "present", "present", "exact"),
    (WW, "autodiscover", ["mail.contoso.com"], "wrong", "wrong", "alias-elsewhere"),
    (WW, "autodiscover", ["autodiscover.office365.us"], "wrong", "wrong", "alias-other-cloud"),
    (WW, "autodiscover", ["autodiscover.outlook.com.contoso.com"], "wrong", "wrong", "appended"),
    (WW, "autodiscover", ["autodiscover.outlook.com.autodiscover.contoso.com"], "wrong", "wrong", "appended"),
    (WW, "autodiscover", [], "missing", "missing", "missing"),
    (GH, "autodiscover", ["autodiscover.office365.us"], "present", "present", "exact"),
    (GH, "autodiscover", ["autodiscover-dod.office365.us"], "wrong", "wrong", "alias-other-cloud"),
    (GH, "autodiscover", ["autodiscover.outlook.com"], "wrong", "wrong", "alias-other-cloud"),
    (DOD, "autodiscover", ["autodiscover-dod.office365.us"], "present", "present", "exact"),
    (DOD, "autodiscover", ["autodiscover.office365.us"], "wrong", "wrong", "alias-other-cloud"),
    (CN, "autodiscover", ["autodiscover.partner.outlook.cn"], "present", "present", "exact"),
    (CN, "autodiscover", ["autodiscover.outlook.com"], "wrong", "wrong", "alias-other-cloud"),
    (CN, "autodiscover", ["mail.contoso.com"], "wrong", "wrong", "alias-elsewhere"),
    # --- DKIM, pasted
    (WW, "dkim1!", [DKIM], "present", "present", "exact"),
    (WW, "dkim1!", [OLD_DKIM], "wrong", "unknown", "dkim-other-form"),
    (WW, "dkim1!", [DKIM.replace(".n-v1.", ".w-v1.")], "wrong", "unknown", "dkim-other-form"),
    (WW, "dkim1!", ["selector1.example.net"], "wrong", "wrong", "alias-elsewhere"),
    (WW, "dkim1!", [f"{DKIM}.contoso.com"], "wrong", "wrong", "appended"),
    (WW, "dkim1!", [], "missing", "missing", "missing"),
    # --- DMARC: Microsoft prints none
    (WW, "dmarc", ["v=DMARC1; p=none"], None, "present", "dmarc"),
    (WW, "dmarc", ["v=DMARC1; p=none; rua=mailto:d@contoso.com"], None, "present", "dmarc"),
    (WW, "dmarc", ["v=DMARC1; p=reject"], None, "present", "dmarc-strict"),
    (WW, "dmarc", ["v=DMARC1;p=quarantine;pct=50"], None, "present", "dmarc-strict"),
    (WW, "dmarc", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], None, "wrong", "dmarc-several"),
    (WW, "dmarc", ["v=DMARC1; rua=mailto:d@contoso.com"], None, "wrong", "dmarc-broken"),
    (WW, "dmarc", ["v=DMARC1; p=maybe"], None, "wrong", "dmarc-broken"),
    (WW, "dmarc", ["DMARC1; p=none"], None, "wrong", "dmarc-broken"),
    (WW, "dmarc", [], None, "missing", "advice-missing"),
    (GH, "dmarc", ["v=DMARC1; p=none"], None, "present", "dmarc"),
    (CN, "dmarc", [], None, "missing", "advice-missing"),
    # --- Teams
    (WW, "federation", ["100 1 5061 sipfed.online.lync.com"], "present", "present", "exact"),
    (WW, "federation", ["10 5 5061 sipfed.online.lync.com"], "wrong", "present", "srv-weights"),
    (WW, "federation", ["100 1 443 sipfed.online.lync.com"], "wrong", "wrong", "srv-port"),
    (WW, "federation", ["100 1 5061 sip.contoso.com"], "wrong", "wrong", "srv-target"),
    (WW, "federation", ["100 1 5061 sipfed.online.lync.com.contoso.com"], "wrong", "wrong", "appended"),
    (
        WW,
        "federation",
        ["100 1 5061 sip.contoso.com", "100 1 5061 sipfed.online.lync.com"],
        "wrong",
        "present",
        "srv-several",
    ),
    (WW, "federation", [], "missing", "missing", "missing"),
    (GH, "federation", ["100 1 5061 sipfed.online.gov.skypeforbusiness.us"], "present", "present", "exact"),
    (GH, "federation", ["100 1 5061 sipfed.online.lync.com"], "wrong", "wrong", "srv-target"),
    (DOD, "federation", ["100 1 5061 sipfed.online.dod.skypeforbusiness.us"], "present", "present", "exact"),
    (DOD, "federation", [], "missing", "missing", "missing"),
    (WW, "sip", ["100 1 443 sipdir.online.lync.com"], "present", "present", "exact"),
    (WW, "sip", [], "missing", "present", "not-needed"),
    (WW, "sip", ["100 1 5061 sipdir.online.lync.com"], "wrong", "wrong", "srv-port"),
    (WW, "sip-name", ["sipdir.online.lync.com"], "present", "present", "exact"),
    (WW, "sip-name", [], "missing", "present", "not-needed"),
    (WW, "sip-name", ["sip.contoso.net"], "wrong", "present", "alias-not-needed"),
    (CN, "sip-name", ["sipdir.online.partner.lync.cn"], "present", "present", "exact"),
    (CN, "sip-name", ["sipdir.online.lync.com"], "wrong", "wrong", "alias-other-cloud"),
    (WW, "lyncdiscover", ["webdir.online.lync.com"], "present", "present", "exact"),
    (WW, "lyncdiscover", [], "missing", "present", "not-needed"),
    (CN, "lyncdiscover", ["webdir.online.partner.lync.cn"], "present", "present", "exact"),
    (CN, "lyncdiscover", ["webdir.online.lync.com"], "wrong", "wrong", "alias-other-cloud"),
    # --- devices
    (WW, "registration", ["enterpriseregistration.windows.net"], "present", "present", "exact"),
    (WW, "registration", ["enterpriseregistration.windows.net.contoso.com"], "wrong", "wrong", "appended"),
    (WW, "registration", ["adfs.contoso.com"], "wrong", "wrong", "alias-elsewhere"),
    (WW, "registration", [], "missing", "missing", "missing"),
    (WW, "enrollment", ["enterpriseenrollment-s.manage.microsoft.com"], "present", "present", "exact"),
    (WW, "enrollment", ["enterpriseenrollment.manage.microsoft.com"], "wrong", "present", "alias-legacy"),
    (WW, "enrollment", ["mdm.contoso.com"], "wrong", "wrong", "alias-elsewhere"),
    (WW, "enrollment", [], "missing", "missing", "missing"),
    # --- msoid
    (WW, "msoid", [], "present", "present", "gone"),
    (WW, "msoid", ["clientconfig.microsoftonline-p.net"], "wrong", "wrong", "left-over"),
    (GH, "msoid", [], "present", "present", "gone"),
    (DOD, "msoid", ["clientconfig.microsoftonline-p.net"], "wrong", "wrong", "left-over"),
    (CN, "msoid", ["clientconfig.partner.microsoftonline-p.net.cn"], "present", "present", "exact"),
    (CN, "msoid", [], "missing", "missing", "missing"),
    (CN, "msoid", ["clientconfig.microsoftonline-p.net"], "wrong", "wrong", "alias-elsewhere"),
    # --- the proof of ownership, and the MX that does instead
    (WW, "proof", ["MS=ms12345678"], "present", "present", "exact"),
    (WW, "proof", ["MS=ms12345678", "MS=ms55208010"], "present", "present", "exact"),
    (WW, "proof", ["MS=ms55208010"], "wrong", "wrong", "proof-other"),
    (WW, "proof", [SPF], "missing", "missing", "missing"),
    (WW, "proof-mx", ["10 mail.contoso.com", "32767 ms12345678.msv1.invalid"], "present", "present", "exact"),
    (WW, "proof-mx", ["10 mail.contoso.com", "20 ms12345678.msv1.invalid"], "wrong", "present", "proof-early"),
    (WW, "proof-mx", ["0 ms12345678.msv1.invalid", "10 mail.contoso.com"], "wrong", "wrong", "proof-first"),
    (WW, "proof-mx", ["32767 ms12345678.msv1.invalid"], "present", "wrong", "proof-first"),
    (WW, "proof-mx", ["10 mail.contoso.com"], "missing", "missing", "missing"),
    # --- a record nobody knows
    (WW, "other!", ["some text"], "present", "present", "exact"),
    (WW, "other!", ["another text"], "wrong", "wrong", "text-other"),
    (WW, "other!", [], "missing", "missing", "missing"),
]


@pytest.mark.parametrize(("cloud", "key", "published", "printed", "works", "code"), CASES)
def test_both_columns_of_each_published_form(
    cloud: Cloud, key: str, published: list[str], printed: str | None, works: str, code: str
) -> None:
    found = judged(cloud, key, *published)

    assert (found.printed, found.works, found.code) == (printed, works, code)
    assert "…" not in found.sentence


def test_the_table_is_large_enough_and_names_every_code_once_at_least() -> None:
    elsewhere = {"unknown", "unlooked", "address-instead", "srv-instead", "alias-chain"}

    assert len(CASES) >= 120
    assert {case[5] for case in CASES} | elsewhere == set(SENTENCES)


@pytest.mark.parametrize("cloud", list(Cloud))
def test_whoever_could_not_be_asked_says_nothing_in_either_column(cloud: Cloud) -> None:
    for wanted in derived(DOMAIN, cloud, TENANT):
        failed = Answer(Question(wanted.name, wanted.rdtype), SERVER, Outcome.FAILED, Reason.SERVFAIL)
        found = judge(wanted, {(wanted.name, wanted.rdtype): [failed]}, DOMAIN, cloud)
        assert (found.printed, found.works, found.code) == ("unknown", "unknown", "unknown")


def test_what_nobody_has_asked_for_is_not_called_a_failure() -> None:
    found = judge(expected(WW, "spf"), {}, DOMAIN)

    assert (found.printed, found.works, found.code) == ("unknown", "unknown", "unlooked")


def test_an_address_in_the_place_of_autodiscover_does_not_work() -> None:
    found = judged(WW, "autodiscover", a=("192.0.2.9",))

    assert (found.printed, found.works, found.code) == ("wrong", "wrong", "address-instead")


def test_autodiscover_by_srv_works_though_the_wizard_does_not_see_it() -> None:
    found = judged(WW, "autodiscover", srv=("0 0 443 autodiscover.outlook.com",))

    assert (found.printed, found.works, found.code) == ("missing", "present", "srv-instead")


def test_an_alias_of_an_alias_works_though_the_wizard_does_not_see_it() -> None:
    found = judged(WW, "autodiscover", "cloud.contoso.com", aliases=("cloud.contoso.com", "autodiscover.outlook.com"))

    assert (found.printed, found.works, found.code) == ("wrong", "present", "alias-chain")


def test_where_name_servers_differ_the_worst_answer_counts_and_it_is_said() -> None:
    wanted = expected(WW, "spf")
    given = [answer(DOMAIN, "TXT", SPF), answer(DOMAIN, "TXT")]

    found = judge(wanted, {(DOMAIN, "TXT"): given}, DOMAIN)

    assert (found.works, found.differs) == ("missing", True)


def test_one_server_that_fails_does_not_hide_what_the_other_says() -> None:
    failed = Answer(Question(DOMAIN, "TXT"), SERVER, Outcome.FAILED, Reason.TIMEOUT)

    found = judge(expected(WW, "spf"), {(DOMAIN, "TXT"): [failed, answer(DOMAIN, "TXT", SPF)]}, DOMAIN)

    assert (found.printed, found.differs) == ("present", False)


def test_every_record_is_asked_for_and_autodiscover_in_three_ways() -> None:
    asked = questions(derived(DOMAIN))

    assert {(f"autodiscover.{DOMAIN}", "CNAME"), (f"autodiscover.{DOMAIN}", "A")} < set(asked)
    assert (f"_autodiscover._tcp.{DOMAIN}", "SRV") in asked
    assert len(asked) == len(set(asked))


def test_a_hostile_value_is_bounded_in_the_sentence() -> None:
    found = judged(WW, "autodiscover", "x" * 5000 + "\x1b[31m")

    assert len(found.sentence) < 400
    assert "\x1b" not in found.sentence


def test_every_known_kind_of_record_can_be_derived_or_pasted() -> None:
    derivable = {one.key for cloud in Cloud for one in derived(DOMAIN, cloud, TENANT)}

    assert set(BY_KEY) - derivable == {"dkim1", "dkim2"}


def test_a_record_moves_mail_by_its_effect_alone() -> None:
    wanted = Expected("x", Service.OTHER, "TXT", DOMAIN, "y")

    assert not wanted.moves_mail
    assert replace(wanted, effect=Effect.SENDS).moves_mail
