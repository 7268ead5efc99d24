"""Whatever arrives: what can still be said is said, and what cannot is marked."""

from __future__ import annotations

import json

import pytest

from publicdns.answers import Verdict
from relaycheck.engine.connectors.audit import Audit
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.model import Coverage, Cut, Export, Party
from relaycheck.engine.connectors.principals import identify
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.organisations import (
    EVERYTHING,
    RELAY,
    SUBMIT,
    Organisation,
    app_relay,
    default_connectors,
)
from tests.relaycheck.connectors.shapes import clixml, csv_semicolons, format_list, json_integers, our_json

DEFAULT_FRONTEND = """
AuthMechanism     : Tls, Integrated, BasicAuth, BasicAuthRequireTLS, ExchangeServer
Bindings          : {[::]:25, 0.0.0.0:25}
Fqdn              : LON-EX01.contoso.local
Enabled           : True
MaxMessageSize    : 36 MB (37,748,736 bytes)
PermissionGroups  : AnonymousUsers, ExchangeServers, ExchangeLegacyServers, Custom
RemoteIPRanges    : {::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 0.0.0.0-255.255.255.255}
Server            : LON-EX01
TransportRole     : FrontendTransport
Name              : Default Frontend LON-EX01
"""
ONE_LINER = """
Identity              User                         ExtendedRights
--------              ----                         --------------
LON-EX01\\Default F... NT AUTHORITY\\ANONYMOUS LOGON {ms-Exch-SMTP-Accept-Any-Recipient}
"""


def reads(text: str, name: str = "paste.txt") -> Export:
    return read([(name, text.encode())])


def codes(judged: Audit) -> set[str]:
    return {found.code for one in judged.connectors for found in one.findings} | {
        found.code for found in judged.findings
    }


def problems(export: Export) -> set[tuple[str, str]]:
    return {(one.code, one.detail) for found in export.files for one in found.problems}


# --- what is missing --------------------------------------------------------------------------------------------------


def test_custom_without_permissions_is_a_hint_and_no_proof() -> None:
    judged = audit(reads(DEFAULT_FRONTEND))

    assert judged.verdict is Verdict.UNKNOWN
    assert codes(judged) == {"RC301"}
    assert judged.connectors[0].findings[0].severity == "error"


def test_no_custom_without_permissions_is_no_sign_and_no_proof() -> None:
    judged = audit(reads(DEFAULT_FRONTEND.replace(", Custom", "")))

    assert (judged.verdict, codes(judged)) == (Verdict.UNKNOWN, {"RC302"})


def test_externally_secured_is_found_without_any_permissions() -> None:
    text = DEFAULT_FRONTEND.replace(
        "Tls, Integrated, BasicAuth, BasicAuthRequireTLS, ExchangeServer", "Tls, ExternalAuthoritative"
    )

    judged = audit(reads(text))

    assert judged.verdict is Verdict.PRESENT
    assert "RC104" in codes(judged)


def test_one_liner_output_joins_its_connector_but_proves_nothing() -> None:
    judged = audit(reads(DEFAULT_FRONTEND + ONE_LINER))

    assert judged.verdict is Verdict.UNKNOWN
    assert {"RC304", "RC305"} <= codes(judged)
    assert ("truncated", "identity") in problems(judged.export)


def test_permissions_without_connectors_are_told() -> None:
    text = ONE_LINER.replace("LON-EX01\\Default F...", "LON-EX01\\App Relay   ")

    judged = audit(reads(text))

    assert codes(judged) == {"RC307"}
    assert judged.findings[0].facts["connectors"] == ["lon-ex01\\app relay"]


def test_permissions_of_the_only_connector_need_no_identity() -> None:
    text = (
        DEFAULT_FRONTEND + "\nUser       ExtendedRights\n----       --------------\nEveryone   {ms-Exch-SMTP-Submit}\n"
    )

    export = reads(text)

    assert export.strays == ()
    assert export.coverage_of(export.connectors[0]) is Coverage.PARTIAL


def test_a_permission_listing_that_failed_is_not_an_empty_one() -> None:
    found = {
        "Identity": "EX01\\A",
        "Enabled": "True",
        "AuthMechanism": "Tls",
        "PermissionGroups": "AnonymousUsers",
        "permissions": None,
        "permissionsError": "object not found",
    }

    judged = audit(reads(json.dumps({"onward": "receive-connectors", "connectors": [found]})))

    assert judged.verdict is Verdict.UNKNOWN
    assert problems(judged.export) == {("permissions-not-read", "object not found")}


def test_table_without_settings_leaves_the_connector_unknown() -> None:
    text = (
        "Identity              Bindings                Enabled\n--------              --------                -------\n"
    )

    judged = audit(reads(text + "EX01\\Default Frontend {[::]:25, 0.0.0.0:25}   True\n"))

    assert judged.verdict is Verdict.UNKNOWN
    assert judged.connectors[0].connector.enabled is True
    assert "RC306" in codes(judged)


# --- shortened and naive ----------------------------------------------------------------------------------------------


def test_naive_csv_is_recognised_and_answered_with_the_command() -> None:
    text = (
        '"Identity","Enabled","PermissionGroups","AuthMechanism","RemoteIPRanges","Bindings"\r\n'
        '"EX01\\A","True","AnonymousUsers","Tls","Microsoft.Exchange.Data.MultiValuedProperty`1[Microsoft.Exchange.Data.IPRange]",'
        '"System.Object[]"\r\n'
    )

    export = reads(text, "naive.csv")

    assert export.connectors[0].cut("RemoteIPRanges") is Cut.TYPE_NAME
    assert export.connectors[0].ranges is None
    assert problems(export) == {("type-name", "remoteipranges"), ("type-name", "bindings")}


def test_naive_extended_rights_are_no_rights_and_no_proof() -> None:
    text = '"Identity","User","Deny","IsInherited","ExtendedRights"\r\n' + "".join(
        f'"EX01\\A","{who}","False","False","Microsoft.Exchange.Configuration.Tasks.ExtendedRightIdParameter[]"\r\n'
        for who in ("NT AUTHORITY\\ANONYMOUS LOGON", "Everyone")
    )

    export = read(
        [
            (
                "a.txt",
                DEFAULT_FRONTEND.replace("Name              : Default Frontend LON-EX01", "Name : A")
                .replace("LON-EX01", "EX01")
                .encode(),
            ),
            ("p.csv", text.encode()),
        ]
    )

    assert audit(export).verdict is Verdict.UNKNOWN
    assert ("type-name", "extendedrights") in problems(export)


def test_rights_cut_by_the_console_prove_nothing() -> None:
    text = (
        "Identity   User       Deny  IsInherited ExtendedRights\n"
        "--------   ----       ----  ----------- --------------\n"
        "EX01\\A     Everyone   False False       {ms-Exch-SMTP-S...\n"
        "EX01\\A     CONTOSO\\x  False False       {ms-Exch-SMTP-A...\n"
    )

    export = reads(DEFAULT_FRONTEND.replace("Default Frontend LON-EX01", "A").replace("LON-EX01", "EX01") + text)

    assert export.coverage_of(export.connectors[0]) is Coverage.PARTIAL
    assert audit(export).verdict is Verdict.UNKNOWN


def test_more_than_four_ranges_in_format_list_are_marked_incomplete() -> None:
    relay = app_relay(ranges=tuple(f"10.0.30.{n}" for n in range(1, 13)))

    judged = audit(read(format_list(Organisation("one", (relay,)))))

    assert judged.connectors[0].connector.cut("RemoteIPRanges") is Cut.TRUNCATED
    assert len(judged.connectors[0].connector.ranges or ()) == 4
    assert {"RC103", "RC113"} <= codes(judged)


def test_a_second_whole_export_completes_a_shortened_one() -> None:
    one = Organisation("one", (app_relay(ranges=tuple(f"10.0.30.{n}" for n in range(1, 13))),))

    export = read([*format_list(one), *our_json(one)])

    assert len(export.connectors[0].ranges or ()) == 12
    assert export.connectors[0].cuts == ()


def test_right_aligned_columns_are_sliced_where_the_value_begins() -> None:
    text = (
        "Identity    MaxInboundConnection Enabled\n"
        "--------    -------------------- -------\n"
        "EX01\\A                     5000 True\n"
    )

    (connector,) = reads(text).connectors

    assert (connector.limit("MaxInboundConnection"), connector.enabled) == ("5000", True)


def test_wrapped_table_cells_are_put_together() -> None:
    text = (
        "Identity  User                         ExtendedRights\n--------  ----                         --------------\n"
        "EX01\\App  NT AUTHORITY\\ANONYMOUS LOGON {ms-Exch-SMTP-\n"
        "Relay                                  Accept-Any-Recipient}\n"
    )

    export = reads(text)

    assert export.strays[0].principal.party is Party.ANONYMOUS


# --- encodings, several files, languages ------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_every_encoding_of_windows_is_read(encoding: str) -> None:
    (connector,) = read([("x.txt", DEFAULT_FRONTEND.replace("Default Frontend", "Gerät").encode(encoding))]).connectors

    assert connector.name == "Gerät LON-EX01"


def test_several_files_of_several_servers_become_one_organisation() -> None:
    one, other = (Organisation(server, default_connectors(server)) for server in ("EX01", "EX02"))

    export = read(
        [*clixml(one), *json_integers(other), *csv_semicolons(Organisation("x", (app_relay(server="EX03"),)))]
    )

    assert {connector.server for connector in export.connectors} == {"EX01", "EX02", "EX03"}
    assert set(export.coverage.values()) == {Coverage.FULL}


def test_distinguished_and_canonical_names_place_permissions() -> None:
    relay = app_relay()
    canonical = (
        "contoso.com/Configuration/Services/Microsoft Exchange/Contoso/Administrative Groups/"
        "Exchange Administrative Group (FYDIBOHF23SPDLT)/Servers/EX01/Protocols/SMTP Receive Connectors/App Relay"
    )
    rows = "".join(f'"{identity}","Everyone","{SUBMIT}"\r\n' for identity in (relay.dn, canonical, "ex01\\app relay"))

    export = read(
        [
            *json_integers(Organisation("one", (relay,)))[:1],
            ("p.csv", f"Identity,User,ExtendedRights\r\n{rows}".encode()),
        ]
    )

    assert len(export.grants_of(export.connectors[0])) == 3


@pytest.mark.parametrize(
    "name",
    [
        "NT-AUTORIT\ufffdT\\ANONYMOUS-ANMELDUNG",
        "NT-AUTORITÃ„T\\ANONYMOUS-ANMELDUNG",
        "NT-AUTORIT?T\\ANONYMOUS-ANMELDUNG",
        "nt authority\\inicio de sesi?n an?nimo",
        "NT AUTHORITY\\SOME NEW ANONYMOUS WORD",
        "s-1-5-7",
    ],
)
def test_mangled_and_new_spellings_are_still_anonymous(name: str) -> None:
    assert identify(name).party is Party.ANONYMOUS


@pytest.mark.parametrize(
    "name", ["CONTOSO\\anonymous", "CONTOSO\\ANONYMOUS LOGON", "EVIL-NT\\ANONYMOUS LOGON", "anonymous@contoso.com"]
)
def test_accounts_that_look_anonymous_are_named_accounts(name: str) -> None:
    assert identify(name).party is Party.NAMED


def test_a_sid_decides_over_a_name() -> None:
    assert identify("Irgendwer", "S-1-5-7").party is Party.ANONYMOUS


# --- hostile and wrong ------------------------------------------------------------------------------------------------


def test_document_types_in_clixml_are_refused() -> None:
    bomb = '<!DOCTYPE Objs [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    text = f'{bomb}<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><ToString>&b;</ToString></Obj></Objs>'

    export = reads(text, "bomb.xml")

    assert export.connectors == ()
    assert {code for code, _ in problems(export)} == {"xml-refused", "nothing-found"}


def test_binary_blobs_are_never_part_of_a_value() -> None:
    export = read(clixml(Organisation("one", (app_relay(),))))

    assert "AAEAAAD" not in repr(export)


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "empty"),
        (b"Dear colleague, please find attached", "not-an-export"),
        (b"#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n", "protocol-log"),
        (b"%PDF-1.7 \x00\x01\x02", "not-an-export"),
    ],
)
def test_other_files_are_named_for_what_they_are(content: bytes, shape: str) -> None:
    (found,) = read([("x", content)]).files

    assert found.shape == shape
    assert [one.code for one in found.problems] == [shape]


def test_files_beyond_the_limit_are_refused_unread() -> None:
    (found,) = read([("big.json", b" " * (64 * 1024 * 1024 + 1))]).files

    assert [one.code for one in found.problems] == ["too-large"]


def test_deeply_nested_json_is_refused() -> None:
    assert {code for code, _ in problems(reads("[" * 200_000, "deep.json"))} == {"not-json", "nothing-found"}


def test_spreadsheets_that_translated_true_are_read() -> None:
    header = "Identity;Enabled;AuthMechanism;RemoteIPRanges\r\n"
    text = f"{header}EX01\\A;FALSCH;Tls;{EVERYTHING[1]}\r\nEX01\\B;VRAI;Tls;10.0.0.1\r\n"

    assert [one.enabled for one in reads(text).connectors] == [False, True]


def test_progress_counts_bytes_over_all_files() -> None:
    told: list[tuple[int, int]] = []

    read([("a", b"x" * 10), ("b", b"y" * 30)], lambda done, total: told.append((done, total)))

    assert told == [(10, 40), (40, 40)]


def test_misprinted_right_of_the_documentation_is_understood() -> None:
    header = '"Identity","User","Deny","IsInherited","ExtendedRights"\r\n'
    text = f'{header}"EX01\\A","Everyone","False","False","s-Exch-SMTP-Accept-Any-Recipient"\r\n'

    assert RELAY.lower() in reads(text).strays[0].rights
