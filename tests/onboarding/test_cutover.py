"""A plan from its making to its end: who may be in it, what ticks itself from DNS, and what closing it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from notices.models import Notice
from onboarding.adding import EditedMeanwhile
from onboarding.cutover import PlanRefused, Window, close, confirm_mailboxes, move_window, plan, rebaseline
from onboarding.models import Baseline, CutOver, CutOverDomain, Domain, Observation
from onboarding.runsheet import Row, rows_of
from onboarding.ticking import Step
from tests import make
from tests.onboarding.test_guard import BOTH, MICROSOFT, NAME, OLD, guarded, mx, spf_now
from tests.onboarding.world import FIRST, World, public_dns

HOUR = timedelta(hours=1)


@pytest.fixture
def world(settings: Settings, transactional_db: None) -> Iterator[World]:
    with public_dns(settings) as world:
        yield world


def planned(world: World, *, begins_in: timedelta = -HOUR) -> tuple[Domain, CutOver]:
    """A guarded domain whose window begins then and lasts six hours."""
    domain = guarded(world)
    now = world.clock()
    assert domain.created_by is not None
    window = Window(now + begins_in, now + begins_in + 6 * HOUR, "Europe/Berlin")
    return domain, plan(domain.tenant, "Weekend", [domain], window, by=domain.created_by, now=now)


def ticks() -> set[str]:
    return set(CutOverDomain.objects.get().ticks)


def row_of(cutover: CutOver, world: World) -> Row:
    (row,) = rows_of(cutover, world.clock())
    return row


def findings() -> set[str]:
    return {finding["code"] for finding in Observation.objects.get().picture.get("findings", ())}


def move_mail(world: World, *, ttl: int = 60) -> None:
    mx(world, MICROSOFT, ttl=ttl)


def test_the_move_ticks_itself_at_each_name_server_and_then_at_the_resolvers(world: World) -> None:
    domain, cutover = planned(world)
    mx(world, MICROSOFT, at=(FIRST,))
    domain = world.look_again_after(domain, 31)
    partly = row_of(cutover, world)
    move_mail(world)
    world.look_again_after(domain, 61)

    assert (partly.look.code, partly.sentence) == ("moving", "1 of 2 name servers show it.")
    assert [(place.name, place.look.code) for place in partly.places] == [
        ("ns1.hoster.test", "new"),
        ("ns2.hoster.test", "old"),
    ]
    assert row_of(cutover, world).look.code == "done"
    assert {Step.MX_MOVED, Step.RESOLVERS} <= ticks()


def test_nobody_is_alarmed_by_what_is_planned(world: World) -> None:
    domain, _ = planned(world)
    move_mail(world)
    for _ in range(3):
        domain = world.look_again_after(domain, 31)

    assert not Notice.objects.exists()


def test_going_back_takes_the_tick_back(world: World) -> None:
    domain, _ = planned(world)
    move_mail(world)
    domain = world.look_again_after(domain, 31)
    mx(world, OLD)
    world.look_again_after(domain, 31)

    assert Step.MX_MOVED not in ticks()


def test_the_other_steps_follow_dns_too(world: World) -> None:
    domain, _ = planned(world)
    mx(world, MICROSOFT, ttl=3600)
    spf_now(world, "v=spf1 mx include:spf.protection.outlook.com -all")
    world.zones.put(f"autodiscover.{NAME}", 60, "CNAME", "autodiscover.outlook.com.", at=BOTH)
    world.zones.put(f"selector1._domainkey.{NAME}", 60, "CNAME", "selector1.example.", at=BOTH)
    world.look_again_after(domain, 31)

    assert {Step.SPF, Step.AUTODISCOVER, Step.DKIM, Step.TTL_RAISED, Step.OLD_MX_GONE} <= ticks()


def test_a_lowered_ttl_is_safe_when_the_old_one_has_expired(world: World) -> None:
    world.delegate(NAME)
    domain, cutover = planned(world, begins_in=2 * HOUR)
    CutOverDomain.objects.update(old_ttl=86400, ticks={})
    Baseline.objects.filter(part="mx").update(ttl=86400)
    mx(world, OLD, ttl=300)
    world.look_again_after(domain, 61)

    row = row_of(cutover, world)

    assert row.ttl is not None
    assert row.ttl.safe_from is not None
    assert row.ttl.safe_from - world.clock() > timedelta(hours=23)
    assert not row.ttl.in_time
    assert "the old 86400 s expires Monday 2 Mar 13:0" in row.advice


def test_a_ttl_that_is_raised_again_before_the_move_is_not_lowered_any_more(world: World) -> None:
    domain, _ = planned(world)
    before = Step.TTL_LOWERED in ticks()
    mx(world, OLD, ttl=3600)
    domain = world.look_again_after(domain, 31)
    raised = Step.TTL_LOWERED in ticks()
    mx(world, OLD, ttl=60)
    domain = world.look_again_after(domain, 31)
    move_mail(world, ttl=3600)
    world.look_again_after(domain, 31)

    assert (before, raised) == (True, False)
    assert {Step.TTL_LOWERED, Step.TTL_RAISED} <= ticks()


def test_near_the_window_a_domain_is_looked_at_more_often_and_first(world: World) -> None:
    domain, _ = planned(world, begins_in=2 * HOUR)
    Domain.objects.update(eager_since=world.clock() - timedelta(days=1))
    domain = world.look_again_after(domain, 61)
    day_before = (domain.schedule.due_at or world.clock()) - world.clock()
    domain = world.look_again_after(domain, 7200)
    inside = (domain.schedule.due_at or world.clock()) - world.clock()

    assert timedelta(seconds=100) < day_before < timedelta(seconds=140)
    assert inside < timedelta(seconds=40)
    assert domain.schedule.priority == 2


def test_closing_takes_the_new_mail_flow_as_the_baseline_and_frees_the_domain(world: World) -> None:
    domain, cutover = planned(world)
    move_mail(world)
    for _ in range(2):
        domain = world.look_again_after(domain, 61)
    assert domain.created_by is not None

    close(cutover, by=domain.created_by, now=world.clock(), version=cutover.version)

    domain.refresh_from_db()
    assert (domain.window_start, CutOverDomain.objects.get().open) == (None, False)
    assert Baseline.objects.get(part="mx").records == ["0 contoso-test.mail.protection.outlook.com"]


def test_mail_that_moved_in_its_window_is_no_fault_and_none_once_the_plan_is_closed(world: World) -> None:
    domain, cutover = planned(world)
    assert domain.created_by is not None
    move_mail(world)
    for _ in range(2):
        domain = world.look_again_after(domain, 61)
    inside = findings()

    close(cutover, by=domain.created_by, now=world.clock(), version=cutover.version)
    world.look_again_after(domain, 61)

    assert "MAIL401" not in inside | findings()


def test_mail_that_moved_before_its_window_is_a_fault_until_somebody_means_it(world: World) -> None:
    domain, _ = planned(world, begins_in=2 * HOUR)
    move_mail(world)
    for _ in range(2):
        domain = world.look_again_after(domain, 61)
    early = findings()
    assert domain.created_by is not None

    rebaseline(domain, "It was meant", by=domain.created_by, now=world.clock())
    world.look_again_after(domain, 61)

    assert ("MAIL401" in early, "MAIL401" in findings()) == (True, False)


def test_called_off_the_old_mail_flow_stays_guarded(world: World) -> None:
    domain, cutover = planned(world)
    assert domain.created_by is not None

    close(cutover, by=domain.created_by, now=world.clock(), version=cutover.version)

    assert Baseline.objects.get(part="mx").reason == ""


@pytest.mark.django_db
def test_mailboxes_are_confirmed_by_a_person_who_is_named_and_may_be_taken_back() -> None:
    cutover, entry = a_plan()

    confirm_mailboxes(cutover, [entry.domain.public_id], by=make.user("m@example.org"), now=make.NOW, done=True)
    entry.refresh_from_db()
    said = entry.ticks[Step.MAILBOXES]
    confirm_mailboxes(cutover, [entry.domain.public_id], by=make.user(), now=make.NOW, done=False)
    entry.refresh_from_db()

    assert said == [make.NOW.isoformat(), "m@example.org"]
    assert entry.ticks == {}


def a_plan() -> tuple[CutOver, CutOverDomain]:
    domain = make.domain()
    window = Window(make.NOW + HOUR, make.NOW + 2 * HOUR, "UTC")
    cutover = plan(domain.tenant, "Weekend", [domain], window, by=make.user(), now=make.NOW)
    return cutover, cutover.entries.get()


@pytest.mark.django_db
def test_a_domain_is_in_one_open_plan_only() -> None:
    cutover, entry = a_plan()
    window = Window(cutover.starts_at, cutover.ends_at, "UTC")

    with pytest.raises(PlanRefused, match="in another open plan: Weekend"):
        plan(cutover.tenant, "Other", [entry.domain], window, by=make.user(), now=make.NOW)


@pytest.mark.django_db
def test_another_tenant_s_domain_is_refused() -> None:
    window = Window(make.NOW + HOUR, make.NOW + 2 * HOUR, "UTC")

    with pytest.raises(PlanRefused, match="in its tenant"):
        plan(make.tenant(), "Weekend", [make.domain()], window, by=make.user(), now=make.NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts", "ends", "sentence"),
    [(2, 1, "ends before"), (-3, -2, "over already"), (1, 24 * 20, "two weeks")],
)
def test_windows_that_guard_nothing_are_refused(starts: int, ends: int, sentence: str) -> None:
    cutover, _ = a_plan()
    window = Window(make.NOW + starts * HOUR, make.NOW + ends * HOUR, "UTC")

    with pytest.raises(PlanRefused, match=sentence):
        move_window(cutover, window, by=make.user(), now=make.NOW, version=cutover.version)


@pytest.mark.django_db
def test_two_people_do_not_overwrite_each_other() -> None:
    cutover, _ = a_plan()
    window = Window(make.NOW + HOUR, make.NOW + 3 * HOUR, "UTC")
    move_window(cutover, window, by=make.user(), now=make.NOW, version=1)

    with pytest.raises(EditedMeanwhile):
        move_window(cutover, window, by=make.user(), now=make.NOW, version=1)
