"""One declared policy, everything it gives: steps, PowerShell, Postfix, the connector, DNS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tree_sitter
import tree_sitter_powershell

from relaycheck.engine.address_forms import three_recipients
from relaycheck.engine.policy import Hosted, InvalidPolicy, Profile, RelayPolicy, Source
from relaycheck.engine.reach import Target
from relaycheck.engine.renderings import render
from relaycheck.engine.renderings.iis_steps import Step, iis_steps
from relaycheck.engine.renderings.microsoft365 import (
    address_record,
    inbound_connector,
    merged_spf_record,
    spf_mechanism,
)
from relaycheck.engine.renderings.postfix import postfix
from relaycheck.engine.renderings.powershell import export_commands, iis_commands, quoted
from relaycheck.engine.renderings.probe_scripts import powershell_probe, swaks_probe
from relaycheck.engine.renderings.queue_watch import queue_watch
from relaycheck.engine.renderings.rendering import CannotRender
from tests.relaycheck.make import SMART_HOST, policy

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
ATTEMPTS = three_recipients("probe@contoso.com", "user@contoso.com", "x@example.com", "x@example.org")
NASTY = "O'Brien’s; $(Remove-Item C:\\) `n \" | & { } # <# @'"


def mistakes(script: str) -> list[str]:
    """What a PowerShell parser cannot read, with its place."""

    def walk(node: tree_sitter.Node) -> Iterator[str]:
        if node.type == "ERROR" or node.is_missing:
            yield f"{node.start_point}: {node.text!r}"
        for child in node.children:
            yield from walk(child)

    return list(walk(PARSER.parse(script.encode()).root_node))


def steps(of: str, declared: RelayPolicy | None = None) -> list[Step]:
    return [step for step in iis_steps(declared or policy()) if step.of == of]


POLICIES = {
    "direct send": policy(),
    "without external mail": policy(external=False, tlds=()),
    "smart host": policy(profile=Profile.SMART_HOST),
    "submission": policy(profile=Profile.SUBMISSION, user="o'brien@contoso.com"),
    "many": policy(sources=tuple(Source(f"10.0.1.{n}", purpose=NASTY) for n in range(200)), tlds=("com", "net", "org")),
}


@pytest.mark.parametrize("name", POLICIES)
def test_generated_powershell_parses(name: str) -> None:
    for rendering in render(POLICIES[name]).texts:
        if rendering.language == "powershell":
            assert mistakes(rendering.text) == [], rendering.name


def test_printed_scripts_parse() -> None:
    target = Target("relay01.contoso.com")
    scripts = [
        export_commands().text,
        powershell_probe(target, ATTEMPTS).text,
        powershell_probe(target, ATTEMPTS[:1]).text,
        queue_watch("https://onward.contoso.com/relays/queue", "a-token").text,
    ]

    assert [mistakes(script) for script in scripts] == [[], [], [], []]


def test_the_parser_itself_notices_a_broken_script() -> None:
    assert mistakes("$x = 'open") != []


def test_a_quote_of_any_kind_stays_inside_its_string() -> None:
    assert quoted("a'b’c") == "'a''b’’c'"
    assert mistakes(f"$x = {quoted(NASTY)}") == []


def test_b01_the_feature_and_port_25_are_the_first_steps_and_its_end_is_told() -> None:
    feature, firewall = steps("B1")

    assert "SMTP-Server" in feature.values
    assert "2025" in feature.correction
    assert "25" in firewall.action


def test_b02_the_relay_list_and_the_connection_list_hold_every_device() -> None:
    listed = [step for step in steps("B2") if step.values and "copier" in step.values[0]]

    assert [step.place.rpartition("> ")[2] for step in listed] == ["Relay", "Connection"]
    assert "10.0.0.21, 255.255.255.255" in iis_commands(policy()).text


def test_b03_message_size_is_10240_kb_and_the_session_twice_that() -> None:
    assert steps("B3")[0].values == ("message 10240 KB", "session 20480 KB")
    assert "'MaxMessageSize', 10485760" in iis_commands(policy()).text
    assert "message_size_limit = 10485760" in postfix(policy())[0].text


def test_b04_delivery_is_anonymous_by_port_25_without_a_smart_host() -> None:
    values = [value for step in steps("B4") for value in step.values]

    assert {"Anonymous access", "25", "relay01.contoso.com"} <= set(values)
    assert SMART_HOST not in values


def test_b05_each_hosted_domain_has_its_smart_host_with_tls_and_no_relay_box() -> None:
    (step,) = steps("B5")

    assert step.values == (SMART_HOST,)
    assert "TLS encryption ticked" in step.action
    assert "unticked" in step.correction
    assert "'RouteAction', 6" in iis_commands(policy()).text


def test_b06_endings_are_listed_only_where_external_mail_is_wanted() -> None:
    assert [step.values for step in steps("B6")] == [("*.com",)]
    assert steps("B6", policy(external=False)) == []


def test_b07_the_virtual_server_is_started_and_looked_at_again() -> None:
    assert "stays stopped" in steps("B7")[0].action
    assert "delayed-auto" in iis_commands(policy()).text


def test_b08_tls_is_said_to_be_all_or_nothing() -> None:
    assert "all or nothing" in steps("B8")[0].action


def test_b09_the_public_address_becomes_an_spf_mechanism() -> None:
    assert spf_mechanism(policy()) == "ip4:203.0.113.5"
    assert spf_mechanism(policy(nat_address="2001:db8::25")) == "ip6:2001:db8::25"


def test_b09_the_published_record_is_kept_and_the_relay_goes_before_all() -> None:
    published = ["some other text", "v=spf1 include:spf.protection.outlook.com ~all"]

    text = merged_spf_record(policy(), "contoso.com", published).text
    assert text == "v=spf1 ip4:203.0.113.5 include:spf.protection.outlook.com ~all\n"


def test_b09_a_relay_that_is_covered_already_changes_nothing() -> None:
    published = ["v=spf1 ip4:203.0.113.0/24 -all"]

    assert merged_spf_record(policy(), "contoso.com", published).text == "v=spf1 ip4:203.0.113.0/24 -all\n"


def test_b10_the_queue_folder_is_named_and_watched_by_a_script() -> None:
    assert steps("B10")[0].values == (r"%systemdrive%\Inetpub\mailroot\Queue",)
    assert "mailroot" in queue_watch("https://onward.contoso.com/q", "t").text


def test_b11_delisting_goes_by_the_code_and_takes_a_day_or_two() -> None:
    assert "24 to 48 hours" in steps("B11")[0].correction


def test_b12_the_question_about_the_ending_is_asked() -> None:
    assert "remote domain" in steps("B12")[0].action


def test_b13_logging_is_turned_off_afterwards() -> None:
    assert "turn it off afterwards" in steps("B13")[0].action


def test_b14_the_address_record_is_rendered() -> None:
    assert address_record(policy()).text == "relay01.contoso.com. 3600 IN A 10.0.0.5\n"


def test_all_fourteen_steps_are_in_the_list() -> None:
    assert {step.of for step in iis_steps(policy())} == {f"B{number}" for number in range(1, 15)}


def test_every_correction_has_its_source() -> None:
    assert all(step.source for step in iis_steps(policy()) if step.correction)


def test_the_connector_needs_the_public_address() -> None:
    assert "-SenderIPAddresses '203.0.113.5'" in inbound_connector(policy()).text
    with pytest.raises(CannotRender):
        inbound_connector(policy(nat_address=""))


def test_what_cannot_be_rendered_is_withheld_with_its_reason() -> None:
    withheld = dict(render(policy(nat_address="")).withheld)

    assert set(withheld) == {"exchange-online", "spf"}


def test_postfix_never_gets_relay_domains() -> None:
    for declared in POLICIES.values():
        assert "\nrelay_domains =\n" in postfix(declared)[0].text


def test_a_submission_password_is_never_rendered() -> None:
    texts = [rendering.text for rendering in render(POLICIES["submission"]).texts]

    assert any("Get-Credential" in text for text in texts)
    assert any("o'brien@contoso.com:PASSWORD" in text for text in texts)


def test_swaks_stops_after_rcpt_and_skips_address_tricks() -> None:
    text = swaks_probe(Target("relay01.contoso.com", 2525), ATTEMPTS).text

    assert text.count("--quit-after RCPT") == 3
    assert "--port 2525" in text


BAD: dict[str, dict[str, object]] = {
    "fqdn": {"fqdn": "relay01"},
    "fqdn with a newline": {"fqdn": "relay01.contoso.com\nrelay_domains = com"},
    "internal_address": {"internal_address": "10.0.0"},
    "nat_address": {"nat_address": "10.5.3.2"},
    "size_kib": {"size_kib": 0},
    "hosted": {"hosted": ()},
    "hosted twice": {"hosted": (Hosted("a.com", "b.com"), Hosted("A.com.", "b.com"))},
    "user": {"profile": Profile.SUBMISSION, "user": 'a"b@contoso.com'},
    "tlds": {"tlds": ("c m",)},
}


@pytest.mark.parametrize("name", BAD)
def test_a_policy_that_could_not_stand_in_a_command_is_refused(name: str) -> None:
    with pytest.raises(InvalidPolicy) as refusal:
        policy(**BAD[name])

    assert refusal.value.field == name.partition(" ")[0]


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "127.0.0.1", "224.0.0.1", "x", "4.0.0.0/6", "10.0.0.1 #"])
def test_a_source_that_is_no_device_is_refused(network: str) -> None:
    with pytest.raises(InvalidPolicy):
        Source(network)


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "x" * 101, "\x1b[31m"])
def test_a_purpose_that_could_leave_its_comment_is_refused(text: str) -> None:
    with pytest.raises(InvalidPolicy):
        Source("10.0.0.1", purpose=text)


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\u2028", "\x85", "\x0b"])
def test_a_line_break_in_a_purpose_becomes_a_blank(ending: str) -> None:
    assert Source("10.0.0.1", purpose=f"copier{ending}relay_domains = com").purpose == "copier relay_domains = com"
