"""From the question to the transition, over real sockets: the verdict is right in each trouble, and nobody is told
what is not so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from demo.nameserver import Fault
from notices.models import Notice, Transition
from onboarding import claiming, committing
from onboarding.adding import change_token
from onboarding.judging import Judged
from onboarding.leasing import Claimed
from onboarding.models import Domain, Observation, Schedule, SweeperSlot
from onboarding.schedule import Rhythm
from publicdns.confirmation import Patience
from publicdns.picture import Picture
from tenants.models import User
from tests import make
from tests.onboarding.world import FIRST, SECOND, TOKEN, World, added, public_dns

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with public_dns(settings) as world:
        yield world


def told() -> list[str]:
    """What followers have been told, in order."""
    return list(Notice.objects.order_by("pk").values_list("transition__kind", flat=True))


def test_a_record_that_is_not_there_is_missing_with_proof(world: World) -> None:
    world.delegate("contoso.test")
    domain = added(world)

    world.sweep()

    domain.refresh_from_db()
    assert domain.verdict == "missing"
    assert domain.schedule.looked_at is not None
    assert domain.schedule.due_at is not None
    assert domain.schedule.due_at > domain.schedule.looked_at
    assert told() == []


def test_a_record_seen_everywhere_is_told_only_when_seen_again_a_minute_later(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)

    world.sweep()
    at_first = (Domain.objects.get().verdict, told())
    domain = world.look_again_after(domain, 61)

    assert at_first == ("present", [])
    assert told() == ["token-seen"]
    assert domain.seen_at is not None


def test_the_same_sight_again_writes_no_second_notice_and_no_new_observation(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.sweep()
    domain = world.look_again_after(domain, 61)
    first = Observation.objects.get().seen_at

    domain = world.look_again_after(domain, 5)

    assert told() == ["token-seen"]
    assert Observation.objects.get().seen_at == first


def test_a_null_octet_in_somebodys_record_keeps_nobodys_sight_from_being_stored(world: World) -> None:
    for name in ("contoso.test", "fabrikam.test"):
        world.delegate(name)
    values = '"nul\\000 \\001\\200"', '"v=spf1 include:\\000.test -all"'
    world.zones.put("contoso.test", 60, "TXT", *values, at=(FIRST, SECOND))
    hostile, other = added(world), added(world, "fabrikam.test")

    for _ in range(3):
        world.look_again_after(hostile, 1000)

    assert Observation.objects.filter(domain__in=[hostile, other]).count() == 2
    assert Domain.objects.get(pk=hostile.pk).guard.state == ""
    assert "\0" not in json.dumps(Observation.objects.get(domain=hostile).picture, ensure_ascii=False)


def test_what_a_look_asked_in_vain_is_not_stored_with_it(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("www.contoso.test")
    domain = added(world)

    world.sweep()
    world.look_again_after(domain, 5)

    picture = Picture.from_json(Observation.objects.get().picture)
    texts = [answer.question.name for answer in picture.probes if answer.question.rdtype == "TXT"]
    assert (texts, "DNS102" in {finding.code for finding in picture.findings}) == (["www.contoso.test"], True)


def test_one_name_server_alone_is_not_yet_everywhere(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test", at=(FIRST,))
    domain = added(world)

    world.sweep()
    domain = world.look_again_after(domain, 61)

    assert domain.verdict == "missing"
    assert domain.facts["have"] == 1
    assert told() == []


def test_resolvers_are_left_in_peace_until_the_name_servers_agree(world: World) -> None:
    world.delegate("contoso.test")
    added(world)

    world.sweep()

    assert not [entry for entry in world.resolvers.log if entry.name == "contoso.test." and entry.rdtype == "TXT"]


@pytest.mark.parametrize("fault", [Fault.SERVFAIL, Fault.REFUSED, Fault.DROP, Fault.LAME])
def test_trouble_at_every_name_server_is_unknown_and_moves_nothing(world: World, fault: Fault) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.zones.fault("contoso.test", None, fault, at=(FIRST, SECOND, *world.resolvers.addresses))

    world.sweep()
    domain = world.look_again_after(domain, 61)

    assert domain.verdict == "unknown"
    assert told() == []


@pytest.mark.parametrize("fault", [Fault.SERVFAIL, Fault.REFUSED, Fault.DROP, Fault.LAME])
def test_a_record_once_seen_is_not_gone_because_nobody_can_be_asked(world: World, fault: Fault) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.sweep()
    domain = world.look_again_after(domain, 61)
    world.zones.fault("contoso.test", None, fault, at=(FIRST, SECOND, *world.resolvers.addresses))

    for _ in range(4):
        domain = world.look_again_after(domain, 400)

    assert told() == ["token-seen"]
    assert domain.seen_at is not None


def test_one_dead_name_server_of_two_is_waited_for_ten_minutes_then_all_resolvers_must_agree(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    world.zones.fault(None, None, Fault.DROP, at=SECOND)
    domain = added(world)

    world.sweep()
    early = world.look_again_after(domain, 120).verdict
    for _ in range(3):
        domain = world.look_again_after(domain, 400)

    assert early != "present"
    assert domain.verdict == "present"
    assert told() == ["token-seen"]


def test_nxdomain_from_one_of_two_name_servers_is_not_everywhere(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    world.zones.fault("contoso.test", None, Fault.NXDOMAIN, at=SECOND)
    domain = added(world)

    world.sweep()
    domain = world.look_again_after(domain, 61)

    assert domain.verdict == "missing"
    assert told() == []


def test_a_stale_resolver_of_three_does_not_hold_the_verdict_back(world: World) -> None:
    world.delegate("contoso.test")
    world.resolvers.prime("contoso.test", "TXT", at="127.0.0.12")
    world.resolvers.freeze(at="127.0.0.12")
    world.publish("contoso.test")
    domain = added(world)

    world.sweep()
    domain = world.look_again_after(domain, 61)

    assert told() == ["token-seen"]


def test_two_lying_resolvers_hold_the_verdict_back(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    for address in ("127.0.0.12", "127.0.0.13"):
        world.resolvers.lie("contoso.test", "TXT", at=address)
    domain = added(world)

    world.sweep()
    domain = world.look_again_after(domain, 61)

    assert domain.verdict != "present"
    assert told() == []


@pytest.mark.parametrize("fault", [Fault.WRONG_ID, Fault.WRONG_QUESTION, Fault.JUNK])
def test_a_forged_answer_is_not_believed(world: World, fault: Fault) -> None:
    world.delegate("contoso.test")
    world.zones.fault("contoso.test", "TXT", fault, at=(FIRST, SECOND))
    domain = added(world)

    world.sweep()

    domain.refresh_from_db()
    assert domain.verdict != "present"
    assert told() == []


def test_a_truncated_answer_is_asked_again_over_tcp(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    world.zones.fault("contoso.test", "TXT", Fault.TRUNCATE)
    domain = added(world)

    world.sweep()

    domain.refresh_from_db()
    assert domain.verdict == "present"
    assert any(entry.transport == "tcp" for entry in world.servers.log)


def test_a_record_that_goes_is_told_after_three_looks_over_fifteen_minutes(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.sweep()
    domain = world.look_again_after(domain, 61)
    world.withdraw("contoso.test")

    domain = world.look_again_after(domain, 60)
    domain = world.look_again_after(domain, 301)
    before = told()
    domain = world.look_again_after(domain, 601)

    assert before == ["token-seen"]
    assert told() == ["token-seen", "token-gone"]
    assert domain.seen_at is None


def test_another_value_is_told_when_every_server_shows_it_twice(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.sweep()
    domain = world.look_again_after(domain, 61)
    world.publish("contoso.test", "MS=ms99999999")

    domain = world.look_again_after(domain, 60)
    domain = world.look_again_after(domain, 61)

    assert told() == ["token-seen", "token-changed"]
    assert Transition.objects.get(kind="token-changed").facts["shown"] == "MS=ms99999999"


def written(world: World, claimed: Claimed, **columns: object) -> None:
    """What a look at ``claimed`` has changed is committed."""
    look = committing.Look(claimed, Judged(columns=columns), world.clock())
    committing.commit([look], world.clock(), committing.Manner(Rhythm.from_settings(), Patience()))


def test_a_look_whose_lease_was_taken_over_writes_nothing(world: World) -> None:
    domain = added(world)
    (claimed,) = claiming.claim(world.clock(), 10)
    make.scheduled(domain, lease_token=None)

    written(world, claimed, verdict="present")

    domain.refresh_from_db()
    assert domain.verdict == "unknown"


def test_a_look_that_found_everything_as_it_was_writes_no_domain(world: World) -> None:
    domain = added(world)
    (claimed,) = claiming.claim(world.clock(), 10)

    with CaptureQueriesContext(connection) as asked:
        written(world, claimed)

    domain.refresh_from_db()
    assert not [query for query in asked.captured_queries if "onboarding_domain" in query["sql"]]
    assert (domain.schedule.lease_token, domain.schedule.looked_at is None) == (None, False)


def test_an_older_look_of_a_domain_that_is_claimed_again_writes_nothing(world: World) -> None:
    domain = added(world)
    (before,) = claiming.claim(world.clock(), 10)
    change_token(domain, "MS=ms22222222", by=User.objects.get(), now=world.clock(), version=domain.version)
    (again,) = claiming.claim(world.clock(), 10)

    written(world, before, verdict="present")
    domain.refresh_from_db()
    stale = domain.verdict
    written(world, again, verdict="missing")
    domain.refresh_from_db()

    assert (stale, domain.verdict) == ("unknown", "missing")


def test_a_second_sweep_finds_no_slot_and_does_not_ask(world: World) -> None:
    world.delegate("contoso.test")
    added(world)
    SweeperSlot.objects.create(number=1, lease_until=world.clock().replace(year=2030), lease_token="0" * 32)

    assert world.sweep() is None
    assert Schedule.objects.get().looked_at is None


def test_a_killed_sweeps_slot_and_domains_are_taken_over_when_their_leases_run_out(world: World) -> None:
    world.delegate("contoso.test")
    domain = added(world)
    now = world.clock()
    SweeperSlot.objects.create(number=1, lease_until=now, lease_token="0" * 32)
    make.scheduled(domain, lease_until=now, lease_token="0" * 32)
    world.clock.jump(1)

    world.sweep()

    domain.refresh_from_db()
    assert domain.verdict == "missing"
    assert domain.schedule.lost_leases == 0


def test_a_domain_whose_looks_keep_dying_is_put_aside_and_the_operator_is_told(world: World) -> None:
    world.delegate("contoso.test")
    domain = added(world)
    make.scheduled(domain, lease_until=world.clock(), lease_token="0" * 32, lost_leases=4)
    world.clock.jump(1)

    world.sweep()

    schedule = Schedule.objects.get()
    assert schedule.looked_at is None
    assert schedule.due_at is not None
    assert (schedule.due_at - world.clock()).total_seconds() > 80000
    assert Transition.objects.filter(kind="domain-put-aside").count() == 1


def test_many_domains_are_looked_at_in_one_sweep(world: World, settings: Settings) -> None:
    settings.DNS_TIMEOUT_SECONDS = 5
    for number in range(30):
        world.delegate(f"d{number}.test")
        added(world, f"d{number}.test")

    figures = world.sweep()

    assert figures is not None
    assert figures.looked == 30
    assert set(Domain.objects.values_list("verdict", flat=True)) == {"missing"}


def test_a_domain_without_a_token_is_looked_at_and_tells_nothing(world: World) -> None:
    world.delegate("contoso.test")
    domain = added(world, token="")

    world.sweep()
    domain = world.look_again_after(domain, 61)

    assert domain.finding == ""
    assert told() == []
    assert Transition.objects.get().kind == "added"


def test_the_mail_names_where_the_record_was_seen(world: World) -> None:
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.sweep()
    world.look_again_after(domain, 61)

    facts = Transition.objects.get(kind="token-seen").facts
    assert facts["token"] == TOKEN
    assert [place for place in facts["places"] if place.startswith("ns1.hoster.test")]


def test_a_look_begun_before_the_token_was_changed_writes_nothing_about_the_new_one(
    world: World, settings: Settings
) -> None:
    settings.DNS_TIMEOUT_SECONDS = 3
    world.delegate("contoso.test")
    world.publish("contoso.test")
    domain = added(world)
    world.zones.fault("contoso.test", "TXT", Fault.SLOW, seconds=1.0)
    user = User.objects.get()

    def edit_in_mid_look() -> None:
        while Schedule.objects.get(pk=domain.pk).lease_token is None:
            time.sleep(0.05)
        world.zones.fault("contoso.test", "TXT", None)
        time.sleep(0.2)
        change_token(domain, "MS=ms99999999", by=user, now=world.clock(), version=domain.version)
        connection.close()

    editor = threading.Thread(target=edit_in_mid_look)
    editor.start()
    figures = world.sweep()
    editor.join()

    domain.refresh_from_db()
    assert figures is not None
    assert domain.token == "MS=ms99999999"
    assert domain.verdict in {"wrong", "unknown"}


def test_what_a_glance_has_heard_is_not_asked_again_by_the_full_look_it_leads_to(world: World) -> None:
    world.delegate("contoso.test")
    domain = added(world)
    for _ in range(2):
        domain = world.look_again_after(domain, 31)
    world.publish("contoso.test")
    world.servers.log.clear()
    domain = world.look_again_after(domain, 31)

    asked = [(entry.address, entry.rdtype) for entry in world.servers.log if entry.name == "contoso.test"]
    assert domain.verdict == "present"
    assert sorted(asked.count((address, "TXT")) for address in (FIRST, SECOND)) == [1, 1]
