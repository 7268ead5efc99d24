from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from demo.seed import again, seed, wake
from demo.world import DOMAINS, PEOPLE
from notices.models import Notice, Subscription, Transition
from notices.subscribing import followers
from onboarding.models import Domain, Note, Schedule
from onboarding.stage import Stage
from relaycheck.models import Relay
from relaycheck.relay_known import known_of
from relaycheck.relay_presenting import all_findings
from tenants.models import Membership, Tenant, User
from tenants.roles import Action

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Seed once for all of these tests, each of which takes back what it does, and leave no row behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(planted: None, db: None) -> None:
    """The demo's rows."""


def counts() -> list[int]:
    return [model.objects.count() for model in (Tenant, User, Membership, Domain, Subscription, Transition)]


def test_seventy_six_domains_in_four_tenants_with_four_people(seeded: None) -> None:
    assert counts()[:4] == [4, 4, 7, 77]  # one was removed and added again
    assert Domain.objects.present().count() == 76
    assert set(Domain.objects.values_list("name", flat=True)) == {domain.ascii for domain in DOMAINS}


def test_seeding_twice_changes_nothing(seeded: None) -> None:
    before = counts()
    seed(LATER)

    assert counts() == before


def test_nobody_can_sign_in_with_a_password(seeded: None) -> None:
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.parametrize(
    ("role", "tenants", "editable"), [("operator", 4, 4), ("manager", 4, 4), ("helpdesk", 2, 0), ("viewer", 1, 0)]
)
def test_each_of_the_four_may_what_the_role_allows(seeded: None, role: str, tenants: int, editable: int) -> None:
    user = User.objects.get(email=next(person.email for person in PEOPLE if person.role == role))

    assert Tenant.objects.for_user(user).count() == tenants
    assert Tenant.objects.for_user(user, Action.EDIT).count() == editable


def test_domains_stand_where_the_world_says_with_their_history(seeded: None) -> None:
    stages = dict(Domain.objects.values_list("name", "stage"))
    active = Domain.objects.filter(stage=Stage.ACTIVE.value).first()

    assert stages == {domain.ascii: domain.stage for domain in DOMAINS}
    assert active
    kinds = Transition.objects.filter(subject_id=active.public_id).order_by("at").values_list("kind", flat=True)
    assert list(kinds) == ["added", "token-seen", "accept", "users-not-now", "skip-purpose"]


def test_seeding_mails_nobody(seeded: None) -> None:
    assert not Notice.objects.exists()


def test_every_domain_has_somebody_who_will_be_told(seeded: None) -> None:
    for tenant in Tenant.objects.all():
        ids = set(tenant.domains.values_list("public_id", flat=True))
        assert all(followers(tenant, ids).values())


def test_playing_again_takes_everything_back(seeded: None) -> None:
    fields = ("name", "token", "stage", "verdict", "settled", "round", "seen_at", "removed_at", "memory", "facts")
    domain = Domain.objects.get(name="contoso.example")
    before = list(Domain.objects.filter(stage="validate").order_by("name", "epoch").values_list(*fields))
    transitions = Transition.objects.count()
    Domain.objects.present().filter(stage="validate").update(
        token="MS=ms1", verdict="present", settled="present", round=3, seen_at=NOW, removed_at=NOW, memory={"a": 1}
    )
    Transition.objects.create(
        tenant=domain.tenant, subject_kind="domain", subject_id=domain.public_id, kind="token-seen", once="1/1", at=NOW
    )
    again(LATER)

    assert list(Domain.objects.filter(stage="validate").order_by("name", "epoch").values_list(*fields)) == before
    assert Transition.objects.exclude(kind="cutover-planned").count() == transitions


def test_playing_again_leaves_addresses_and_notes_alone(seeded: None) -> None:
    domain = Domain.objects.get(name="contoso.example")
    Note.objects.create(domain=domain, text="Called the customer", created_at=NOW)
    again(LATER)

    same = Domain.objects.get(name="contoso.example")
    assert (same.public_id, same.notes.count()) == (domain.public_id, 1)


def test_playing_again_leaves_other_domains_alone(seeded: None) -> None:
    tenant = Tenant.objects.get(name="Contoso Group")
    Domain.objects.create(tenant=tenant, name="own.example", stage="users", created_at=NOW, edited_at=NOW)
    again(LATER)

    assert Domain.objects.get(name="own.example").stage == "users"


def test_a_sweep_on_its_way_loses_its_leases(seeded: None) -> None:
    Schedule.objects.filter(due_at__isnull=False).update(
        lease_token="00000000-0000-4000-8000-000000000000", lease_until=LATER
    )
    again(LATER)

    assert not Schedule.objects.filter(lease_token__isnull=False).exists()


def test_waking_looks_at_everything_now(seeded: None) -> None:
    Schedule.objects.filter(due_at__isnull=False).update(due_at=LATER + timedelta(hours=1))
    Domain.objects.update(eager_since=NOW)
    wake(LATER)

    assert set(Domain.objects.present().values_list("schedule__due_at", "eager_since")) == {(LATER, LATER)}


def test_the_demo_s_relay_shows_what_an_old_how_to_leaves_behind(seeded: None) -> None:
    relay = Relay.objects.get()

    codes = {finding.code for finding in all_findings(known_of(relay))}

    assert "RS204" in codes  # the box of the remote domain that overrides the list
    assert relay.delistings.get().open
    assert not Notice.objects.exists()


def test_one_domain_was_removed_and_added_again_with_a_new_token(seeded: None) -> None:
    old, new = Domain.objects.filter(name="fabrikam.example").order_by("epoch")

    assert old.removed_at is not None
    assert (old.token, new.token) == ("MS=ms16180339", next(d.token for d in DOMAINS if d.earlier))


def test_one_domain_had_its_purpose_skipped_and_set_days_later(seeded: None) -> None:
    domain = Domain.objects.get(name="alpineskihouse.example")
    kinds = Transition.objects.filter(subject_id=domain.public_id).order_by("at").values_list("kind", flat=True)

    assert list(kinds)[-2:] == ["skip-purpose", "choose-services"]
    assert (domain.purpose_choice, domain.purpose_services) == ("services", ["teams"])
