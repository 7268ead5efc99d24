"""Expected records of a domain: kept with where they came from, pasted, muted, looked at, and told in history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from demo.faults import Fault
from notices.models import Transition
from onboarding.adding import change_token
from onboarding.attempts import tries
from onboarding.expecting import NoSuchRecordError, expectations, mute, paste, wanted_records
from onboarding.models import Domain, Publication
from onboarding.publishing import answers_of, ask_for, look_at_due
from onboarding.purpose import Purpose, RecordRow, purpose_of
from onboarding.stages import move
from onboarding.wiring import options, resolvers
from publicdns.delegation import DelegationCache
from publicdns.expectations.reading import PasteError
from publicdns.wire import Wire
from tenants.models import AuditEntry, Tenant, User
from tenants.roles import Role
from tests import make
from tests.make import signed_in
from tests.onboarding.world import FIRST, SECOND, World, public_dns

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MX = "contoso-com.o-v1.mx.microsoft"


@pytest.fixture
def domain() -> Domain:
    return make.domain("contoso.com", make.tenant("Contoso", initial_domain="contoso.onmicrosoft.com"))


@pytest.fixture
def grace(domain: Domain) -> User:
    return make.member(domain.tenant)


def by_key(domain: Domain, key: str) -> tuple[str, str]:
    return next((row.value, row.origin) for row in expectations(domain) if row.key == key)


def test_what_can_be_derived_is_expected_before_anybody_pasted_and_nothing_is_written(domain: Domain) -> None:
    assert by_key(domain, "mx") == ("0 contoso-com.mail.protection.outlook.com", "derived")
    assert not domain.expectations.exists()


def test_the_cloud_and_name_of_the_tenant_decide_what_is_derived(domain: Domain) -> None:
    domain.tenant.cloud = "gcc-high"

    assert by_key(domain, "mx") == ("0 contoso.mail.protection.office365.us", "derived")


def test_with_the_acceptance_what_was_expected_then_is_kept(domain: Domain, grace: User) -> None:
    move(domain, "accept", by=grace, now=NOON, version=domain.version)

    assert {row.origin for row in domain.expectations.all()} == {"derived"}
    assert domain.expectations.get(key="spf").at == NOON


def test_a_pasted_value_takes_the_place_of_the_derived_one_with_origin_date_and_person(
    domain: Domain, grace: User
) -> None:
    paste(domain, f"MX\t0\t@\t{MX}\t1 Hour", by=grace, now=NOON)

    row = domain.expectations.get(key="mx")
    assert (row.value, row.origin, row.at, row.by, row.certain) == (f"0 {MX}", "pasted", NOON, grace, True)
    assert Transition.objects.get(kind="expected").facts["records"] == ["mx"]
    assert AuditEntry.objects.get(action="expected").after == {"mx": f"0 {MX}"}


def test_graph_s_json_is_kept_as_coming_from_graph(domain: Domain, grace: User) -> None:
    text = (
        '{"value":[{"@odata.type":"#microsoft.graph.domainDnsMxRecord","label":"contoso.com","recordType":"Mx",'
        f'"ttl":3600,"supportedService":"Email","isOptional":false,"mailExchange":"{MX}","preference":0}}]}}'
    )

    paste(domain, text, by=grace, now=NOON)

    assert by_key(domain, "mx") == (f"0 {MX}", "graph")


def test_what_cannot_be_read_changes_nothing(domain: Domain, grace: User) -> None:
    with pytest.raises(PasteError):
        paste(domain, "hello", by=grace, now=NOON)

    assert not domain.expectations.exists()
    assert not Publication.objects.exists()


def test_a_muted_record_is_not_judged_and_keeps_its_reason_when_pasted_again(domain: Domain, grace: User) -> None:
    mute(domain, "mx", "Mimecast in front", by=grace, now=NOON)
    paste(domain, MX, by=grace, now=NOON)

    row = next(row for group in purpose_of(domain, None).groups for row in group.rows if row.record.key == "mx")
    assert (row.judgement, row.works.code, row.expectation.muted_reason) == (None, "muted", "Mimecast in front")
    assert "mx" not in {record.key for record in wanted_records(domain)}


def test_muting_is_taken_back_and_both_stand_in_the_history(domain: Domain, grace: User) -> None:
    mute(domain, "spf", "hybrid", by=grace, now=NOON)
    mute(domain, "spf", "", by=grace, now=NOON + timedelta(minutes=1))

    assert "spf" in {record.key for record in wanted_records(domain)}
    assert set(Transition.objects.values_list("kind", flat=True)) == {"record-muted", "record-unmuted"}


def test_a_record_nobody_expects_cannot_be_muted(domain: Domain, grace: User) -> None:
    with pytest.raises(NoSuchRecordError):
        mute(domain, "nonsense", "why not", by=grace, now=NOON)


# --- Looking


def look(world: World) -> int:
    return look_at_due(world.clock, lambda: Wire(resolvers(), options()), wanted_records, DelegationCache())


def row_of(purpose: Purpose, key: str) -> RecordRow:
    return next(row for group in purpose.groups for row in group.rows if row.record.key == key)


def test_a_look_judges_what_the_name_servers_say(settings: Settings) -> None:
    with public_dns(settings) as world:
        world.delegate("contoso.test")
        world.zones.put("autodiscover.contoso.test", 60, "CNAME", "autodiscover.outlook.com.", at=(FIRST, SECOND))
        domain = make.domain("contoso.test", stage="purpose")
        ask_for(domain, world.clock())
        looked = look(world)
        again = look(world)

    purpose = purpose_of(domain, None)
    assert (looked, again) == (1, 0)
    assert row_of(purpose, "autodiscover").works.code == "present"
    assert row_of(purpose, "mx").judgement.code == "mx-elsewhere"  # type: ignore[union-attr]
    assert row_of(purpose, "msoid").works.code == "present"
    assert row_of(purpose, "registration").works.code == "missing"


def test_mail_that_is_elsewhere_is_no_fault_while_nobody_asked_for_microsoft_s_record(settings: Settings) -> None:
    with public_dns(settings) as world:
        world.delegate("contoso.test")
        domain = make.domain("contoso.test", stage="purpose")
        ask_for(domain, world.clock())
        look(world)
    skipped = row_of(purpose_of(domain, None), "mx").works
    domain.purpose_choice, domain.purpose_services = "services", ["exchange"]

    assert (skipped.code, skipped.tone) == ("not-in-use", "dim")
    assert row_of(purpose_of(domain, None), "mx").works.tone == "bad"


def test_records_of_a_service_that_is_not_chosen_are_no_fault_either(settings: Settings) -> None:
    with public_dns(settings) as world:
        world.delegate("contoso.test")
        domain = make.domain("contoso.test", stage="active", purpose_choice="services", purpose_services=["teams"])
        ask_for(domain, world.clock())
        look(world)

    purpose = purpose_of(domain, None)
    assert row_of(purpose, "mx").works.code == "not-in-use"
    assert row_of(purpose, "federation").works.code == "missing"


def test_with_every_server_failing_nothing_is_known(settings: Settings) -> None:
    with public_dns(settings) as world:
        world.delegate("contoso.test")
        domain = make.domain("contoso.test", stage="purpose")
        world.zones.fault("contoso.test", None, Fault.SERVFAIL, at=[FIRST, SECOND], below=True)
        ask_for(domain, world.clock())
        look(world)

    assert {row.works.code for group in purpose_of(domain, None).groups for row in group.rows} == {"unknown"}


def test_only_domains_with_services_chosen_are_looked_at_again_by_themselves(settings: Settings) -> None:
    with public_dns(settings) as world:
        for name, chosen in (("a.test", "services"), ("b.test", "skipped")):
            world.delegate(name)
            ask_for(make.domain(name, stage="active", purpose_choice=chosen), world.clock())
        look(world)

    due = dict(Publication.objects.values_list("domain__name", "due_at"))
    assert due["a.test"] is not None
    assert due["b.test"] is None


def test_asking_twice_within_the_pause_asks_once(domain: Domain) -> None:
    ask_for(domain, NOON)
    Publication.objects.update(looked_at=NOON, due_at=None)

    ask_for(domain, NOON + timedelta(seconds=10), at_least=timedelta(seconds=30))
    soon = Publication.objects.get().due_at
    ask_for(domain, NOON + timedelta(seconds=40), at_least=timedelta(seconds=30))

    assert soon is None
    assert Publication.objects.get().due_at == NOON + timedelta(seconds=40)


def test_answers_of_another_version_are_no_answers() -> None:
    assert answers_of(Publication(answers=[{"nonsense": 1}])) == {}


# --- The page


def test_pasting_on_the_page_says_how_many_were_read_and_what_was_left_out(domain: Domain, grace: User) -> None:
    Domain.objects.update(stage="purpose")
    text = f"MX\t0\t@\t{MX}\t1 Hour\nMX\t0\tother.example.org.\t{MX}\t1 Hour"

    html = signed_in(grace).post(f"/domains/{domain.public_id}/expected/", {"text": text}, follow=True).content.decode()

    assert "One record was read and kept." in html
    assert "it belongs to another name than contoso.com" in html
    assert f"0 {MX}" in html


def test_a_paste_that_cannot_be_read_is_said_where_it_was_pasted_and_kept(domain: Domain, grace: User) -> None:
    Domain.objects.update(stage="purpose")

    response = signed_in(grace).post(f"/domains/{domain.public_id}/expected/", {"text": "<b>hello</b>"})

    assert response.status_code == 422
    assert "There is no record in it." in response.content.decode()
    assert "&lt;b&gt;hello&lt;/b&gt;" in response.content.decode()


def test_choosing_exchange_on_the_page_shows_the_second_question_with_the_ticks_kept(
    domain: Domain, grace: User
) -> None:
    Domain.objects.update(stage="purpose")
    url = f"/domains/{domain.public_id}/move/choose-services/"
    client = signed_in(grace)

    first = client.post(url, {"version": 1, "services": ["exchange", "teams"]})
    stage = Domain.objects.get().stage
    client.post(url, {"version": 1, "services": ["exchange", "teams"], "understood": "on"})

    assert first.status_code == 422
    assert 'id="asked-again"' in first.content.decode()
    assert first.content.decode().count("checked") == 2
    assert (stage, Domain.objects.get().stage) == ("purpose", "active")


def test_services_without_exchange_need_no_second_answer(domain: Domain, grace: User) -> None:
    Domain.objects.update(stage="purpose")
    url = f"/domains/{domain.public_id}/move/choose-services/"

    signed_in(grace).post(url, {"version": 1, "services": ["teams"]})

    assert Domain.objects.get().purpose_services == ["teams"]


def test_a_refusal_is_shown_with_what_to_do_about_it(domain: Domain, grace: User) -> None:
    move(domain, "refuse", by=grace, now=NOON, version=domain.version, reason="other-tenant")

    html = signed_in(grace).get(domain.get_absolute_url()).content.decode()

    assert "a domain can be in one tenant only" in html


def test_how_often_microsoft_has_refused_is_counted_with_each_retry_until_the_value_changes(
    domain: Domain, grace: User
) -> None:
    url, pages = domain.get_absolute_url(), []
    for minute in (1, 5):
        at = NOON + timedelta(minutes=minute)
        move(domain, "refuse", by=grace, now=at, version=domain.version, reason="not-found")
        pages.append(signed_in(grace).get(url).content.decode())
    change_token(domain, "MS=ms87654321", by=grace, now=NOON + timedelta(hours=1), version=domain.version)

    assert "Tried once:" in pages[0]
    assert "Tried 2 times, first" in pages[1]
    assert tries(domain) is None


def test_the_mail_host_of_21vianet_is_shown_as_a_hint_from_no_page(domain: Domain, grace: User) -> None:
    Tenant.objects.update(cloud="21vianet")
    Domain.objects.update(stage="purpose")

    html = signed_in(grace).get(domain.get_absolute_url()).content.decode()

    assert html.count("from no page of Microsoft&#x27;s") + html.count("from no page of Microsoft's") == 1


def test_an_acceptance_may_be_recorded_for_an_earlier_day_and_not_for_a_later_one(domain: Domain, grace: User) -> None:
    client, url = signed_in(grace), f"/domains/{domain.public_id}/move/accept/"

    late = client.post(url, {"version": 1, "on": "2999-01-01"}, follow=True)
    client.post(url, {"version": 1, "on": "2026-02-03"})

    assert b"This day lies ahead" in late.content
    assert f"{Domain.objects.get().accepted_at:%Y-%m-%d}" == "2026-02-03"


def test_the_csv_holds_the_records_for_a_viewer_too(domain: Domain) -> None:
    response = signed_in(make.member(domain.tenant, Role.VIEWER)).get(f"/domains/{domain.public_id}/records.csv")

    assert response["Content-Type"].startswith("text/csv")
    assert "MX,contoso.com,0 contoso-com.mail.protection.outlook.com,3600,yes,no" in response.content.decode()


def test_a_milestone_is_taken_back(domain: Domain, grace: User) -> None:
    Domain.objects.update(stage="active")
    client, url = signed_in(grace), f"/domains/{domain.public_id}/milestone/"

    client.post(url, {"item": "direct-send"})
    client.post(url, {"item": "direct-send", "undone": "1"})

    assert not domain.milestones.exists()
    assert client.post(url, {"item": "nonsense"}).status_code == 404


def test_a_viewer_sees_purpose_and_no_button_that_would_be_refused(domain: Domain) -> None:
    Domain.objects.update(stage="active")

    html = signed_in(make.member(domain.tenant, Role.VIEWER)).get(domain.get_absolute_url()).content.decode()

    assert 'id="consequences"' in html
    for act in ("expected/", "mute/", "milestone/", "move/"):
        assert f'/{act}"' not in html
