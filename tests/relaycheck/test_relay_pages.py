"""Relays as pages: declared, changed, read, exported."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import SubjectKind
from notices.subscribing import standing
from relaycheck.models import Relay
from relaycheck.relay_exports import TABLES
from tenants.roles import Role
from tests import make
from tests.relaycheck import make as engine
from tests.relaycheck import rows

pytestmark = pytest.mark.django_db

TYPED = {
    "fqdn": "Relay01.Contoso.com.",
    "internal_address": "10.0.0.5",
    "port": "25",
    "kind": "iis",
    "profile": "direct-send",
    "sources": "10.0.0.21 copier 3rd floor (Facilities)\n10.0.1.0, 255.255.255.0 scanners",
    "size_kib": "10240",
    "nat_address": "203.0.113.5",
    "external": "on",
    "tlds": "com, org",
}


def test_a_relay_is_declared_and_its_maker_follows_it() -> None:
    tenant = make.tenant()
    person, domain = make.member(tenant), make.domain("contoso.com", tenant)

    answer = rows.make.signed_in(person).post("/relays/add/", {**TYPED, "domains": [domain.public_id]})

    relay = Relay.objects.get()
    assert answer["Location"] == relay.get_absolute_url()
    assert relay.fqdn == "relay01.contoso.com"
    assert [row.network for row in relay.sources.all()] == ["10.0.0.21", "10.0.1.0/24"]
    assert (relay.sources.first().purpose, relay.sources.first().owner) == ("copier 3rd floor", "Facilities")
    assert standing(person, tenant, relay.public_id) == "follows"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("internal_address", "300.0.0.1", "no address"),
        ("nat_address", "10.1.2.3", "internal address"),
        ("sources", "0.0.0.0/0 everybody", "no list of trusted devices"),
        ("port", "465", "On port 465 TLS comes before the first word."),
        ("sources", "nonsense of a line", "does not begin with an address"),
        ("resolver", "dns.contoso.com", "is no address"),
        ("hosts", "fabrikam.com x.mail.protection.outlook.com", "none of the domains"),
        ("fqdn", "relay01", "single word"),
    ],
)
def test_what_cannot_stand_is_refused_beside_its_field(field: str, typed: str, sentence: str) -> None:
    tenant = make.tenant()
    domain = make.domain("contoso.com", tenant)

    answer = rows.make.signed_in(make.member(tenant)).post(
        "/relays/add/", {**TYPED, "domains": [domain.public_id], field: typed}
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Relay.objects.exists()


def test_another_tenant_s_domain_cannot_be_hosted() -> None:
    tenant, foreign = make.tenant(), make.domain("fabrikam.com")

    answer = rows.make.signed_in(make.member(tenant)).post("/relays/add/", {**TYPED, "domains": [foreign.public_id]})

    assert answer.status_code == 422
    assert "fabrikam" not in answer.content.decode()


def test_with_several_tenants_one_is_chosen_first() -> None:
    make.tenant("Fabrikam")
    other = make.tenant("Contoso")
    client = rows.make.signed_in(make.user(operator=True))

    assert "Which tenant" in client.get("/relays/add/").content.decode()
    assert "Where it is" in client.get(f"/relays/add/?tenant={other.public_id}").content.decode()


def test_the_second_of_two_who_change_it_at_once_saves_nothing() -> None:
    relay = rows.relay()
    client, domain = rows.member_client(relay), relay.hosted.get().domain
    typed = {**TYPED, "domains": [domain.public_id], "fqdn": relay.fqdn, "version": relay.version}
    path = f"{relay.get_absolute_url()}edit/"

    first = client.post(path, {**typed, "internal_address": "10.0.0.6"})
    second = client.post(path, {**typed, "internal_address": "10.0.0.7"}, follow=True)

    assert first.status_code == 302
    assert "nothing was saved" in second.content.decode()
    relay.refresh_from_db()
    assert relay.internal_address == "10.0.0.6"


def test_a_fresh_relay_says_that_nothing_is_proven() -> None:
    assert "Nothing is known of it yet" in rows.page(rows.relay(), Role.VIEWER)


def test_a_relay_without_a_hosted_domain_is_not_complete() -> None:
    relay = rows.relay()
    relay.hosted.all().delete()

    body = rows.page(relay)

    assert "Not complete" in body
    assert "At least one hosted domain" in body


def test_a_viewer_sees_everything_and_changes_nothing() -> None:
    relay = rows.relay()

    body = rows.page(relay, Role.VIEWER)

    assert "probe-form" not in body
    assert "upload-form" not in body
    assert rows.member_client(relay, Role.VIEWER).get(f"{relay.get_absolute_url()}edit/").status_code == 404


def test_the_live_part_alone_answers_a_fragment_s_request() -> None:
    relay = rows.relay()

    answer = rows.member_client(relay).get(relay.get_absolute_url(), headers={"HX-Request": "true"})

    assert answer.content.decode().lstrip().startswith("<article")


def test_the_list_asks_the_database_as_often_for_many_relays_as_for_one() -> None:
    tenant, operator = make.tenant(), make.user(operator=True)
    client, counts = rows.make.signed_in(operator), []
    for number in range(4):
        rows.with_everything(tenant, operator, f"relay{number}.contoso.com")
        with CaptureQueriesContext(connection) as asked:
            shown = client.get("/relays/", headers={"HX-Request": "true"}).content.decode()
        counts.append(len(asked))

    assert shown.count("waits to be taken off a list") == 4
    assert counts[0] == counts[3]


def test_a_removed_relay_can_be_taken_back() -> None:
    relay = rows.relay()
    client = rows.member_client(relay)

    client.post(f"{relay.get_absolute_url()}remove/")
    assert "Take it back" in client.get(relay.get_absolute_url()).content.decode()
    assert relay.fqdn not in client.get("/relays/").content.decode()
    client.post(f"{relay.get_absolute_url()}restore/")

    assert relay.fqdn in client.get("/relays/").content.decode()


def test_following_is_about_this_relay() -> None:
    relay = rows.relay()
    person = make.member(relay.tenant)

    rows.make.signed_in(person).post(f"{relay.get_absolute_url()}follow/", {"choice": "follow"})

    assert standing(person, relay.tenant, relay.public_id) == "follows"
    assert person.subscriptions.get().subject_kind == SubjectKind.RELAY


def test_the_setup_page_marks_where_the_how_to_is_out_of_date() -> None:
    relay = rows.relay()

    body = rows.member_client(relay).get(f"{relay.get_absolute_url()}setup/").content.decode()

    for step in ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14"):
        assert f'<span class="chip">{step}</span>' in body, step
    assert "Today:" in body
    assert "ip4:203.0.113.5" in body
    assert "New-InboundConnector" in body
    assert "onward-iis-smtp/1" in body


def test_a_postfix_relay_is_given_no_steps_for_iis() -> None:
    relay = rows.relay(kind="postfix")

    body = rows.member_client(relay).get(f"{relay.get_absolute_url()}setup/").content.decode()

    assert "tab by tab" not in body
    assert "message_size_limit = 10485760" in body


def test_an_unknown_public_address_withholds_what_needs_it() -> None:
    relay = rows.relay(nat_address="")

    body = rows.member_client(relay).get(f"{relay.get_absolute_url()}setup/").content.decode()

    assert "not declared yet" in body


@pytest.mark.parametrize("name", TABLES)
def test_everything_on_the_page_can_be_taken_along(name: str) -> None:
    relay = rows.relay(sources="10.0.0.21 =HYPERLINK(1) (+1)")
    client = rows.member_client(relay)
    client.post(f"{relay.get_absolute_url()}configurations/", {"text": engine.export(LogType=1).decode()})

    assert f"{relay.get_absolute_url()}export/{name}.csv" in rows.page(relay)
    as_csv = client.get(f"{relay.get_absolute_url()}export/{name}.csv").content.decode()
    as_json = client.get(f"{relay.get_absolute_url()}export/{name}.json").json()

    assert as_json["format"] == "onward-relay/1"
    assert len(as_csv.splitlines()) == len(as_json["rows"]) + 1
    assert "\n=" not in as_csv
    assert ",=" not in as_csv


def test_a_configuration_is_judged_and_only_the_smtp_service_is_kept() -> None:
    relay = rows.relay(kind="iis")
    client = rows.member_client(relay)

    answer = client.post(f"{relay.get_absolute_url()}configurations/", {"text": engine.metabase()})

    upload = relay.uploads.get()
    assert answer["Location"].endswith(f"configurations/{upload.public_id}/")
    kept = json.dumps(upload.kept)
    assert "hunter2" not in kept
    assert "w3svc" not in kept.lower()
    assert upload.withheld > 0
    body = client.get(relay.get_absolute_url()).content.decode()
    assert "RS204" in body or "RS205" in body


def test_a_configuration_is_held_against_the_policy_and_against_the_one_before() -> None:
    relay = rows.relay()
    client, path = rows.member_client(relay), f"{relay.get_absolute_url()}configurations/"
    client.post(path, {"text": engine.export().decode()})

    answer = client.post(path, {"text": engine.export(MaxMessageSize=2097152).decode()}, follow=True)

    body = answer.content.decode()
    assert "10485760" in body
    assert "2097152" in body
    assert "differs" in body
    assert "Nothing changed" not in body


@pytest.mark.parametrize("text", ["", "just words", "PK\x03\x04", '<!DOCTYPE x [<!ENTITY a "b">]><configuration/>'])
def test_what_is_no_configuration_is_refused_with_a_sentence(text: str) -> None:
    relay = rows.relay()

    answer = rows.member_client(relay).post(f"{relay.get_absolute_url()}configurations/", {"text": text})

    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()
    assert not relay.uploads.exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("550 5.7.606 Access denied, banned sending IP [203.0.113.5]", "Ask to be taken off"),
        ("250 2.1.5 Recipient OK", "No refusal that we know"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
def test_a_line_is_explained(line: str, words: str) -> None:
    answer = rows.make.signed_in(make.user()).get("/relays/explain/", {"line": line})

    assert words in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()


def test_what_no_database_keeps_is_left_out_of_an_upload() -> None:
    relay = rows.relay()
    text = engine.export(QueueDirectory="C:\\a\0b\ud800").decode()

    rows.member_client(relay).post(f"{relay.get_absolute_url()}configurations/", {"text": text})

    kept = json.dumps(relay.uploads.get().kept)
    assert "C:" in kept
    assert "u0000" not in kept
    assert "ud800" not in kept


def test_a_followed_relay_is_listed_with_a_link_that_leads_there() -> None:
    relay = rows.relay()
    assert relay.created_by is not None

    body = rows.make.signed_in(relay.created_by).get("/mail/following/").content.decode()

    assert f'href="/relays/{relay.public_id}/"' in body
