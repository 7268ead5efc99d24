"""Adding a domain: what people type, what is refused and why, and what is never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from notices.models import Subscription, Transition
from onboarding.adding import (
    AddingRefused,
    EditedMeanwhile,
    add_domain,
    change_token,
    leave_note,
    propose,
    remove_domain,
    restore_domain,
)
from onboarding.models import Domain, Schedule
from tenants.models import Membership, Tenant, User
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def grace() -> User:
    user = User.objects.create_user("grace@example.org")
    Membership.objects.create(user=user, tenant=Tenant.objects.create(name="Contoso"), role="manager")
    return user


def add(grace: User, name: str, token: str = "") -> Domain:
    return add_domain(Tenant.objects.get(name="Contoso"), name, token, by=grace, now=NOON)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Contoso.COM", "contoso.com"),
        ("contoso.com.", "contoso.com"),
        ("https://www.contoso.com/path", "contoso.com"),
        ("grace@contoso.com", "contoso.com"),
        ("faß.de", "xn--fa-hia.de"),
    ],
)
def test_a_name_in_any_usual_form_is_understood(typed: str, name: str) -> None:
    assert propose(typed).name == name


def test_a_pasted_host_offers_the_registrable_domain() -> None:
    assert propose("https://mail.shop.contoso.co.uk/").offered == "contoso.co.uk"


@pytest.mark.parametrize("typed", ["", "co.uk", "192.0.2.1", "a" * 300, "con toso.com", "a\u200db.example"])
def test_what_is_no_domain_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(AddingRefused) as refused:
        propose(typed)

    assert refused.value.field == "name"
    assert refused.value.sentence.endswith(".")


def test_a_duplicate_is_refused_with_the_domain_that_is_there(grace: User) -> None:
    first = add(grace, "contoso.com")

    with pytest.raises(AddingRefused) as refused:
        add(grace, "CONTOSO.com")

    assert refused.value.existing == first


def test_the_same_name_may_be_in_two_tenants(grace: User) -> None:
    add(grace, "contoso.com")
    add_domain(Tenant.objects.create(name="Fabrikam"), "contoso.com", "", by=grace, now=NOON)

    assert Domain.objects.count() == 2


def test_a_bad_token_is_refused_and_nothing_is_added(grace: User) -> None:
    with pytest.raises(AddingRefused) as refused:
        add(grace, "contoso.com", "hello")

    assert refused.value.field == "token"
    assert not Domain.objects.exists()


def test_whoever_adds_a_domain_follows_it(grace: User) -> None:
    domain = add(grace, "contoso.com")

    assert Subscription.objects.get(user=grace).subject_id == domain.public_id


def test_a_new_token_begins_a_new_watch(grace: User) -> None:
    domain = add(grace, "contoso.com", "MS=ms12345678")
    Domain.objects.update(seen_at=NOON, settled="present", verdict="present", memory={"agreed_at": 1})

    change_token(domain, "ms87654321", by=grace, now=NOON, version=domain.version)

    assert (domain.token, domain.seen_at, domain.settled, domain.memory) == ("MS=ms87654321", None, "", {})
    assert domain.schedule.due_at == NOON


def test_a_token_changed_meanwhile_is_not_overwritten(grace: User) -> None:
    domain = add(grace, "contoso.com")
    version = domain.version
    change_token(domain, "ms12345678", by=grace, now=NOON, version=version)

    with pytest.raises(EditedMeanwhile):
        change_token(domain, "ms87654321", by=grace, now=NOON, version=version)


def test_an_edit_that_comes_too_late_leaves_the_look_under_way_its_lease(grace: User) -> None:
    domain, lease, later = add(grace, "contoso.com"), uuid4(), NOON + timedelta(hours=1)
    make.scheduled(domain, due_at=later, priority=8, lease_token=lease, lease_until=later)

    with pytest.raises(EditedMeanwhile):
        change_token(domain, "ms87654321", by=grace, now=NOON, version=domain.version - 1)

    (left,) = Schedule.objects.values_list("due_at", "priority", "lease_token", "lease_until")
    assert left == (later, 8, lease, later)


def test_removing_can_be_taken_back(grace: User) -> None:
    domain = add(grace, "contoso.com")
    remove_domain(domain, by=grace, now=NOON)
    gone = Domain.objects.present().exists()

    restore_domain(domain, by=grace, now=NOON)

    assert not gone
    assert Domain.objects.present().get().schedule.due_at == NOON


def test_a_removed_domain_cannot_come_back_beside_its_successor(grace: User) -> None:
    domain = add(grace, "contoso.com")
    remove_domain(domain, by=grace, now=NOON)
    add(grace, "contoso.com")

    with pytest.raises(AddingRefused, match="added again"):
        restore_domain(domain, by=grace, now=NOON)


def test_removed_and_added_again_is_a_new_epoch(grace: User) -> None:
    first = add(grace, "contoso.com", "MS=ms12345678")
    remove_domain(first, by=grace, now=NOON)

    second = add(grace, "contoso.com", "MS=ms87654321")

    assert (first.epoch, second.epoch) == (1, 2)
    assert Transition.objects.filter(kind="removed", subject_id=first.public_id).exists()


def test_a_note_keeps_its_author_and_at_most_2000_characters(grace: User) -> None:
    note = leave_note(add(grace, "contoso.com"), "x" * 3000, by=grace, now=NOON)

    assert (note.author, len(note.text)) == (grace, 2000)
