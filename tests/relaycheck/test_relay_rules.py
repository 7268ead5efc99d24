"""Each rule speaks when it should and is silent when the relay is as declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server, Verdict
from publicdns.spf.result import Code, Result
from relaycheck.engine.policy import Hosted, Profile, RelayPolicy
from relaycheck.engine.relay_rules import RULES, in_words, judge_configuration
from relaycheck.engine.relay_rules.table import page
from relaycheck.engine.relay_rules.told import SpfSeen, Told
from relaycheck.engine.renderings.postfix import postfix
from relaycheck.engine.upload import read_configuration
from tests.relaycheck.make import DOMAINS, SMART_HOST, export, metabase, policy


def address_answer(outcome: Outcome, *values: str, reason: Reason = Reason.NONE) -> Answer:
    question, server = Question("relay01.contoso.com", "A"), Server("10.0.0.53")
    return Answer(question, server, outcome, reason, tuple(Record("A", value, 300) for value in values))


def spf(code: Code, record: str = "v=spf1 ip4:203.0.113.5 -all") -> tuple[SpfSeen, ...]:
    return (SpfSeen("contoso.com", record, Result(code, "because")),)


def told(declared: RelayPolicy | None = None, **changes: Any) -> Told:
    fields: dict[str, Any] = {
        "policy": declared or policy(),
        "spf": spf(Code.PASS),
        "address_record": address_answer(Outcome.FOUND, "10.0.0.5"),
    }
    return Told(**{**fields, **changes})


def codes(raw: bytes | str, about: Told | None = None) -> list[str]:
    found = judge_configuration(read_configuration(raw.encode() if isinstance(raw, str) else raw), about or told())
    assert all(in_words(finding).title for finding in found)
    return [finding.code for finding in found]


def domain(**values: Any) -> dict[str, dict[str, Any]]:
    return {**DOMAINS, "contoso.com": {**DOMAINS["contoso.com"], **values}}


def test_a_relay_as_declared_has_no_findings() -> None:
    assert codes(export()) == []


def test_the_how_to_followed_to_the_letter_is_full_of_findings() -> None:
    found = codes(metabase())

    assert {"RS204", "RS205", "RS208", "RS211", "RS301", "RS1301", "RS1501"} <= set(found)


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "b02_all_except": ("RS201", {"RelayIpList": {"GrantByDefault": True}}),
    "b02_empty_list": ("RS202", {"RelayIpList": ""}),
    "b02_undecodable_list": ("RS203", {"RelayIpList": "00ff"}),
    "b02_no_list_yet": ("RS215", {"RelayIpList": None}),
    "b02_whole_network": ("RS206", {"RelayIpList": {"GrantByDefault": False, "IPGrant": ["10.0.0.0, 255.0.0.0"]}}),
    "b02_internet_listed": ("RS207", {"RelayIpList": {"GrantByDefault": False, "IPGrant": ["203.0.113.9"]}}),
    "b02_source_missing": ("RS208", {"RelayIpList": {"GrantByDefault": False, "IPGrant": ["10.0.0.99"]}}),
    "b02_source_undeclared": (
        "RS209",
        {"RelayIpList": {"GrantByDefault": False, "IPGrant": ["10.0.0.21", "10.0.0.99"]}},
    ),
    "b02_not_anonymous": ("RS210", {"AuthAnonymous": False}),
    "b02_sign_in_offered": ("RS211", {"AuthBasic": True}),
    "b02_relay_for_signed_in": ("RS212", {"RelayForAuth": -1}),
    "b02_anybody_connects": ("RS213", {"IPSecurity": {"GrantByDefault": True}}),
    "b02_public_binding": ("RS214", {"ServerBindings": ["203.0.113.5:25:"]}),
    "b03_message_size": ("RS301", {"MaxMessageSize": 2097152}),
    "b03_session_cap": ("RS302", {"MaxSessionSize": 1048576}),
    "b04_port": ("RS401", {"RemoteSmtpPort": 26}),
    "b04_smart_host_for_all": ("RS402", {"SmartHost": SMART_HOST, "SmartHostType": 2}),
    "b04_smart_host_ignored": ("RS403", {"SmartHost": SMART_HOST}),
    "b04_smart_host_address": ("RS404", {"SmartHost": "[52.101.1.1]", "SmartHostType": 2}),
    "b04_submission_without_sign_in": ("RS405", {"SmartHost": "smtp.office365.com", "SmartHostType": 2}),
    "b04_short_name": ("RS408", {"FullyQualifiedDomainName": "RELAY01"}),
    "b04_outbound_options": ("RS1501", {"SmtpOutboundCommandSupportOptions": 7}),
    "b05_hosted_local": ("RS505", {"DefaultDomain": "contoso.com"}),
    "b07_stopped": ("RS701", {"ServerState": 4}),
    "b08_tls_for_all": ("RS406", {"AlwaysUseSsl": True}),
    "b10_queue_elsewhere": ("RS1001", {"QueueDirectory": r"E:\Queue"}),
    "b13_logging_on": ("RS1301", {"LogType": 1}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_server_setting_that_differs_is_found(name: str) -> None:
    code, changes = CASES[name]

    assert code in codes(export(**changes))


DOMAIN_CASES: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "b05_missing": ("RS501", {"*.com": {"RouteAction": 0}}),
    "b05_no_smart_host": ("RS502", domain(RouteActionString="")),
    "b05_other_smart_host": ("RS503", domain(RouteActionString="fabrikam-com.mail.protection.outlook.com")),
    "b05_no_tls": ("RS504", domain(RouteAction=2)),
    "b05_alias": ("RS505", domain(RouteAction=16)),
    "b05_relay_box": ("RS205", domain(RouteAction=4102)),
    "b05_fixed_address": ("RS404", domain(RouteActionString="[52.101.1.1]")),
    "b05_submission_endpoint": ("RS405", domain(RouteActionString="smtp.office365.com")),
    "b05_unreadable_flags": ("RS803", domain(RouteAction="what")),
    "b06_relay_box_on_an_ending": ("RS204", {**DOMAINS, "*.com": {"RouteAction": 4096}}),
    "b08_tls_on_an_ending": ("RS801", {**DOMAINS, "*.com": {"RouteAction": 4}}),
    "b08_helo_and_tls": ("RS802", domain(RouteAction=0x400006)),
    "b12_ending_missing": ("RS601", {"contoso.com": DOMAINS["contoso.com"]}),
}


@pytest.mark.parametrize("name", DOMAIN_CASES)
def test_a_remote_domain_that_differs_is_found(name: str) -> None:
    code, domains = DOMAIN_CASES[name]

    assert code in codes(export(domains))


def test_b06_endings_are_too_much_where_external_mail_is_not_wanted() -> None:
    assert "RS602" in codes(export(), told(policy(external=False, tlds=())))


def test_b07_the_service_s_state_and_start_are_judged() -> None:
    raw = export().replace(b"Running", b"Stopped").replace(b"AutoDelayed", b"Manual")

    assert {"RS702", "RS703"} <= set(codes(raw))


def test_b07_plain_automatic_is_a_fault_on_server_2019_only() -> None:
    raw = export().replace(b"AutoDelayed", b"Auto")

    assert "RS704" not in codes(raw)
    assert "RS704" in codes(raw[:-1] + b', "system": "Microsoft Windows Server 2019 Standard"}')


def test_b01_server_2025_has_no_such_feature() -> None:
    assert "RS1502" in codes(export()[:-1] + b', "system": "Microsoft Windows Server 2025 Standard"}')


def test_b09_an_address_that_fails_spf_is_found_and_an_unsure_result_is_unknown() -> None:
    assert "RS901" in codes(export(), told(spf=spf(Code.SOFTFAIL)))
    unsure = judge_configuration(read_configuration(export()), told(spf=spf(Code.TEMPERROR)))
    assert [(finding.code, finding.verdict) for finding in unsure] == [("RS902", Verdict.UNKNOWN)]


def test_b09_a_private_address_in_spf_is_found() -> None:
    assert "RS903" in codes(export(), told(spf=spf(Code.PASS, "v=spf1 ip4:10.5.3.2 ip4:203.0.113.5 -all")))


def test_b09_an_undeclared_public_address_is_unknown() -> None:
    assert "RS904" in codes(export(), told(policy(nat_address="")))


def test_b14_the_internal_record_is_missing_wrong_or_unknown() -> None:
    assert "RS1401" in codes(export(), told(address_record=address_answer(Outcome.NXDOMAIN)))
    assert "RS1402" in codes(export(), told(address_record=address_answer(Outcome.FOUND, "10.0.0.6")))
    assert "RS1403" in codes(export(), told(address_record=address_answer(Outcome.FAILED, reason=Reason.TIMEOUT)))
    assert "RS1403" in codes(export(), told(address_record=None))


def test_without_a_policy_only_what_is_wrong_by_itself_is_told() -> None:
    assert codes(export(MaxMessageSize=2097152), Told()) == []
    assert "RS204" in codes(metabase(), Told())


def test_the_smart_host_profile_is_judged_by_its_own_rules() -> None:
    declared = told(policy(profile=Profile.SMART_HOST))

    assert "RS407" in codes(export(), declared)
    by_smart_host = export({}, SmartHost=SMART_HOST, SmartHostType=2)
    assert codes(by_smart_host, declared) == ["RS409"]
    assert codes(export({}, SmartHost=SMART_HOST, SmartHostType=2, RouteAction=4), declared) == []


def test_the_submission_profile_wants_port_587() -> None:
    declared = told(policy(profile=Profile.SUBMISSION, user="scanner@contoso.com"))

    right = export({}, SmartHost="smtp.office365.com", SmartHostType=2, RouteAction=268, RemoteSmtpPort=587)
    assert codes(right, declared) == []
    assert "RS401" in codes(export({}, SmartHost="smtp.office365.com", SmartHostType=2, RouteAction=268), declared)


def rendered_postfix(**changes: str) -> bytes:
    text = postfix(policy())[0].text
    for name, value in changes.items():
        text += f"{name} = {value}\n"
    return text.encode()


def test_our_own_postfix_rendering_has_no_findings() -> None:
    assert codes(rendered_postfix()) == []


POSTFIX_CASES: dict[str, tuple[str, dict[str, str]]] = {
    "b02_open": ("RX201", {"smtpd_relay_restrictions": "permit"}),
    "b02_nobody_refused": ("RX201", {"smtpd_relay_restrictions": "permit_mynetworks"}),
    "b02_deferring": ("RX202", {"smtpd_relay_restrictions": "permit_mynetworks, defer_unauth_destination"}),
    "b06_com_in_relay_domains": ("RX203", {"relay_domains": "com"}),
    "b02_wide": ("RX204", {"mynetworks": "10.0.0.0/8"}),
    "b02_everybody": ("RX205", {"mynetworks": "0.0.0.0/0"}),
    "b02_source_missing": ("RX206", {"mynetworks": "10.0.0.99/32"}),
    "b02_source_undeclared": ("RX207", {"mynetworks": "10.0.0.21/32 10.0.0.99/32"}),
    "b02_by_style": ("RX208", {"mynetworks": "", "mynetworks_style": "subnet"}),
    "b03_size": ("RX301", {"message_size_limit": "2097152"}),
    "b03_mailbox_size": ("RX302", {"mailbox_size_limit": "1000"}),
    "b04_relayhost": ("RX401", {"relayhost": "[smtp.fabrikam.com]"}),
    "b04_short_name": ("RX408", {"smtp_helo_name": "relay01"}),
    "b05_no_transport": ("RX501", {"transport_maps": ""}),
    "b05_local": ("RX505", {"mydestination": "contoso.com"}),
    "b08_no_tls": ("RX801", {"smtp_tls_security_level": "none"}),
    "b08_tls_for_all": ("RX802", {"smtp_tls_security_level": "encrypt"}),
    "b09_ipv6": ("RX402", {"inet_protocols": "all"}),
}


@pytest.mark.parametrize("name", POSTFIX_CASES)
def test_a_postfix_parameter_that_differs_is_found(name: str) -> None:
    code, changes = POSTFIX_CASES[name]

    assert code in codes(rendered_postfix(**changes))


def test_findings_of_several_servers_name_theirs() -> None:
    raw = export().replace(b'"/LM/SmtpSvc"', b'"/LM/SmtpSvc/2"')

    found = judge_configuration(read_configuration(raw), told())
    assert {finding.facts["server"] for finding in found if finding.code.startswith("RS2")} == {"2"}


def test_the_worst_comes_first() -> None:
    found = judge_configuration(read_configuration(metabase().encode()), told())

    ranks = ["error", "warning", "notice"]
    assert [finding.severity for finding in found] == sorted((f.severity for f in found), key=ranks.index)


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_has_its_step_its_source_and_its_fix(code: str) -> None:
    rule = RULES[code]

    assert rule.of in {f"B{number}" for number in range(1, 15)}
    assert rule.source.startswith("https://")
    assert rule.fix
    assert rule.title.endswith((".", "}."))


def test_hostile_values_are_shown_escaped() -> None:
    raw = export(FullyQualifiedDomainName="\x1b[31m<b>\u202e")

    shown = [in_words(finding).title for finding in judge_configuration(read_configuration(raw), told())]
    assert any(r"\x1b[31m<b>\u202e" in title for title in shown)


def test_a_subdomain_policy_is_served_by_its_own_entry_only() -> None:
    two = policy(hosted=(Hosted("contoso.com", SMART_HOST), Hosted("eu.contoso.com", SMART_HOST)))

    assert "RS501" in codes(export(), told(two))


def test_the_page_of_rules_is_the_rules() -> None:
    written = (Path(__file__).parents[2] / "docs" / "relay-rules.md").read_text(encoding="utf-8")

    assert written == page()
