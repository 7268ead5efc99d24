from __future__ import annotations

import json

import pytest

from publicdns.answers import Reason, Verdict
from publicdns.delegation import Standing
from publicdns.flow import Doubt, Part, Shown, flow_of
from publicdns.look import LookOptions
from publicdns.picture import Picture, Subject
from publicdns.propagation import Progress
from tests.publicdns.world import NOW, TOKEN, Host, World

APEX = ("contoso.com", "TXT")
NO = dict.fromkeys(("1.1.1.1", "8.8.8.8", "9.9.9.9"), Reason.SERVFAIL)


def published(**more: object) -> World:
    return World(records={APEX: [TOKEN]}, **more)  # type: ignore[arg-type]


def mute(first: Reason, second: Reason) -> World:
    """Name servers that fail for these reasons, while resolvers remember the token."""
    hosts = {"ns1.dns.example": Host("192.0.2.1", fails=first), "ns2.dns.example": Host("192.0.2.2", fails=second)}
    return World(hosts=hosts, stale={APEX: [TOKEN]})


def test_a_token_at_all_servers_and_resolvers_is_present() -> None:
    picture = published().look()

    assert picture.verdict is Verdict.PRESENT
    assert len(picture.resolvers) == 3
    assert picture.subject.agreed_at == NOW


def test_resolvers_are_not_asked_before_the_servers_agree() -> None:
    world = World()

    picture = world.look()

    assert picture.verdict is Verdict.MISSING
    assert not [asked for asked in world.asked if asked[1:] == ("contoso.com", "TXT") and asked[0] in ("", "1.1.1.1")]


def test_one_server_without_the_token_keeps_it_missing() -> None:
    world = World(hosts={"ns1.dns.example": Host("192.0.2.1", {APEX: [TOKEN]}), "ns2.dns.example": Host("192.0.2.2")})

    propagation = world.look().propagation

    assert propagation is not None
    assert (propagation.verdict, propagation.progress) == (Verdict.MISSING, Progress.SOME_SERVERS)
    assert propagation.still_missing == ("ns2.dns.example",)


def test_a_resolver_with_an_old_answer_does_not_hold_back_the_other_two() -> None:
    assert published(stale={APEX: []}, stale_at=("9.9.9.9",)).look().verdict is Verdict.PRESENT


def test_two_resolvers_with_old_answers_hold_it_back_until_those_expire() -> None:
    propagation = published(stale={APEX: []}, stale_at=("9.9.9.9", "8.8.8.8")).look().propagation

    assert propagation is not None
    assert propagation.progress is Progress.ALL_SERVERS
    assert propagation.negative_until == NOW + 900


def test_a_dead_server_beside_one_good_one_is_unknown_at_first() -> None:
    world = published()
    world.hosts["ns2.dns.example"].fails = Reason.TIMEOUT

    picture = world.look()

    assert picture.verdict is Verdict.UNKNOWN
    assert picture.subject.silent_since == (("ns2.dns.example", NOW),)


def test_a_server_silent_for_ten_minutes_no_longer_keeps_the_other_waiting() -> None:
    world = published()
    world.hosts["ns2.dns.example"].fails = Reason.TIMEOUT

    first = world.look()
    later = world.look_at(first.next_subject(), now=NOW + 600)

    assert later.verdict is Verdict.PRESENT
    assert len([asked for asked in world.asked if asked[0] == "192.0.2.2"]) == 6  # five, then the first alone


def test_with_no_server_to_be_asked_two_resolvers_are_weaker_evidence() -> None:
    world = World(stale={APEX: [TOKEN]})
    for host in world.hosts.values():
        host.fails = Reason.TIMEOUT

    propagation = world.look().propagation

    assert propagation is not None
    assert (propagation.verdict, propagation.weaker) == (Verdict.PRESENT, True)


def test_a_hiccup_of_all_servers_plants_nothing_in_the_resolvers() -> None:
    world = World(stale={APEX: [TOKEN]})
    for host in world.hosts.values():
        host.fails = Reason.TIMEOUT

    first = world.look_at(Subject("contoso.com", TOKEN), options=LookOptions())
    later = world.look_at(first.next_subject(), now=NOW + 120, options=LookOptions())

    assert first.verdict is Verdict.UNKNOWN
    assert not first.resolvers
    assert later.propagation is not None
    assert later.propagation.weaker


@pytest.mark.parametrize("reason", [Reason.BLOCKED, Reason.NO_FAMILY, Reason.FORBIDDEN])
def test_where_this_machine_cannot_ask_resolvers_are_asked_at_once(reason: Reason) -> None:
    propagation = mute(reason, reason).look_at(Subject("contoso.com", TOKEN), options=LookOptions()).propagation

    assert propagation is not None
    assert (propagation.verdict, propagation.weaker) == (Verdict.PRESENT, True)


def test_one_silent_server_beside_a_closed_port_keeps_nobody_waiting() -> None:
    picture = mute(Reason.BLOCKED, Reason.TIMEOUT).look_at(Subject("contoso.com", TOKEN), options=LookOptions())

    assert picture.verdict is Verdict.PRESENT


@pytest.mark.parametrize("reason", [Reason.BUDGET, Reason.FORBIDDEN, Reason.BLOCKED, Reason.NO_FAMILY])
def test_what_was_not_asked_was_not_silent(reason: Reason) -> None:
    assert mute(reason, reason).look().subject.silent_since == ()


def test_want_of_time_plants_nothing_in_the_resolvers() -> None:
    world = mute(Reason.BUDGET, Reason.NO_FAMILY)

    picture = world.look_at(Subject("contoso.com", TOKEN), options=LookOptions())

    assert (picture.verdict, picture.resolvers) == (Verdict.UNKNOWN, ())


def test_one_server_is_not_enough_while_another_was_not_even_asked() -> None:
    world = published(hosts={f"ns{n}.dns.example": Host(f"192.0.2.{n}") for n in (1, 2, 3)})
    world.hosts["ns2.dns.example"].fails, world.hosts["ns3.dns.example"].fails = Reason.TIMEOUT, Reason.BUDGET
    subject = Subject("contoso.com", TOKEN, silent_since=(("ns2.dns.example", NOW - 600),))

    picture = world.look_at(subject)

    assert picture.verdict is Verdict.UNKNOWN
    assert flow_of(picture, 600.0).doubts[Part.SPF] is Doubt.UNASKED
    world.hosts["ns3.dns.example"].fails = Reason.FORBIDDEN
    picture = world.look_at(subject)
    assert picture.verdict is Verdict.PRESENT
    assert flow_of(picture, 600.0).of(Part.SPF) is not None


def test_a_no_in_the_name_of_a_zone_above_proves_nothing() -> None:
    world = World(hosts={f"ns{n}.dns.example": Host(f"192.0.2.{n}", above=1) for n in (1, 2)})
    world.resolvers_fail = NO

    picture = world.look()
    below = world.look(name="shop.contoso.com")

    assert (picture.verdict, below.verdict) == (Verdict.UNKNOWN, Verdict.UNKNOWN)
    assert {answer.reason for answer in picture.at_servers("TXT").values()} == {Reason.LAME}
    assert flow_of(picture, 600.0).doubts[Part.MX] is Doubt.UNASKED


def test_with_nobody_to_be_asked_nothing_is_known() -> None:
    world = published(resolvers_fail=dict.fromkeys(("", "1.1.1.1", "8.8.8.8", "9.9.9.9"), Reason.TIMEOUT))

    picture = world.look()

    assert picture.verdict is Verdict.UNKNOWN
    assert picture.delegation.standing is Standing.UNKNOWN


def test_an_unregistered_name_is_missing_and_no_resolver_is_asked_for_it() -> None:
    picture = World(registered=False).look()

    assert picture.delegation.standing is Standing.UNREGISTERED
    assert picture.verdict is Verdict.MISSING
    assert not picture.resolvers


def not_delegated(**records: list[str]) -> World:
    """The registry names no servers, and holds these records of the domain itself; resolvers see them."""
    found = {("contoso.com", rdtype): values for rdtype, values in records.items()}
    return World(parent_ns=[], parent_records=found, stale=dict(found))


@pytest.mark.parametrize(
    ("world", "verdict", "standing"),
    [
        (not_delegated(TXT=[TOKEN]), Verdict.PRESENT, Standing.DELEGATED),
        (not_delegated(TXT=["MS=ms87654321"]), Verdict.WRONG, Standing.DELEGATED),
        (not_delegated(TXT=["v=spf1 -all"], MX=["0 mail.contoso.com"]), Verdict.MISSING, Standing.DELEGATED),
        (not_delegated(TXT=["registered"]), Verdict.MISSING, Standing.NOT_DELEGATED),
        (not_delegated(), Verdict.MISSING, Standing.NOT_DELEGATED),
        (
            World(parent_ns=[], parent_fails_for=frozenset({APEX}), resolvers_fail=NO),
            Verdict.UNKNOWN,
            Standing.DELEGATED,
        ),
    ],
)
def test_a_zone_above_may_hold_the_records_itself(world: World, verdict: Verdict, standing: Standing) -> None:
    picture = world.look()

    assert (picture.verdict, picture.delegation.standing) == (verdict, standing)
    assert bool(picture.authoritative) == bool(picture.delegation.servers) == (standing is Standing.DELEGATED)


def test_mail_in_the_zone_above_is_no_lost_zone() -> None:
    flow = flow_of(not_delegated(MX=["0 mail.contoso.com"]).look(token=None), 600.0)

    assert flow.zone
    assert flow.of(Part.MX) == Shown(("0 mail.contoso.com",), 3600)


def test_without_a_token_everybody_answering_is_all_there_is_to_see() -> None:
    assert World().look(token=None).verdict is Verdict.PRESENT


@pytest.mark.parametrize("asked", [APEX, ("contoso.com", "MX"), ("contoso.com", "SOA"), ("contoso.com", "NS")])
def test_without_a_token_one_question_that_a_server_does_not_answer_is_enough_not_to_know(
    asked: tuple[str, str],
) -> None:
    second = Host("192.0.2.2", fails=Reason.SERVFAIL, fails_for=frozenset({asked}))

    assert (
        World(hosts={"ns1.dns.example": Host("192.0.2.1"), "ns2.dns.example": second}).look(token=None).verdict
        is Verdict.UNKNOWN
    )


@pytest.mark.parametrize(
    "world",
    [
        World(hosts={"ns1.dns.example": Host("192.0.2.1", authoritative=False)}),
        World(without_soa=("ns2.dns.example",)),
        World(resolvers_fail={"9.9.9.9": Reason.TIMEOUT}),
    ],
)
def test_without_a_token_an_answer_that_counts_for_nothing_is_none(world: World) -> None:
    assert world.look(token=None).verdict is Verdict.UNKNOWN


def test_without_a_token_a_family_this_machine_lacks_is_left_out() -> None:
    world = published()
    world.hosts["ns2.dns.example"].fails = Reason.NO_FAMILY

    assert world.look(token=None).verdict is Verdict.PRESENT


def test_a_believed_delegation_is_not_searched_again() -> None:
    world = published()
    first = world.look()
    world.asked.clear()

    world.look_at(first.next_subject(), now=NOW + 60)

    assert ("", "com", "NS") not in world.asked


def test_servers_named_by_one_side_only_are_asked_too_and_marked() -> None:
    servers = {server.name: server for server in published(parent_ns=["ns1.dns.example"]).look().delegation.servers}

    assert (servers["ns1.dns.example"].in_parent, servers["ns2.dns.example"].in_parent) == (True, False)
    assert servers["ns2.dns.example"].addresses == ("192.0.2.2",)


def test_a_server_the_zone_no_longer_names_is_marked() -> None:
    servers = {server.name: server for server in published(child_ns=["ns1.dns.example"]).look().delegation.servers}

    assert (servers["ns1.dns.example"].in_child, servers["ns2.dns.example"].in_child) == (True, False)


def test_nothing_is_probed_when_not_asked_to_diagnose() -> None:
    picture = World().look_at(Subject("contoso.com", TOKEN), options=LookOptions(diagnose=False))

    assert picture.probes == ()


@pytest.mark.parametrize("world", [published(), World(), World(registered=False), World(bogus=True)])
def test_a_picture_survives_being_stored(world: World) -> None:
    picture = world.look()

    assert Picture.from_json(json.loads(json.dumps(picture.to_json()))) == picture


def test_a_picture_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 7"):
        Picture.from_json({"version": 7})


def test_long_values_are_stored_bounded() -> None:
    picture = World(records={APEX: ["x" * 60_000]}).look()

    assert len(picture.at_servers("TXT")["ns1.dns.example"].values[0]) == 4096
