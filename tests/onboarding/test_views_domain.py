"""One domain's page: its sentence, its steps, and two people at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notices.subscribing import standing
from onboarding.models import Domain, Observation, Schedule
from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server, Verdict
from publicdns.delegation import Delegation, NameServer, Standing
from publicdns.picture import Picture, Subject
from publicdns.propagation import Progress, Propagation, Stance
from tenants.roles import Role
from tests import make
from tests.make import signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def page(domain: Domain, role: Role = Role.MANAGER) -> str:
    """The page as somebody of ``role`` sees it."""
    return signed_in(make.member(domain.tenant, role)).get(domain.get_absolute_url()).content.decode()


def answer(domain: Domain, server: Server, outcome: Outcome, **more: Any) -> Answer:
    return Answer(Question(domain.name, "TXT"), server, outcome, authoritative=not server.recursive, **more)


def observe(domain: Domain, *answers: Answer, resolvers: tuple[Answer, ...] = (), **of_propagation: Any) -> None:
    """Store a picture in which each of ``answers`` was given."""
    seen = Propagation(Verdict.MISSING, Progress.NOWHERE, servers=(("ns1.x", Stance.MISSING),), **of_propagation)
    servers = tuple(NameServer(one.server.name, (one.server.address,)) for one in answers)
    zone = Delegation(domain.name, Standing.DELEGATED, domain.name, servers=servers)
    picture = Picture(
        Subject(domain.name, domain.token), timezone.now().timestamp(), zone, answers, resolvers, propagation=seen
    )
    Observation.objects.create(domain=domain, seen_at=timezone.now(), picture=picture.to_json())


NS1, NS2 = Server("192.0.2.1", 53, "ns1.x"), Server("192.0.2.2", 53, "ns2.x")


def test_each_vantage_says_what_it_answered_and_how_long_caches_remember() -> None:
    now = timezone.now()
    domain = make.domain("contoso.com", looked_at=now, verdict="missing", verdict_since=now, facts={"servers": 2})
    observe(
        domain,
        answer(domain, NS1, Outcome.EMPTY, negative_ttl=1800),
        answer(domain, NS2, Outcome.FAILED, reason=Reason.TIMEOUT),
    )

    html = page(domain)

    assert "None of the 2 name servers has the record yet." in html
    assert "Not there" in html
    assert "no TXT record at this name" in html
    assert f'datetime="{now + timedelta(seconds=1800):%Y-%m-%dT%H:%M:%SZ}"' in html
    assert "no answer came in time" in html


@pytest.mark.parametrize(
    ("progress", "servers", "have", "heard", "sentence"),
    [
        ("nowhere", 2, 0, 2, "None of the 2 name servers has the record yet."),
        ("nowhere", 2, 0, 1, "1 of 2 name servers answered, and it does not have the record yet."),
        ("nowhere", 3, 0, 2, "2 of 3 name servers answered, and none of them has the record yet."),
        ("nowhere", 2, 0, 0, "Public resolvers do not have the record yet; no name server could be asked."),
        ("some-servers", 2, 1, 2, "1 of 2 name servers has the record."),
        ("all-servers", 2, 2, 2, "Every name server has the record; public resolvers still remember"),
        ("all-servers", 3, 2, 2, "The name servers that answer have the record; public resolvers do not see it yet."),
    ],
)
def test_who_could_not_be_asked_is_not_said_to_lack_it(
    progress: str, servers: int, have: int, heard: int, sentence: str
) -> None:
    now = timezone.now()
    facts = {"servers": servers, "have": have, "heard": heard}
    domain = make.domain(
        "contoso.com", looked_at=now, verdict="missing", verdict_since=now, progress=progress, facts=facts
    )

    assert sentence in page(domain)


def test_hostile_records_are_shown_escaped_and_bounded() -> None:
    domain = make.domain("contoso.com", looked_at=timezone.now())
    value = "MS=ms99</td><script>alert(1)</script>\u202e\x07" + "A" * 5000
    records = (Record("TXT", value, 60),)
    observe(domain, answer(domain, NS1, Outcome.FOUND, records=records))

    html = page(domain)

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "\x07" not in html
    assert "A" * 400 not in html


def test_a_picture_of_another_version_is_no_evidence_and_no_error() -> None:
    domain = make.domain("contoso.com")
    Observation.objects.create(domain=domain, seen_at=timezone.now(), picture={"version": 0})

    assert "Nothing yet. The first look comes within seconds." in page(domain)


def test_a_name_in_another_script_is_shown_with_what_dns_calls_it() -> None:
    html = page(make.domain("xn--mnchen-3ya.de"))

    assert "<bdi>münchen.de</bdi>" in html
    assert "xn--mnchen-3ya.de" in html


def test_the_three_steps_are_taken_and_taken_back() -> None:
    domain = make.domain("contoso.com", seen_at=timezone.now())
    client = signed_in(make.member(domain.tenant))
    seen = []
    for name in ("accept", "users-not-now", "skip-purpose"):
        domain.refresh_from_db()
        client.post(f"/domains/{domain.public_id}/move/{name}/", {"version": domain.version})
        domain.refresh_from_db()
        seen.append(domain.stage)

    response = client.post(f"/domains/{domain.public_id}/undo/", {"version": domain.version}, follow=True)

    assert seen == ["users", "purpose", "active"]
    assert Domain.objects.get().stage == "purpose"
    assert b"Taken back: Skip: activate with nothing ticked." in response.content


def test_a_refusal_keeps_the_reason_and_leaves_the_stage() -> None:
    domain = make.domain("contoso.com")
    client = signed_in(make.member(domain.tenant))

    client.post(f"/domains/{domain.public_id}/move/refuse/", {"version": 1, "reason": "other-tenant"})

    assert Domain.objects.get().stage == "validate"
    assert "already in another Microsoft 365 tenant" in client.get(domain.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "path",
    ["move/accept/", "undo/", "token/"],
)
def test_two_people_at_once_do_not_overwrite_each_other(path: str) -> None:
    domain = make.domain("contoso.com", version=5)

    response = signed_in(make.member(domain.tenant)).post(
        f"/domains/{domain.public_id}/{path}", {"version": 4, "token": "MS=ms00000000"}, follow=True
    )

    kept = Domain.objects.get()
    assert (kept.version, kept.stage, kept.token) == (5, "validate", "MS=ms12345678")
    assert b"nothing was saved" in response.content or b"no step to take back" in response.content


def test_a_token_that_cannot_be_read_is_said_where_it_was_typed() -> None:
    domain = make.domain("contoso.com")

    response = signed_in(make.member(domain.tenant)).post(
        f"/domains/{domain.public_id}/token/", {"version": 1, "token": "hello"}, headers=HTMX
    )

    assert response.status_code == 422
    assert response.context["token_form"].errors["token"]
    assert b'value="hello"' in response.content


def test_look_now_makes_it_due_at_once_and_not_twice() -> None:
    later = timezone.now() + timedelta(hours=1)
    domain = make.domain("contoso.com", due_at=later)
    client = signed_in(make.member(domain.tenant, Role.HELP_DESK))

    first = client.post(f"/domains/{domain.public_id}/look/", headers=HTMX)
    second = client.post(f"/domains/{domain.public_id}/look/", headers=HTMX)

    assert Schedule.objects.get().due_at <= timezone.now()
    assert b"asked for a moment ago" not in first.content
    assert b"asked for a moment ago" in second.content


def test_opening_the_page_begins_the_eager_rhythm_and_a_live_update_does_not() -> None:
    later = timezone.now() + timedelta(hours=1)
    domain = make.domain("contoso.com", due_at=later)
    client = signed_in(make.member(domain.tenant))

    client.get(domain.get_absolute_url(), headers=HTMX)
    after_update = Schedule.objects.get().due_at
    client.get(domain.get_absolute_url())

    assert after_update == later
    assert Schedule.objects.get().due_at < later


def test_an_act_over_htmx_answers_with_the_live_part_and_its_messages() -> None:
    domain = make.domain("contoso.com")

    response = signed_in(make.member(domain.tenant)).post(
        f"/domains/{domain.public_id}/note/", {"text": "Called <b>them</b>"}, headers=HTMX
    )

    html = response.content.decode()
    assert 'id="domain"' in html
    assert 'id="messages"' in html
    assert "Called &lt;b&gt;them&lt;/b&gt;" in html
    assert "<html" not in html


@pytest.mark.parametrize(("choice", "wanted"), [("follow", "follows"), ("mute", "muted"), ("unfollow", "none")])
def test_a_person_follows_or_mutes_for_themselves(choice: str, wanted: str) -> None:
    domain = make.domain("contoso.com")
    viewer = make.member(domain.tenant, Role.VIEWER)

    signed_in(viewer).post(f"/domains/{domain.public_id}/follow/", {"choice": choice})

    assert standing(viewer, domain.tenant, domain.public_id) == wanted


def test_a_removed_domain_keeps_its_page_and_can_be_taken_back() -> None:
    domain = make.domain("contoso.com")
    client = signed_in(make.member(domain.tenant))

    removed = client.post(f"/domains/{domain.public_id}/remove/", follow=True)
    listed = client.get("/domains/")
    client.post(f"/domains/{domain.public_id}/restore/")

    assert b"Take it back" in removed.content
    assert domain.get_absolute_url() not in listed.content.decode()
    assert Domain.objects.present().filter(name="contoso.com").exists()


def test_a_viewer_sees_no_button_that_would_be_refused() -> None:
    html = page(make.domain("contoso.com", seen_at=timezone.now()), Role.VIEWER)

    for act in ("look/", "move/", "token/", "note/", "remove/", "undo/"):
        assert f'/{act}"' not in html
