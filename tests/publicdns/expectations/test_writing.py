"""Records in the form in which people need them, and what publishing them would do to mail."""

from __future__ import annotations

import csv
import io

import pytest

from publicdns.answers import Answer, Outcome, Question, Record, Server
from publicdns.expectations.clouds import Cloud, derived
from publicdns.expectations.consequences import Consequences, consequences, lives_elsewhere
from publicdns.expectations.hosts import UNKNOWN, entry, form_of, forms
from publicdns.expectations.records import expected_record
from publicdns.expectations.renderings import as_csv, powershell, zone_lines
from publicdns.mailflow import MailFlow, mail_flow
from publicdns.providers import rows

SERVER = Server("192.0.2.1", 53, "ns1.example")
MX = expected_record("contoso.com", "MX", "contoso.com", "0 contoso-com.o-v1.mx.microsoft")
SPF = expected_record("contoso.com", "TXT", "contoso.com", "v=spf1 include:spf.protection.outlook.com -all")
ALIAS = expected_record("contoso.com", "CNAME", "autodiscover.contoso.com", "autodiscover.outlook.com")
SRV = expected_record("contoso.com", "SRV", "_sip._tls.contoso.com", "100 1 443 sipdir.online.lync.com")
HOSTILE = expected_record(
    "contoso.com", "TXT", "x.contoso.com", "=cmd|'/c calc'!A1 ’; Remove-Item $env:X \"quoted\" \\"
)


def test_zone_file_lines_can_be_pasted_as_they_are() -> None:
    assert zone_lines([MX, SPF, ALIAS, SRV]) == (
        "contoso.com. 3600 IN MX 0 contoso-com.o-v1.mx.microsoft.",
        'contoso.com. 3600 IN TXT "v=spf1 include:spf.protection.outlook.com -all"',
        "autodiscover.contoso.com. 3600 IN CNAME autodiscover.outlook.com.",
        "_sip._tls.contoso.com. 3600 IN SRV 100 1 443 sipdir.online.lync.com.",
    )


def test_a_long_text_is_cut_into_strings_of_255_octets() -> None:
    long = expected_record("contoso.com", "TXT", "contoso.com", "v=spf1 " + "ip4:192.0.2.1 " * 40 + "-all")

    assert all(len(part) <= 255 for part in zone_lines([long])[0].split('"')[1::2])


def test_windows_dns_gets_one_command_a_record() -> None:
    add, hour = "Add-DnsServerResourceRecord -ZoneName 'contoso.com' -Name", "-TimeToLive 01:00:00"
    assert powershell([MX, SPF, ALIAS, SRV], "contoso.com") == (
        f"{add} '@' -MX -Preference 0 -MailExchange 'contoso-com.o-v1.mx.microsoft.' {hour}",
        f"{add} '@' -Txt -DescriptiveText 'v=spf1 include:spf.protection.outlook.com -all' {hour}",
        f"{add} 'autodiscover' -CName -HostNameAlias 'autodiscover.outlook.com.' {hour}",
        f"{add} '_sip._tls' -Srv -Priority 100 -Weight 1 -Port 443 -DomainName 'sipdir.online.lync.com.' {hour}",
    )


def test_what_must_go_is_removed_and_never_added() -> None:
    msoid = [one for one in derived("contoso.com") if one.absent]

    assert zone_lines(msoid) == ("; remove: msoid.contoso.com. CNAME",)
    assert powershell(msoid, "contoso.com")[0].startswith("Remove-DnsServerResourceRecord")


def test_a_hostile_value_stays_one_value_in_all_three() -> None:
    command = powershell([HOSTILE], "contoso.com")[0]
    row = list(csv.reader(io.StringIO(as_csv([HOSTILE]))))[1]

    assert "'=cmd|''/c calc''!A1 ’’; Remove-Item $env:X \"quoted\" \\'" in command
    assert row[2].startswith("'=cmd")
    assert '\\"quoted\\" \\\\"' in zone_lines([HOSTILE])[0]


# --- What a provider's form wants


@pytest.mark.parametrize(
    ("server", "host", "target", "priority"),
    [
        ("ns01.domaincontrol.com", "@", "contoso-com.o-v1.mx.microsoft", "0"),
        ("ns-1.awsdns-2.org", "", "0 contoso-com.o-v1.mx.microsoft.", ""),
        ("dns10.ovh.net", "", "contoso-com.o-v1.mx.microsoft.", "0"),
        ("dns1.registrar-servers.com", "@", "contoso-com.o-v1.mx.microsoft.", "0"),
        ("ns1033.ui-dns.de", "", "contoso-com.o-v1.mx.microsoft", "0"),
        ("kate.ns.cloudflare.com", "@", "contoso-com.o-v1.mx.microsoft", "0"),
    ],
)
def test_each_provider_wants_it_its_own_way(server: str, host: str, target: str, priority: str) -> None:
    wanted = entry(MX, "contoso.com", form_of((server,)))

    assert (wanted.host, wanted.value, wanted.priority) == (host, target, priority)


def test_srv_fields_are_given_one_by_one_or_as_one_value() -> None:
    apart, together = (entry(SRV, "contoso.com", forms()[name]) for name in ("GoDaddy", "Amazon Route 53"))

    assert (apart.host, apart.priority, apart.weight, apart.port) == ("_sip._tls", "100", "1", "443")
    assert together.value == "100 1 443 sipdir.online.lync.com."


def test_two_providers_at_once_are_no_provider() -> None:
    assert form_of(("ns01.domaincontrol.com", "dns10.ovh.net")) is UNKNOWN


def test_a_provider_without_a_row_is_named_and_claims_nothing() -> None:
    form = form_of(("ns1.transip.nl",))

    assert (form.provider, form.verified) == ("TransIP", False)


def test_every_row_names_a_provider_that_is_recognised_and_a_source_or_none() -> None:
    known = {row.name for row in rows("dns_hosts")}

    assert set(forms()) <= known
    assert {form.source for form in forms().values() if not form.verified} == {"unverified"}
    assert sum(form.verified for form in forms().values()) >= 10


# --- Consequences


def flow(*mx: str, spf: str = "") -> MailFlow:
    def answer(rdtype: str, *values: str) -> Answer:
        found = tuple(Record(rdtype, value, 60) for value in values)
        outcome = Outcome.FOUND if values else Outcome.EMPTY
        return Answer(Question("contoso.com", rdtype), SERVER, outcome, records=found, authoritative=True)

    return mail_flow("contoso.com", answer("MX", *mx), answer("TXT", *filter(None, [spf])), {})


def told(found: MailFlow | None, autodiscover: str = "") -> Consequences:
    return consequences(found, autodiscover, derived("contoso.com"))


def codes(found: Consequences) -> list[str]:
    return [one.code for one in found.breaks]


@pytest.mark.parametrize(
    ("mx", "elsewhere"),
    [
        (("10 mail.contoso.com",), True),
        (("0 contoso-com.mail.protection.outlook.com",), False),
        (("0 contoso-com.mail.protection.outlook.com", "10 mail.contoso.com"), False),
        (("0 contoso-com.mail.protection.outlook.com", "0 mail.contoso.com"), True),
        (("10 eu-smtp-inbound-1.mimecast.com",), True),
        (("0 .",), False),
        ((), True),
    ],
)
def test_where_mail_lives_decides_whether_exchange_is_asked_for_twice(mx: tuple[str, ...], elsewhere: bool) -> None:
    assert lives_elsewhere(flow(*mx)) is elsewhere
    assert told(flow(*mx)).asks_twice is elsewhere


def test_nobody_knowing_where_mail_lives_asks_twice() -> None:
    assert told(None).elsewhere is None
    assert told(None).asks_twice


def test_the_record_that_moves_mail_stands_first() -> None:
    assert [one.key for one in told(flow("10 mail.contoso.com")).moving] == ["mx", "spf", "autodiscover"]


def test_everything_that_breaks_is_named() -> None:
    found = told(flow("10 eu-smtp-inbound-1.mimecast.com", spf="v=spf1 ip4:192.0.2.1 -all"), "mail.contoso.com")

    assert codes(found) == [
        "no-mailbox",
        "gateway",
        "fallback",
        "old-spf",
        "two-spf",
        "autodiscover",
        "authoritative",
    ]
    assert all("{" not in one.sentence for one in found.breaks)


def test_mail_that_is_at_microsoft_already_breaks_nothing_but_the_note_remains() -> None:
    at_microsoft = flow(
        "0 contoso-com.mail.protection.outlook.com", spf="v=spf1 include:spf.protection.outlook.com -all"
    )

    assert codes(told(at_microsoft, "autodiscover.outlook.com")) == ["authoritative"]


def test_the_spf_record_to_publish_keeps_the_old_senders() -> None:
    merged = told(flow("10 mail.contoso.com", spf="v=spf1 ip4:192.0.2.1 -all")).spf

    assert merged is not None
    assert merged.text == "v=spf1 ip4:192.0.2.1 include:spf.protection.outlook.com -all"


def test_each_cloud_has_its_own_include_in_the_merged_record() -> None:
    found = consequences(flow("10 mail.contoso.com"), "", derived("contoso.com", Cloud.CHINA), Cloud.CHINA)

    assert found.spf is not None
    assert "spf.protection.partner.outlook.cn" in found.spf.text
