from __future__ import annotations

from dataclasses import replace

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.mailflow import Receiving, Resolves, mail_flow, mx_hosts, spf_domains
from publicdns.providers import dns_provider, mail_provider, rows


def answer(rdtype: str, *values: str, alias: str = "", fails: bool = False) -> Answer:
    outcome = Outcome.FAILED if fails else Outcome.FOUND if values else Outcome.EMPTY
    records = tuple(Record(rdtype, value, 300) for value in values)
    aliases = (Record("CNAME", alias, 300, "x"),) if alias else ()
    reason = Reason.TIMEOUT if fails else Reason.NONE
    server, kept = Server("192.0.2.1", recursive=True), 900 if outcome is Outcome.EMPTY else None
    return Answer(Question("contoso.com", rdtype), server, outcome, reason, records, aliases, negative_ttl=kept)


@pytest.mark.parametrize(
    ("host", "provider", "kind"),
    [
        ("contoso-com.mail.protection.outlook.com", "Microsoft 365", "mailbox"),
        ("CONTOSO-COM01B.MAIL.PROTECTION.OUTLOOK.COM.", "Microsoft 365", "mailbox"),
        ("contoso-com.o-v1.mx.microsoft", "Microsoft 365", "mailbox"),
        ("alt1.aspmx.l.google.com", "Google Workspace", "mailbox"),
        ("mx1.ppe-hosted.com", "Proofpoint Essentials", "gateway"),
        ("eu-smtp-inbound-1.mimecast.com", "Mimecast", "gateway"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "Amazon SES or WorkMail", "api"),
        ("ms12345678.msv1.invalid", "Microsoft domain verification", "none"),
        ("mail.contoso.com", "own server", "own"),
    ],
)
def test_a_mail_host_belongs_to_the_longest_suffix(host: str, provider: str, kind: str) -> None:
    found = mail_provider(host, "contoso.com")

    assert found is not None
    assert (found.name, found.kind) == (provider, kind)


@pytest.mark.parametrize(
    "host", ["notmx.microsoft.example", "evilmimecast.com", "x.amazonaws.com", "mx.unknown.example"]
)
def test_a_suffix_counts_only_at_a_label_boundary(host: str) -> None:
    assert mail_provider(host, "contoso.com") is None


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("anna.ns.cloudflare.com", "Cloudflare"),
        ("ns-12.awsdns-34.co.uk", "Amazon Route 53"),
        ("ns1240.ui-dns.biz", "IONOS"),
        ("ns47.domaincontrol.com", "GoDaddy"),
    ],
)
def test_a_name_server_names_its_provider(host: str, provider: str) -> None:
    found = dns_provider(host)

    assert found is not None
    assert found.name == provider


@pytest.mark.parametrize("table", ["mail_hosts", "dns_hosts"])
def test_every_row_has_a_source_or_says_that_it_has_none(table: str) -> None:
    for row in rows(table):
        assert row.source == "unverified" or row.verified
        assert row.name
        assert row.suffix == row.suffix.lower().strip(".")


def test_forty_dns_providers_are_known() -> None:
    assert len({row.name for row in rows("dns_hosts") if row.kind == "hosting"}) >= 40


@pytest.mark.parametrize(
    ("mx", "receiving"),
    [
        (None, Receiving.UNKNOWN),
        (answer("MX", fails=True), Receiving.UNKNOWN),
        (answer("MX"), Receiving.NONE),
        (answer("MX", "0 ."), Receiving.NULL),
        (answer("MX", "10 mail.contoso.com"), Receiving.HOSTS),
    ],
)
def test_no_mx_null_mx_and_not_knowing_are_told_apart(mx: Answer | None, receiving: Receiving) -> None:
    assert mail_flow("contoso.com", mx, None, {}).receiving is receiving


def test_hosts_come_in_order_of_preference_as_numbers() -> None:
    flow = mail_flow("contoso.com", answer("MX", "10 b.example", "9 a.example", "9 c.example"), None, {})

    assert [host.host for host in flow.hosts] == ["a.example", "c.example", "b.example"]
    assert [host.host for host in flow.first] == ["a.example", "c.example"]


def test_a_proof_of_ownership_and_a_null_mx_do_not_receive() -> None:
    mx = answer("MX", "0 .", "0 ms12345678.msv1.invalid", "5 a.example", "5 b.example", "9 c.example")

    flow = mail_flow("contoso.com", mx, None, {})

    assert [host.host for host in flow.receivers] == ["a.example", "b.example", "c.example"]
    assert [host.host for host in flow.first_receivers] == ["a.example", "b.example"]
    assert flow.providers == ("a.example", "b.example")


def test_where_nothing_but_a_proof_is_named_nobody_receives() -> None:
    flow = mail_flow("contoso.com", answer("MX", "0 ms12345678.msv1.invalid"), None, {})

    assert flow.first_receivers == ()
    assert flow.providers == ("Microsoft domain verification",)


def test_an_alias_is_resolved_one_step_to_its_provider() -> None:
    targets = {"mail.contoso.com": [answer("A", "192.0.2.9", alias="contoso-com.mail.protection.outlook.com")]}

    host = mail_flow("contoso.com", answer("MX", "0 mail.contoso.com"), None, targets).hosts[0]

    assert (host.provider, host.alias) == ("Microsoft 365", "contoso-com.mail.protection.outlook.com")


@pytest.mark.parametrize(
    ("answers", "resolves"),
    [
        ([answer("A", "192.0.2.9"), answer("AAAA")], Resolves.YES),
        ([answer("A"), answer("AAAA")], Resolves.NO),
        ([answer("A"), answer("AAAA", fails=True)], Resolves.UNKNOWN),
        ([answer("A"), replace(answer("AAAA"), negative_ttl=None)], Resolves.UNKNOWN),
        ([], Resolves.UNKNOWN),
    ],
)
def test_only_two_proven_absences_make_a_host_unresolvable(answers: list[Answer], resolves: Resolves) -> None:
    flow = mail_flow("contoso.com", answer("MX", "0 mail.contoso.com"), None, {"mail.contoso.com": answers})

    assert flow.hosts[0].resolves is resolves


def test_what_only_an_unchecked_answer_shows_does_not_resolve() -> None:
    unchecked = replace(answer("A", "192.0.2.9"), question=Question("mail.contoso.com", "A", checking_disabled=True))
    answers = [answer("A", fails=True), answer("AAAA", fails=True), unchecked]

    flow = mail_flow("contoso.com", answer("MX", "0 mail.contoso.com"), None, {"mail.contoso.com": answers})

    assert flow.hosts[0].resolves is Resolves.UNKNOWN


def test_nothing_is_asked_for_names_that_are_none() -> None:
    mx = answer("MX", "0 .", "1 192.0.2.25", "2 ms12345678.msv1.invalid", "3 mail.contoso.com")

    assert mx_hosts(mx) == ("mail.contoso.com",)


def test_senders_are_named_from_the_spf_record() -> None:
    record = "v=spf1 include:spf.protection.outlook.com ?include:mail.zendesk.com -include:y.example redirect=x.example"
    txt = answer("TXT", record)

    flow = mail_flow("contoso.com", None, txt, {})

    assert flow.microsoft_sends
    assert flow.senders == ("Microsoft 365", "Zendesk", "x.example")


def test_qualifiers_and_capitals_do_not_hide_an_include() -> None:
    assert spf_domains("v=spf1 +INCLUDE:A.example. ~include:b.example a:c.example") == ("a.example", "b.example")


def test_what_stands_behind_all_sends_nothing() -> None:
    txt = answer("TXT", "v=spf1 include:a.example -all include:spf.protection.outlook.com redirect=x.example")

    flow = mail_flow("contoso.com", None, txt, {})

    assert not flow.microsoft_sends
    assert flow.senders == ("a.example",)


def test_a_record_that_only_begins_like_spf_is_none() -> None:
    assert mail_flow("contoso.com", None, answer("TXT", "v=spf10 include:a.example"), {}).spf == ()
