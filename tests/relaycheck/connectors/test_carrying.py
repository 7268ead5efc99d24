"""The scripts: they parse, they recreate the same relays, and nothing hostile gets out of its quotes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relaycheck.engine.connectors.audit import Audit, Judged
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.carrying import Target, closing_script, recreate_script, to_relay_sources
from relaycheck.engine.connectors.exporting import export_command, one_liner
from relaycheck.engine.connectors.powershell import comment, quoted
from relaycheck.engine.connectors.reading import read
from relaycheck.engine.policy import Source
from tests.relaycheck.connectors.organisations import (
    APP,
    RELAY,
    SENDER,
    Conn,
    Organisation,
    account,
    anonymous,
    app_relay,
)
from tests.relaycheck.connectors.shapes import our_json
from tests.relaycheck.connectors.shell import Shell, broken
from tests.relaycheck.connectors.truth_table import TABLE

HOSTILE = (
    "it's",
    "'; Remove-Mailbox *; '",
    "’; Remove-Mailbox *; ’",
    "$(Remove-Mailbox)",
    "`n; Stop-Computer",
    "line\nStop-Computer",
    "Drucker (Köln) \U0001f5a8",
    '"double"',
    "#comment",
    "a,b",
    "",
)


def audited(*connectors: Conn) -> Audit:
    return audit(read(our_json(Organisation("one", connectors))))


def relays(judged: tuple[Judged, ...]) -> set[tuple[str, frozenset[str], frozenset[str], frozenset[int]]]:
    """Who relays, from where, to which port, by connector name; translated names as their party."""
    return {
        (
            item.connector.name,
            frozenset("anyone" if who.without_logon else who.principal.key for who in item.relaying),
            frozenset(map(str, item.connector.ranges or ())),
            frozenset(binding.port for binding in item.connector.bindings or ()),
        )
        for item in judged
        if item.relaying
    }


def rebuilt(before: Audit, only: tuple[Judged, ...] | None = None) -> Audit:
    shell = Shell()
    shell.run(recreate_script(only or before.connectors, Target("NEW01")))
    return audited(*shell.connectors.values())


# Three servers with one connector each become one server: a name can exist there only once.
ROUND_TRIPS = [organisation for organisation in TABLE if len({one.server for one in organisation.connectors}) == 1]


@pytest.mark.parametrize("organisation", ROUND_TRIPS, ids=str)
def test_recreating_exporting_and_auditing_again_gives_the_same_relays(organisation: Organisation) -> None:
    before = audit(read(our_json(organisation)))

    after = rebuilt(before)

    assert relays(after.connectors) == relays(before.connectors)


@pytest.mark.parametrize("organisation", TABLE, ids=str)
def test_generated_scripts_parse_for_every_organisation(organisation: Organisation) -> None:
    judged = audit(read(our_json(organisation)))

    script = recreate_script(judged.connectors, Target("NEW01", frontend=False))

    assert broken(script) == []
    assert broken(closing_script(judged.connectors)) == []


@pytest.mark.parametrize("organisation", [one for one in ROUND_TRIPS if "inherited" not in one.name], ids=str)
def test_closing_commands_leave_no_relay_behind(organisation: Organisation) -> None:
    before = audit(read(our_json(organisation)))
    shell = Shell({one.identity: one for one in organisation.connectors})
    full_control = {"anonymous-full-control", "all-extended-rights"}

    shell.run(closing_script(before.connectors))

    after = audited(*(replace(one, language="en") for one in shell.connectors.values()))
    translated = organisation.name.startswith("application-list-") or organisation.name == "everyone-german"
    if organisation.name not in full_control and not translated:
        assert relays(after.connectors) == set()


def test_copied_commands_parse() -> None:
    assert broken(export_command()) == []
    assert broken(one_liner()) == []
    assert broken(one_liner("müller's")) == []
    assert export_command().isascii()
    assert "\n" not in export_command()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_one_ascii_string(text: str) -> None:
    expression = quoted(text)

    assert expression.isascii()
    assert broken(f"Out -Value {expression}") == []
    assert Shell().evaluate(expression) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_run_no_command_of_their_own(text: str) -> None:
    relay = app_relay(
        name=f"x{text}", own=anonymous(RELAY) + account(f"CONTOSO\\{text}y", RELAY), auth=("Tls", "Integrated")
    )
    shell = Shell()

    shell.run(recreate_script(audited(relay).connectors, Target(f"NEW{text}")))

    assert set(shell.ran) <= {
        "New-ReceiveConnector",
        "Set-ReceiveConnector",
        "Add-ADPermission",
        "Get-ReceiveConnector",
        "Get-ADPermission",
        "Format-List",
        "Format-Table",
        "Where-Object",
        "Write-Output",
    }
    assert [one.name for one in shell.connectors.values()] == [relay.name.strip()]


def test_comments_never_leave_their_line() -> None:
    assert comment("a\r\nStop-Computer\u2028b") == "# a??Stop-Computer?b"


def test_custom_is_never_passed_on() -> None:
    script = recreate_script(audited(app_relay()).connectors, Target("NEW01"))

    commands = [line for line in script.splitlines() if not line.startswith("#")]
    assert not any("'Custom'" in line for line in commands)


def test_one_method_or_the_other_and_never_both() -> None:
    both = app_relay(groups=("AnonymousUsers", "ExchangeServers"), auth=("Tls", "ExternalAuthoritative"))

    script = recreate_script(audited(both).connectors, Target("NEW01"))

    assert "Add-ADPermission" in script
    assert "-AuthMechanism 'Tls' " in script


def test_limits_that_differ_from_the_defaults_are_carried() -> None:
    script = recreate_script(audited(app_relay(size="50 MB (52,428,800 bytes)")).connectors, Target("NEW01"))

    assert "-MaxMessageSize '50MB'" in script
    assert "-MaxMessageSize" not in recreate_script(audited(app_relay()).connectors, Target("NEW01"))


def test_explicit_rights_beside_relay_are_carried() -> None:
    script = recreate_script(
        audited(
            app_relay(groups=("ExchangeUsers",), auth=("Integrated",), own=account("CONTOSO\\svc", RELAY, SENDER))
        ).connectors,
        Target("NEW01"),
    )

    assert "-ExtendedRights 'ms-Exch-SMTP-Accept-Any-Recipient','ms-Exch-SMTP-Accept-Any-Sender'" in script


def test_incomplete_ranges_are_not_recreated() -> None:
    relay = audited(app_relay()).connectors[0]
    cut = replace(relay, connector=replace(relay.connector, ranges=None))

    assert "New-ReceiveConnector" not in recreate_script([cut], Target("NEW01"))


def test_a_server_without_transport_roles_gets_none() -> None:
    script = recreate_script(audited(app_relay()).connectors, Target("CAS02", frontend=False))

    assert "-TransportRole" not in script


def test_ranges_become_allowed_sources_with_their_origin() -> None:
    sources = to_relay_sources(audited(app_relay(ranges=("10.0.20.21-10.0.20.22",))).connectors)

    assert [str(one.network) for one in sources] == ["10.0.20.21/32", "10.0.20.22/32"]
    assert sources[0].connector == "EX01\\App Relay"
    assert sources[0].origin == "receive connector EX01\\App Relay, receive-connectors.json:1"


@pytest.mark.parametrize("text", HOSTILE)
def test_origins_fit_into_a_relay_policy_whatever_the_connector_is_called(text: str) -> None:
    sources = to_relay_sources(audited(app_relay(name=f"x{text}" * 20)).connectors)

    assert [Source(str(one.network), purpose=one.origin).network for one in sources]


def test_an_open_relay_never_becomes_an_allow_list() -> None:
    assert to_relay_sources(audited(app_relay(ranges=("0.0.0.0-255.255.255.255",))).connectors) == ()


def test_clients_that_log_on_never_become_an_allow_list() -> None:
    relay = app_relay(groups=("ExchangeUsers",), auth=("Integrated",), own=account("CONTOSO\\svc", RELAY), ranges=APP)

    assert to_relay_sources(audited(relay).connectors) == ()
