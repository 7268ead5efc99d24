"""Part C of the how-to, step by step: each step is in the product and works."""

from __future__ import annotations

from publicdns.answers import Verdict
from relaycheck.engine.connectors.audit import Audit
from relaycheck.engine.connectors.auditing import audit, fix, sentence, source
from relaycheck.engine.connectors.carrying import Target, recreate_script
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.exporting import ONE_LINER_MISSES, export_command, one_liner
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.organisations import (
    EVERYTHING,
    RELAY,
    Conn,
    Organisation,
    account,
    anonymous,
    app_relay,
    default_connectors,
)
from tests.relaycheck.connectors.shapes import our_json
from tests.relaycheck.connectors.shell import Shell


def audited(*connectors: Conn) -> Audit:
    return audit(read(our_json(Organisation("one", connectors))))


def test_c1_new_connectors_get_the_settings_of_the_old_ones() -> None:
    old = app_relay(
        size="50 MB (52,428,800 bytes)", auth=("Tls", "Integrated"), groups=("AnonymousUsers", "ExchangeUsers")
    )
    shell = Shell()

    shell.run(recreate_script(audited(old).connectors, Target("NEW01")))

    new = shell.connectors["NEW01\\App Relay"]
    assert (new.ranges, new.bindings, set(new.auth), set(new.groups)) == (
        old.ranges,
        old.bindings,
        set(old.auth),
        set(old.groups),
    )
    assert new.size == "50MB"
    assert compare(audited(old).export, audited(new).export).same


def test_c2_the_relay_right_is_read_from_the_extended_rights_and_not_from_the_settings() -> None:
    settings_alike = (
        app_relay(name="With"),
        app_relay(name="Without", own=anonymous("ms-Exch-Bypass-Anti-Spam"), ranges=("10.0.9.9",)),
    )

    verdicts = {one.connector.name: one.verdict for one in audited(*settings_alike).connectors}

    assert verdicts == {"With": Verdict.PRESENT, "Without": Verdict.MISSING}


def test_c3_open_relays_are_told_from_application_relays_and_explained() -> None:
    judged = audited(app_relay(name="Open", ranges=EVERYTHING), app_relay(name="Apps"))

    words = {one.connector.name: (one.findings[0].severity, sentence(one.findings[0])) for one in judged.connectors}
    assert words["Open"][0] == "error"
    assert "is an open relay: anybody who can connect may send to anywhere" in words["Open"][1]
    assert words["Apps"][0] == "notice"
    assert "for a list of machines" in words["Apps"][1]
    found = judged.connectors[0].findings[0]
    assert fix(found)
    assert source(found).startswith("https://learn.microsoft.com/")
    assert found.facts["evidence"]


def test_c4_the_one_liner_is_offered_with_ascii_quotes_and_with_what_it_misses() -> None:
    command = one_liner()

    assert command.isascii()
    assert "-like '*anon*' -and $_.ExtendedRights -like 'ms-Exch-SMTP-Accept-Any-Recipient'" in command
    assert len(ONE_LINER_MISSES) >= 5


def test_c4_what_the_one_liner_would_have_shown_stands_beside_what_is_true() -> None:
    judged = audited(
        app_relay(name="Seen"),
        app_relay(name="Denied", own=anonymous(RELAY, deny=True), ranges=("10.0.1.1",)),
        app_relay(
            name="Secured",
            groups=("ExchangeServers",),
            auth=("Tls", "ExternalAuthoritative"),
            own=(),
            ranges=("10.0.1.2",),
        ),
        app_relay(name="Russian", language="ru", own=anonymous(RELAY, language="ru"), ranges=("10.0.1.3",)),
    )

    assert judged.one_liner.shown == ("EX01\\Seen", "EX01\\Denied")
    assert judged.one_liner.missed == ("EX01\\Secured", "EX01\\Russian")
    assert judged.one_liner.mistaken == ("EX01\\Denied",)


def test_c5_a_named_account_replaces_anon() -> None:
    relay = app_relay(groups=("ExchangeUsers",), auth=("Integrated",), own=account("CONTOSO\\svc-scan", RELAY))
    export = read(our_json(Organisation("one", (relay, *default_connectors()))))

    assert audit(export).one_liner.shown == ()
    assert audit(export, "svc-scan").one_liner.shown == ("EX01\\App Relay",)
    assert "-like '*svc-scan*'" in one_liner("svc-scan")


def test_c5_named_accounts_are_found_without_asking_for_them() -> None:
    relay = app_relay(groups=("ExchangeUsers",), auth=("Integrated",), own=account("CONTOSO\\svc-scan", RELAY))

    (judged,) = audited(relay).connectors

    assert [found.code for found in judged.findings] == ["RC106"]
    assert "CONTOSO\\svc-scan" in sentence(judged.findings[0])


def test_the_export_command_asks_by_distinguished_name_and_falls_back() -> None:
    command = export_command("C:\\Temp\\it's.json")

    assert command.index('DistinguishedName)" -ErrorAction Stop') < command.index('Identity)" -ErrorAction Stop')
    assert "ConvertTo-Json" not in command
    assert "'C:\\Temp\\it''s.json'" in command
