"""The guard over real sockets: what moves is told once, within the confirming minute, with what undoes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from pytest_django import Settings

from demo.nameserver import Fault
from notices.models import Notice, Transition
from notices.rendering import mime_of
from onboarding.cutover import rebaseline
from onboarding.guarding import guard_shown
from onboarding.models import Baseline, Domain, Guard
from tests.onboarding.world import FIRST, REGISTRY, SECOND, World, added, public_dns

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "contoso.test"
OLD = "10 mail.contoso.test."
MICROSOFT = "0 contoso-test.mail.protection.outlook.com."
OUTLOOK = "$TTL 60\n@ SOA ns.nic.test. h 1 60 60 60 30\n@ NS ns.nic.test.\n*.mail.protection A 192.0.2.25\n"
BOTH = (FIRST, SECOND)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with public_dns(settings) as world:
        yield world


def guarded(world: World, spf: str = "v=spf1 mx -all") -> Domain:
    """A domain with its first look behind it."""
    world.delegate(NAME)
    world.zones.put("outlook.com", 600, "NS", "ns.nic.test.", at=REGISTRY)
    world.zones.load("outlook.com", OUTLOOK, at=REGISTRY)
    spf_now(world, spf)
    domain = added(world, token="")
    world.sweep()
    return Domain.objects.get(pk=domain.pk)


def mx(world: World, *values: str, ttl: int = 60, at: tuple[str, ...] = BOTH) -> None:
    if values:
        world.zones.put(NAME, ttl, "MX", *values, at=at)
    else:
        world.zones.remove(NAME, "MX", at=at)


def spf_now(world: World, text: str) -> None:
    world.zones.put(NAME, 60, "TXT", f'"{text}"', at=BOTH)


def told() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("transition__kind", flat=True))


def baseline(part: str) -> Baseline:
    return Baseline.objects.get(part=part)


def test_the_first_proven_answer_is_the_baseline_of_each_part(world: World) -> None:
    guarded(world)

    found = dict(Baseline.objects.values_list("part", "records"))

    assert found == {
        "mx": ["10 mail.contoso.test"],
        "spf": ["v=spf1 mx -all"],
        "autodiscover": [],
        "ns": ["ns1.hoster.test", "ns2.hoster.test"],
    }


def test_nothing_is_guarded_before_anybody_has_answered(world: World) -> None:
    world.delegate(NAME)
    world.zones.fault(NAME, None, Fault.SERVFAIL, at=BOTH, below=True)
    added(world, token="")

    world.sweep()

    assert not Baseline.objects.exclude(part="ns").exists()


def test_an_early_move_is_told_a_minute_after_it_was_seen_with_what_undoes_it(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT)

    domain = world.look_again_after(domain, 30)
    early, doubted = told(), guard_shown(domain)
    world.look_again_after(domain, 61)

    assert (early, told()) == ([], ["guard-alarm"])
    assert (doubted.look.code, doubted.sentence.partition(":")[0]) == ("doubt", "MX")
    facts = Transition.objects.get(kind="guard-alarm").facts
    assert facts["codes"] == ["mx-moved", "spf-lacks-microsoft"]
    assert facts["headline"] == "the mail of contoso.test has moved to Microsoft 365"
    assert facts["undo"][0]["lines"] == ["contoso.test. 60 IN MX 10 mail.contoso.test."]
    assert facts["undo"][0]["remove"] == ["0 contoso-test.mail.protection.outlook.com"]


def test_the_look_that_confirms_comes_after_a_minute_by_itself(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT)

    domain = world.look_again_after(domain, 700)

    assert domain.schedule.due_at is not None
    assert domain.schedule.due_at - world.clock() <= timedelta(seconds=62)


def test_the_mail_says_in_its_first_line_what_moved_since_when_and_then_what_to_type(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT)
    domain = world.look_again_after(domain, 30)
    world.look_again_after(domain, 61)
    notice = Notice.objects.get()
    assert notice.transition is not None

    mail = message_from_bytes(mime_of(notice, notice.transition, world.clock()), policy=policy.default)

    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr, attr-defined]
    assert mail["Subject"] == "ALARM: the mail of contoso.test has moved to Microsoft 365"
    first = text.splitlines()[0]
    assert first.startswith("The mail of contoso.test has moved to Microsoft 365, since 2026-03-01 12:0")
    assert "    contoso.test. 60 IN MX 10 mail.contoso.test.\n" in text
    assert "and take out: 0 contoso-test.mail.protection.outlook.com" in text


def test_an_alarm_is_told_once_and_its_undoing_too(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT)
    for _ in range(4):
        domain = world.look_again_after(domain, 61)
    mx(world, OLD)
    for _ in range(4):
        domain = world.look_again_after(domain, 61)

    assert told() == ["guard-alarm", "guard-clear"]
    assert not Guard.objects.get().alarmed


def test_spf_without_the_old_system_is_an_alarm(world: World) -> None:
    domain = guarded(world)
    spf_now(world, "v=spf1 include:spf.protection.outlook.com -all")
    domain = world.look_again_after(domain, 61)
    world.look_again_after(domain, 61)

    assert Transition.objects.get(kind="guard-alarm").facts["headline"].startswith("only Microsoft 365 may send")


def test_a_harmless_reordering_is_history_and_no_mail(world: World) -> None:
    domain = guarded(world, "v=spf1 mx ip4:192.0.2.1 -all")
    spf_now(world, "v=spf1 ip4:192.0.2.1 mx -all")
    domain = world.look_again_after(domain, 61)
    world.look_again_after(domain, 61)

    assert told() == []
    assert Transition.objects.filter(kind="guard-noted").count() == 1


def test_a_sight_that_does_not_last_is_nothing(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT)
    domain = world.look_again_after(domain, 10)
    mx(world, OLD)
    for _ in range(3):
        domain = world.look_again_after(domain, 61)

    assert told() == []
    assert baseline("mx").pending is None


def test_servers_that_differ_are_on_their_way_and_no_alarm(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT, at=(FIRST,))
    for _ in range(3):
        domain = world.look_again_after(domain, 61)

    assert told() == []


def test_could_not_ask_is_no_change(world: World) -> None:
    domain = guarded(world)
    world.zones.fault(NAME, None, Fault.SERVFAIL, at=BOTH, below=True)
    for _ in range(4):
        domain = world.look_again_after(domain, 400)

    assert told() == []
    assert baseline("mx").now_records == ["10 mail.contoso.test"]


def test_an_mx_that_is_gone_is_told_after_three_looks_over_a_quarter_of_an_hour(world: World) -> None:
    domain = guarded(world)
    mx(world)
    seen = []
    for pause in (61, 301, 301):
        domain = world.look_again_after(domain, pause)
        seen.append(told())
    world.look_again_after(domain, 301)

    assert seen == [[], [], []]
    assert told() == ["guard-alarm"]
    assert "no MX record" in Transition.objects.get(kind="guard-alarm").facts["headline"]


def test_another_dns_provider_is_found_and_named_as_the_probable_reason(world: World) -> None:
    domain = guarded(world)
    world.zones.load(
        NAME,
        "$TTL 60\n@ SOA ns3.hoster.test. h 2 60 60 60 30\n@ NS ns3.hoster.test.\n@ MX "
        + MICROSOFT
        + '\n@ TXT "v=spf1 mx -all"\n',
        at="127.0.0.4",
    )
    world.zones.put(NAME, 600, "NS", "ns3.hoster.test.", at=REGISTRY)
    domain = world.look_again_after(domain, 901)
    world.look_again_after(domain, 61)

    assert "another DNS" in Transition.objects.get(kind="guard-alarm").facts["who"]


def test_a_lowered_ttl_is_seen_without_any_alarm(world: World) -> None:
    domain = guarded(world)
    mx(world, OLD, ttl=30)
    world.look_again_after(domain, 61)

    assert (baseline("mx").ttl, baseline("mx").now_ttl) == (60, 30)
    assert told() == []


def test_a_move_inside_its_window_is_progress(world: World) -> None:
    domain = guarded(world)
    now = world.clock()
    Domain.objects.update(window_start=now - timedelta(hours=1), window_end=now + timedelta(hours=3))
    mx(world, MICROSOFT)
    domain = world.look_again_after(domain, 61)
    world.look_again_after(domain, 61)

    assert told() == []
    assert Transition.objects.filter(kind="guard-progress").count() == 1


def test_to_and_fro_is_told_with_one_last_mail(world: World) -> None:
    domain = guarded(world)
    for turn in range(6):
        mx(world, MICROSOFT if turn % 2 == 0 else OLD)
        domain = world.look_again_after(domain, 61)
        domain = world.look_again_after(domain, 61)

    assert told() == ["guard-alarm", "guard-clear", "guard-alarm", "guard-clear", "guard-flapping"]


def test_a_new_baseline_with_a_reason_ends_the_alarm(world: World) -> None:
    domain = guarded(world)
    mx(world, MICROSOFT)
    domain = world.look_again_after(domain, 61)
    domain = world.look_again_after(domain, 61)
    assert domain.created_by is not None

    rebaseline(domain, "It was meant", by=domain.created_by, now=world.clock())
    world.look_again_after(domain, 61)

    row = baseline("mx")
    assert (row.records, row.reason, Guard.objects.get().alarmed) == (row.now_records, "It was meant", False)
    assert told() == ["guard-alarm"]
