"""Reading MetaBase.xml, our export, fl output and postconf -n: what is kept, what is dropped, what is refused."""

from __future__ import annotations

import json

import pytest

from relaycheck.engine.access_list import AccessList, from_hex, from_octets
from relaycheck.engine.adsi_export import as_export
from relaycheck.engine.iis import IisConfiguration, InvalidUpload
from relaycheck.engine.postconf import PostfixConfiguration
from relaycheck.engine.relay_rules.differences import changes
from relaycheck.engine.route_action import RouteAction, route_action
from relaycheck.engine.upload import read_configuration
from tests.measuring import least_seconds
from tests.relaycheck.make import ONE_ADDRESS, export, metabase


def iis(raw: bytes | str) -> IisConfiguration:
    found = read_configuration(raw.encode() if isinstance(raw, str) else raw)
    assert isinstance(found, IisConfiguration)
    return found


def test_locations_are_compared_without_case_and_spread_into_servers_and_domains() -> None:
    server = iis(metabase()).servers[0]

    assert server.number == "1"
    assert [domain.name for domain in server.domains] == ["contoso.com", "*.com"]


def test_custom_children_count_by_name_and_by_number() -> None:
    server = iis(metabase()).servers[0]

    assert server.text("AuthFlags") == "AuthBasic | AuthAnonymous | AuthNTLM"
    assert server.number_of("SmtpOutboundCommandSupportOptions") == 7


def test_values_are_inherited_from_the_service_then_from_the_schema() -> None:
    server = iis(metabase()).servers[0]

    assert (server.setting("MaxMessageSize").origin, server.number_of("MaxMessageSize")) == ("service", 2097152)
    assert (server.setting("RemoteSmtpPort").origin, server.number_of("RemoteSmtpPort")) == ("schema", 25)


def test_the_schema_default_of_the_message_size_is_not_what_setup_writes() -> None:
    server = iis('<IIsSmtpServer Location ="/LM/SmtpSvc/1" LogType="0"/>').servers[0]

    assert not server.setting("MaxMessageSize").known


def test_secrets_and_other_services_are_dropped_while_reading() -> None:
    found = iis(metabase())

    kept = json.dumps(as_export(found))
    assert "hunter2" not in kept
    assert "svc" not in kept.lower().replace("smtpsvc", "")
    assert "49634462" not in kept
    assert found.withheld == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_any_encoding_windows_writes_is_read(encoding: str) -> None:
    assert len(iis(metabase().encode(encoding)).servers) == 1


def test_the_smtp_part_alone_is_enough() -> None:
    text = metabase()
    part = text[text.index("<IIsSmtpService") : text.index("</MBProperty>")]

    assert iis(part).servers == iis(text).servers


def test_the_known_layout_of_a_relay_list_is_decoded() -> None:
    assert from_hex(ONE_ADDRESS) == AccessList(True, ("127.0.0.1",))


def test_two_addresses_are_decoded_by_their_counts() -> None:
    raw = bytearray(bytes.fromhex(ONE_ADDRESS)[:-4]) + bytes([10, 0, 0, 21, 10, 0, 0, 22])
    raw[36], raw[44] = 2, 3

    assert from_octets(bytes(raw)).granted == ("10.0.0.21", "10.0.0.22")


@pytest.mark.parametrize(
    "text",
    [ONE_ADDRESS[:-8], ONE_ADDRESS + "0a000001", "00" * 84, "zz", "1", ONE_ADDRESS.replace("ffffffff", "ffffff00")],
)
def test_any_other_layout_is_said_to_be_undecodable(text: str) -> None:
    assert from_hex(text).trouble == "undecodable"


def test_an_empty_relay_list_is_not_the_same_as_none() -> None:
    assert iis(metabase("")).servers[0].access("RelayIpList").trouble == "empty"
    assert iis(export(RelayIpList=None)).servers[0].access("RelayIpList").trouble == "absent"


def test_route_flags_go_by_their_hexadecimal_values() -> None:
    assert route_action("4102") == RouteAction.SMART_HOST | RouteAction.TLS | RouteAction.DOMAIN_RELAY
    assert route_action("0x20000") == RouteAction.DISABLE_CHUNK
    assert route_action("132072") != RouteAction.DISABLE_CHUNK
    assert route_action("SMTP_SMARTHOST | SMTP_SSL") == RouteAction.SMART_HOST | RouteAction.TLS
    assert route_action("nonsense") is None


def test_a_negative_number_is_an_unsigned_one_that_wmi_could_not_hold() -> None:
    assert iis(export(MaxMessageSize=-1)).servers[0].number_of("MaxMessageSize") == 4294967295


def test_the_export_command_s_json_is_read() -> None:
    found = iis(export())

    assert found.service_start == "AutoDelayed"
    assert found.servers[0].access("RelayIpList") == AccessList(True, ("10.0.0.21",))


def test_what_is_stored_reads_back_to_the_same_configuration() -> None:
    found = iis(export())

    assert iis(json.dumps(as_export(found))) == found


def test_format_list_output_is_read() -> None:
    text = "Name : SmtpSvc/1\nMaxMessageSize : 2097152\nRelayIpList : {24, 0, 0, 128...}\n\n"
    text += "Name : SmtpSvc/1/Domain/*.com\nRouteAction : 4096\n"

    server = iis(text).servers[0]
    assert server.number_of("MaxMessageSize") == 2097152
    assert server.access("RelayIpList").trouble == "undecodable"
    assert server.domains[0].has(RouteAction.DOMAIN_RELAY)


def test_postconf_output_is_read_with_continuations_and_variables() -> None:
    raw = (
        b"myhostname = relay01.contoso.com\nmynetworks = 10.0.0.21/32,\n  10.0.0.22/32\nsmtp_helo_name = $myhostname\n"
    )

    found = read_configuration(raw)
    assert isinstance(found, PostfixConfiguration)
    assert found.words("mynetworks") == ("10.0.0.21/32", "10.0.0.22/32")
    assert found.text("smtp_helo_name") == "relay01.contoso.com"


def test_postfix_parameters_that_lead_to_secrets_are_withheld() -> None:
    found = read_configuration(b"relayhost = [a.test]\nsmtp_sasl_password_maps = static:user:hunter2\n")

    assert isinstance(found, PostfixConfiguration)
    assert "hunter2" not in str(found.values)
    assert found.withheld == 1


def test_differences_between_two_uploads_are_told_value_by_value() -> None:
    before, after = iis(export()), iis(export(MaxMessageSize=2097152, RelayIpList={"GrantByDefault": True}))

    found = {(change.name, change.before, change.after) for change in changes(before, after)}
    assert found == {("maxmessagesize", "10485760", "2097152"), ("relayiplist", "only: 10.0.0.21", "all except: ")}


BOMB = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">%s]><b>&z;</b>'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "billion laughs": BOMB % LAUGHS,
    "quadratic": BOMB % f'<!ENTITY z "{"z" * 100_000}">',
    "external entity": '<!DOCTYPE b [<!ENTITY z SYSTEM "file:///etc/passwd">]><b Location="/LM/SmtpSvc">&z;</b>',
    "external document type": '<!DOCTYPE b SYSTEM "http://127.0.0.1:9/x.dtd"><b/>',
    "parameter entity": '<!DOCTYPE b [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><b/>',
    "deep": "<a>" * 100_000,
    "wide": "<IIsSmtpServer Location='/LM/SmtpSvc/1'/>" * 400_000,
    "many domains": "".join(f'<d Location="/LM/SmtpSvc/1/Domain/{n}.test"/>' for n in range(25_000)),
    "zip": "PK\x03\x04" + "\x00" * 1000,
    "gzip": "\x1f\x8b\x08" + "\x00" * 1000,
    "too large": "<a/>" * (9 * 1024 * 1024),
    "deep json": '{"format":' + "[" * 200_000,
    "long number": '{"format": ' + "9" * 1_000_000 + "}",
    "nothing": "",
    "prose": "Dear Sir or Madam",
    "other xml": "<Objs><Obj/></Objs>",
    "other json": '{"format": "onward-connectors/1"}',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_hostile_or_something_else_is_refused_in_two_seconds(kind: str) -> None:
    raw = HOSTILE[kind].encode("latin-1")

    def refused() -> None:
        with pytest.raises(InvalidUpload):
            read_configuration(raw)

    assert least_seconds(refused, 2) < 2
