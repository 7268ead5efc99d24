"""Acts on many: previewed, done, each with its result, and taken back where nobody was quicker."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from notices.subscribing import standing
from onboarding.models import Batch, CutOver, Domain, Group
from onboarding.working import work
from tenants.models import AuditEntry, Membership, Tenant
from tenants.roles import Role
from tests import make
from tests.onboarding.test_views_list import signed_in

pytestmark = pytest.mark.django_db


def preview(client: Client, act: str, *domains: Domain, **more: str) -> Batch:
    """The preview of ``act`` on ``domains``, or on all that fit ``more["query"]``."""
    payload: dict[str, Any] = {"act": act, "which": "chosen" if domains else "all", **more}
    response = client.post("/domains/many/", payload | {"chosen": [domain.public_id for domain in domains]})
    return Batch.objects.get(public_id=response["Location"].split("/")[2])


def done(client: Client, batch: Batch, step: str = "confirm") -> str:
    """The page after a step."""
    return str(client.post(f"/batches/{batch.public_id}/{step}/", follow=True).content.decode())


@pytest.fixture
def tenant() -> Tenant:
    return make.tenant("Contoso")


@pytest.fixture
def client(tenant: Tenant) -> Client:
    return signed_in(make.member(tenant))


def test_a_preview_does_nothing_and_says_what_it_would(tenant: Tenant, client: Client) -> None:
    one, two = make.domain("a.com", tenant), make.domain("b.com", tenant)
    two.group = Group.objects.create(tenant=tenant, name="Wave 2")
    two.save(update_fields=["group"])

    batch = preview(client, "group", one, two, group="Wave 2")

    assert batch.counts == {"will": 1, "skipped": 1}
    assert Domain.objects.filter(group__isnull=False).count() == 1
    assert b"Joins Wave 2." in client.get(f"/batches/{batch.public_id}/").content
    assert b"in that group already" in client.get(f"/batches/{batch.public_id}/?outcome=skipped").content


def test_a_group_is_joined_and_left_again(tenant: Tenant, client: Client) -> None:
    domain = make.domain("a.com", tenant)
    batch = preview(client, "group", domain, group="Wave 2")

    page = done(client, batch)
    domain.refresh_from_db()
    assert (domain.group.name if domain.group else "", "Take it back" in page) == ("Wave 2", True)
    assert AuditEntry.objects.get(action="group-set").after == {"group": "Wave 2"}

    done(client, batch, "undo")
    domain.refresh_from_db()
    assert domain.group is None


def test_taking_back_leaves_alone_what_somebody_changed_since(tenant: Tenant, client: Client) -> None:
    domain = make.domain("a.com", tenant)
    batch = preview(client, "group", domain, group="Wave 2")
    done(client, batch)
    domain.group = Group.objects.create(tenant=tenant, name="Wave 3")
    domain.save(update_fields=["group"])

    page = done(client, batch, "undo")

    domain.refresh_from_db()
    assert domain.group.name == "Wave 3"
    assert "Somebody has changed it since" in page


def test_domains_are_assigned_to_somebody_who_may_see_them(tenant: Tenant, client: Client) -> None:
    colleague, domain = make.member(tenant, Role.VIEWER), make.domain("a.com", tenant)

    done(client, preview(client, "assign", domain, assignee=colleague.public_id))

    domain.refresh_from_db()
    assert domain.assignee == colleague


def test_somebody_of_another_tenant_cannot_be_named(tenant: Tenant, client: Client) -> None:
    domain, stranger = make.domain("a.com", tenant), make.member()

    client.post(
        "/domains/many/",
        {"act": "assign", "which": "chosen", "chosen": domain.public_id, "assignee": stranger.public_id},
    )

    assert not Batch.objects.exists()


def test_removing_can_be_taken_back(tenant: Tenant, client: Client) -> None:
    domain = make.domain("a.com", tenant)
    batch = preview(client, "remove", domain)

    done(client, batch)
    assert not Domain.objects.present().exists()
    done(client, batch, "undo")

    assert Domain.objects.present().get().name == "a.com"


def test_muting_is_one_s_own(tenant: Tenant) -> None:
    person, domain = make.member(tenant, Role.VIEWER), make.domain("a.com", tenant)
    client = signed_in(person)
    batch = preview(client, "mute", domain)

    done(client, batch)

    assert standing(person, tenant, domain.public_id) == "muted"


def test_looking_now_makes_due_now(tenant: Tenant, client: Client) -> None:
    domain = make.domain("a.com", tenant, due_at=None)

    done(client, preview(client, "look", domain))

    domain.refresh_from_db()
    assert domain.schedule.due_at is not None
    assert domain.schedule.priority == 0


def test_a_cut_over_is_planned_for_many(tenant: Tenant, client: Client) -> None:
    domains = [make.domain("a.com", tenant), make.domain("b.com", tenant)]

    done(
        client, preview(client, "cutover", *domains, plan="Weekend", starts="2099-01-02T20:00", ends="2099-01-03T20:00")
    )

    assert CutOver.objects.get().entries.count() == 2


def test_all_that_fit_the_filters_are_chosen_on_every_page(tenant: Tenant, client: Client) -> None:
    for number in range(130):
        make.domain(f"d{number}.com", tenant, stage="active" if number < 120 else "validate")

    batch = preview(client, "group", group="Wave 2", query="stage=active")

    assert batch.total == 120


def test_much_is_left_to_the_worker(tenant: Tenant, client: Client) -> None:
    now = timezone.now()
    rows = [Domain(tenant=tenant, name=f"d{n}.com", created_at=now, edited_at=now) for n in range(700)]
    Domain.objects.bulk_create(rows)
    batch = preview(client, "group", group="Wave 2")

    assert "0 of 700 done" in done(client, batch)
    work(timezone.now, 20)

    assert Domain.objects.filter(group__name="Wave 2").count() == 700


def test_who_may_only_see_changes_nothing(tenant: Tenant) -> None:
    domain = make.domain("a.com", tenant)

    batch = preview(signed_in(make.member(tenant, Role.VIEWER)), "remove", domain)

    assert batch.counts == {"skipped": 1}


def test_who_lost_the_right_between_preview_and_confirmation_does_nothing(tenant: Tenant) -> None:
    person, domain = make.member(tenant), make.domain("a.com", tenant)
    client = signed_in(person)
    batch = preview(client, "remove", domain)
    Membership.objects.filter(user=person).update(role=Role.VIEWER.value)

    done(client, batch)

    assert Domain.objects.present().exists()


def test_another_s_domains_are_not_chosen(client: Client) -> None:
    theirs = make.domain("theirs.com")

    client.post("/domains/many/", {"act": "remove", "which": "chosen", "chosen": theirs.public_id})

    assert not Batch.objects.exists()


def test_the_ticked_ones_are_exported_at_once(tenant: Tenant, client: Client) -> None:
    one = make.domain("a.com", tenant)
    make.domain("b.com", tenant)

    response = client.post("/domains/many/", {"act": "export", "as": "csv", "which": "chosen", "chosen": one.public_id})

    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert b"a.com" in content
    assert b"b.com" not in content
