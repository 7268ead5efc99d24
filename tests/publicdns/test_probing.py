"""What is asked beside the standing questions, of whom, and when not at all."""

from __future__ import annotations

from publicdns.mailflow import MailFlow, Resolves
from tests.publicdns.diagnosis.cases import CLOUD, NAME, NESTED, NS1, NS2, OURS, zone
from tests.publicdns.world import TOKEN, Host, World

INNER = "_spf.contoso.com"
REJECT = {("_dmarc.contoso.com", "TXT"): ["v=DMARC1; p=reject"]}


def asked_for(world: World, name: str) -> list[str]:
    """The addresses that were asked about ``name``; "" stands for any resolver."""
    return [address for address, about, _ in world.asked if about == name]


def mail(world: World) -> MailFlow:
    """Who receives, by one look."""
    flow = world.look().mail
    assert flow is not None
    return flow


def test_a_mail_host_inside_the_zone_is_asked_for_at_a_name_server_only() -> None:
    world = zone(TOKEN, mx=[OURS, "10 mail.fabrikam.com"], addresses={("mail.contoso.com", "A"): ["192.0.2.9"]})

    hosts = {host.host: host.resolves for host in mail(world).hosts}

    assert asked_for(world, "mail.contoso.com") == ["192.0.2.1", "192.0.2.1"]
    assert asked_for(world, "mail.fabrikam.com") == ["", ""]
    assert hosts == {"mail.contoso.com": Resolves.YES, "mail.fabrikam.com": Resolves.NO}


def test_a_mail_host_that_does_not_exist_yet_is_no_question_to_a_resolver() -> None:
    world = zone(TOKEN, mx=[OURS])

    assert mail(world).hosts[0].resolves is Resolves.NO
    assert asked_for(world, "mail.contoso.com") == ["192.0.2.1", "192.0.2.1"]


def test_where_an_alias_leads_is_a_question_to_a_resolver() -> None:
    addresses = {("mail.contoso.com", "A"): ["192.0.2.9"]}
    world = zone(mx=[OURS], aliases={"mail.contoso.com": "mx.fabrikam.com"}, addresses=addresses)

    host = mail(world).hosts[0]

    assert (host.resolves, host.alias) == (Resolves.YES, "mx.fabrikam.com")
    assert asked_for(world, "mail.contoso.com") == ["192.0.2.1", "192.0.2.1", "", ""]


def test_a_server_without_authority_is_not_asked_on() -> None:
    lame = {NS1: Host("192.0.2.1", authoritative=False), NS2: Host("192.0.2.2")}
    world = zone(mx=[OURS], hosts=lame)

    mail(world)

    assert asked_for(world, "mail.contoso.com") == ["192.0.2.2", "192.0.2.2"]


def test_an_include_inside_the_zone_is_read_once_and_of_a_name_server() -> None:
    world = zone(NESTED, mx=[CLOUD])

    world.look(token=None)

    assert asked_for(world, INNER) == ["192.0.2.1"]


def test_an_include_is_not_read_where_nothing_depends_on_it() -> None:
    elsewhere, known = zone(NESTED, mx=[OURS]), zone(f"{NESTED[:-5]} include:spf.protection.outlook.com", mx=[CLOUD])

    elsewhere.look(token=None)
    known.look(token=None)

    assert asked_for(elsewhere, INNER) == asked_for(known, INNER) == []


def test_a_policy_that_rejects_has_it_read_wherever_mail_is() -> None:
    world = zone(NESTED, mx=[OURS], extra=REJECT)

    world.look(token=None)

    assert asked_for(world, INNER) == ["192.0.2.1"]


def test_an_include_outside_the_zone_is_not_asked_for() -> None:
    world = zone("v=spf1 include:spf.fabrikam.com include:contoso.com.fabrikam.com -all", mx=[CLOUD])

    world.look(token=None)

    assert not asked_for(world, "spf.fabrikam.com") + asked_for(world, "contoso.com.fabrikam.com")


def test_a_chain_without_end_is_read_ten_records_far() -> None:
    chain = {(f"_{at}.contoso.com", "TXT"): [f"v=spf1 include:_{at + 1}.contoso.com"] for at in range(50)}
    world = zone("v=spf1 include:_0.contoso.com", mx=[CLOUD], extra=chain)

    world.look(token=None)

    assert len([name for _, name, _ in world.asked if name.startswith("_") and name[1].isdigit()]) == 10


def test_more_includes_than_are_read_are_not_all_asked_for() -> None:
    wide = " ".join(f"include:_{at}.contoso.com" for at in range(30))
    world = World(records={(NAME, "TXT"): [f"v=spf1 {wide}"], (NAME, "MX"): [CLOUD]})

    world.look(token=None)

    assert len([name for _, name, _ in world.asked if name.startswith("_") and name[1].isdigit()]) == 10
