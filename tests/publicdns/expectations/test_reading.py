"""What people paste, in every form in which Microsoft prints it, and what is left out and why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from publicdns.expectations.pasting import LONGEST_TEXT, parse
from publicdns.expectations.reading import PasteError, whole_name

WIZARD = """Microsoft Exchange
Type\tPriority\tHost name\tPoints to address or value\tTTL
MX\t0\t@\tcontoso-com.o-v1.mx.microsoft\t1 Hour
Type\tHost name\tPoints to address or value\tTTL
TXT\t@\tv=spf1 include:spf.protection.outlook.com -all\t1 Hour
CNAME\tautodiscover\tautodiscover.outlook.com\t1 Hour
Skype for Business
Type\tService\tProtocol\tPort\tWeight\tPriority\tTTL\tName\tTarget
SRV\t_sip\t_tls\t443\t1\t100\t1 Hour\t@\tsipdir.online.lync.com
SRV\t_sipfederationtls\t_tcp\t5061\t1\t100\t1 Hour\t@\tsipfed.online.lync.com
"""
ZONE = """; contoso.com
@ 3600 IN MX 0 contoso-com.o-v1.mx.microsoft.
@ 3600 IN TXT "v=spf1 include:spf.protection.outlook.com -all"
autodiscover 3600 IN CNAME autodiscover.outlook.com.
_sip._tls 3600 IN SRV 100 1 443 sipdir.online.lync.com.
_sipfederationtls._tcp.contoso.com. 3600 IN SRV 100 1 5061 sipfed.online.lync.com.
"""
TABLE = """Type,Host name,Points to address or value,Priority,TTL
MX,@,contoso-com.o-v1.mx.microsoft,0,3600
TXT,@,"v=spf1 include:spf.protection.outlook.com -all",,3600
CNAME,autodiscover,autodiscover.outlook.com,,3600
SRV,_sip._tls,100 1 443 sipdir.online.lync.com,,3600
SRV,_sipfederationtls._tcp,100 1 5061 sipfed.online.lync.com,,3600
"""
FIVE = {
    "mx": "0 contoso-com.o-v1.mx.microsoft",
    "spf": "v=spf1 include:spf.protection.outlook.com -all",
    "autodiscover": "autodiscover.outlook.com",
    "sip": "100 1 443 sipdir.online.lync.com",
    "federation": "100 1 5061 sipfed.online.lync.com",
}


def values(text: str) -> dict[str, str]:
    return {one.key: one.value for one in parse(text, "contoso.com").records}


@pytest.mark.parametrize(
    "text",
    [
        WIZARD,
        WIZARD.replace("\t", "    "),
        WIZARD.replace("\t", " | "),
        WIZARD.replace("\n", "\r\n"),
        "\n".join(cell for line in WIZARD.splitlines() for cell in line.split("\t")),
        ZONE,
        TABLE,
        TABLE.replace(",", ";"),
    ],
    ids=["tabs", "spaces", "bars", "windows", "a cell a line", "zone file", "csv", "semicolons"],
)
def test_the_wizard_s_table_is_read_in_every_form_in_which_it_is_copied(text: str) -> None:
    assert values(text) == FIVE


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("contoso-com.o-v1.mx.microsoft", {"mx": "0 contoso-com.o-v1.mx.microsoft"}),
        (" CONTOSO-com.mail.protection.outlook.com. ", {"mx": "0 contoso-com.mail.protection.outlook.com"}),
        ("contoso.mail.protection.office365.us", {"mx": "0 contoso.mail.protection.office365.us"}),
        ("MX @ 0 contoso-com.o-v1.mx.microsoft", {"mx": "0 contoso-com.o-v1.mx.microsoft"}),
        ("v=spf1 include:spf.protection.outlook.com -all", {"spf": FIVE["spf"]}),
        ("TXT\t@\tMS=ms12345678\t1 Hour", {"proof": "MS=ms12345678"}),
        ("MX\t32767\t@\tms12345678.msv1.invalid\t1 Hour", {"proof-mx": "32767 ms12345678.msv1.invalid"}),
    ],
)
def test_one_value_alone_is_enough(text: str, wanted: dict[str, str]) -> None:
    assert values(text) == wanted


@pytest.mark.parametrize("suffix", ["contoso.n-v1.dkim.mail.microsoft", "contoso.onmicrosoft.com"])
def test_dkim_values_are_read_from_powershell_and_from_the_portal(suffix: str) -> None:
    targets = {f"dkim{n}": f"selector{n}-contoso-com._domainkey.{suffix}" for n in (1, 2)}
    powershell = "\n".join(f"Selector{key[-1]}CNAME : {target}" for key, target in targets.items())
    named = "Host Name : selector{}._domainkey\nPoints to address or value: {}"
    portal = "\n".join(named.format(key[-1], target) for key, target in targets.items())

    assert values(powershell) == values(portal) == targets


def test_records_of_another_domain_are_left_out_and_it_is_said() -> None:
    parsed = parse(WIZARD + "MX\t0\tfabrikam.com.\tfabrikam-com.o-v1.mx.microsoft\t1 Hour", "contoso.com")

    assert len(parsed.records) == 5
    assert [one.why for one in parsed.skipped] == ["it belongs to another name than contoso.com"]


def test_a_zone_of_a_subdomain_keeps_the_wizard_s_relative_names() -> None:
    parsed = parse("CNAME\tautodiscover.sub\tautodiscover.outlook.com\t1 Hour\n" + WIZARD, "sub.contoso.com")

    assert "autodiscover.sub.contoso.com" in {one.name for one in parsed.records}


@pytest.mark.parametrize("text", ["", "hello", "MX", "A\t@\t192.0.2.1\t1 Hour", "<script>alert(1)</script>"])
def test_what_holds_no_record_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(PasteError) as refused:
        parse(text, "contoso.com")

    assert refused.value.sentence


def test_what_is_too_long_is_refused_unread() -> None:
    with pytest.raises(PasteError, match="too long"):
        parse("x" * (LONGEST_TEXT + 1), "contoso.com")


def test_control_characters_never_reach_a_value() -> None:
    assert values("TXT\t@\tv=spf1 \x00include:spf.protection.outlook.com\x1b -all\t1 Hour") == {"spf": FIVE["spf"]}


# --- Graph


def graph(*records: dict[str, object]) -> str:
    return json.dumps({"@odata.context": "…", "value": list(records)})


def item(rdtype: str, label: str = "contoso.com", **more: object) -> dict[str, object]:
    kind = f"#microsoft.graph.domainDns{rdtype}Record"
    return {"@odata.type": kind, "recordType": rdtype, "label": label, "ttl": 3600, "isOptional": False, **more}


GRAPH = graph(
    item("Mx", mailExchange="contoso-com.o-v1.mx.microsoft", preference=0),
    item("Txt", text="v=spf1 include:spf.protection.outlook.com -all"),
    item("CName", "autodiscover.contoso.com", canonicalName="autodiscover.outlook.com"),
    item(
        "Srv",
        "_sip._tls.contoso.com",
        nameTarget="sipdir.online.lync.com",
        port=443,
        priority=100,
        weight=1,
        service="_sip",
        protocol="_tls",
    ),
    item(
        "Srv",
        service="_sipfederationtls",
        protocol="_tcp",
        nameTarget="sipfed.online.lync.com",
        port=5061,
        priority=100,
        weight=1,
    ),
)


def test_graph_s_service_configuration_records_are_read() -> None:
    parsed = parse(GRAPH, "contoso.com")

    assert {one.key: one.value for one in parsed.records} == FIVE
    assert parsed.graph


def test_graph_s_verification_records_are_the_text_and_the_mail_proof() -> None:
    text = graph(
        item("Txt", text="MS=ms12345678"), item("Mx", mailExchange="ms12345678.msv1.invalid", preference=32767)
    )

    assert set(values(text)) == {"proof", "proof-mx"}


def test_two_answers_of_graph_in_one_list_are_read_together() -> None:
    assert set(values(f"[{GRAPH}, {graph(item('Txt', text='MS=ms12345678'))}]")) == {*FIVE, "proof"}


def test_a_record_graph_could_not_make_is_said_with_its_reason() -> None:
    broken = {"@odata.type": "#microsoft.graph.domainDnsUnavailableRecord", "id": "x", "description": "No mail here"}
    parsed = parse(graph(item("Txt", text="MS=ms12345678"), broken), "contoso.com")

    assert [one.why for one in parsed.skipped] == ["Microsoft could not make it: No mail here"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"value": 1}',
        '{"value": [1, null, "x"]}',
        '{"value": [{"recordType": "Mx", "label": "contoso.com", "preference": true, "mailExchange": "x"}]}',
        "[" * 50_000,
    ],
)
def test_json_that_is_no_answer_of_graph_is_refused(text: str) -> None:
    with pytest.raises(PasteError):
        parse(text, "contoso.com")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("@", "contoso.com"),
        ("", "contoso.com"),
        ("contoso.com.", "contoso.com"),
        ("autodiscover", "autodiscover.contoso.com"),
        ("_sip._tls", "_sip._tls.contoso.com"),
        ("selector1._domainkey", "selector1._domainkey.contoso.com"),
        ("Autodiscover.Contoso.COM", "autodiscover.contoso.com"),
        ("fabrikam.com", None),
        ("fabrikam.com.", None),
        ("a b", None),
        ("x" * 260, None),
    ],
)
def test_a_host_field_means_a_whole_name_or_nothing(host: str, name: str | None) -> None:
    assert whole_name(host, "contoso.com") == name


@given(st.text(alphabet=st.sampled_from("MXTCNAESRV@ \t\n|,;\"'=:.0123456789abc_-{}[]\x00é"), max_size=300))
@profile(max_examples=300, deadline=None)
def test_whatever_is_pasted_is_read_or_refused_in_words(text: str) -> None:
    try:
        records = parse(text, "contoso.com").records
    except PasteError:
        records = ()
    assert all(one.name.endswith("contoso.com") and one.value.isprintable() for one in records)
