"""The three steps: every move, its guard, who did it, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from notices.models import Notice, Transition
from onboarding.adding import EditedMeanwhile, add_domain, remove_domain
from onboarding.models import Domain
from onboarding.stages import COLUMNS, MOVES, MoveRefused, move, possible, undo
from tenants.models import AuditEntry, Membership, Tenant, User

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def grace(db: None) -> User:
    user = User.objects.create_user("grace@example.org")
    Membership.objects.create(user=user, tenant=Tenant.objects.create(name="Contoso"), role="manager")
    return user


@pytest.fixture
def domain(grace: User) -> Domain:
    return add_domain(Tenant.objects.get(), "contoso.com", "MS=ms12345678", by=grace, now=NOON)


def step(domain: Domain, name: str, by: User, minutes: int = 1, **facts: Any) -> Transition:
    return move(domain, name, by=by, now=NOON + timedelta(minutes=minutes), version=domain.version, **facts)


def test_the_skip_purpose_path_leads_to_active_with_nothing_ticked(domain: Domain, grace: User) -> None:
    step(domain, "accept", grace)
    step(domain, "users-not-now", grace)
    step(domain, "skip-purpose", grace)

    assert (domain.stage, domain.purpose_choice, domain.purpose_services) == ("active", "skipped", [])


def test_services_can_be_chosen_after_the_purpose_was_skipped(domain: Domain, grace: User) -> None:
    step(domain, "accept", grace)
    step(domain, "users-added", grace)
    step(domain, "skip-purpose", grace)
    step(domain, "choose-services", grace, services=["teams", "exchange"], understood=True)

    assert (domain.stage, domain.purpose_services) == ("active", ["exchange", "teams"])


@pytest.mark.parametrize("name", ["users-not-now", "users-added", "skip-purpose", "choose-services", "nonsense"])
def test_a_step_out_of_order_is_refused_in_words(domain: Domain, grace: User, name: str) -> None:
    with pytest.raises(MoveRefused, match="not open"):
        step(domain, name, grace, services=["teams"])


def test_choosing_services_needs_at_least_one(domain: Domain, grace: User) -> None:
    step(domain, "accept", grace)
    step(domain, "users-added", grace)

    with pytest.raises(MoveRefused, match="Tick at least one"):
        step(domain, "choose-services", grace, services=[])


def test_a_refusal_by_microsoft_is_kept_with_its_reason_and_moves_nothing(domain: Domain, grace: User) -> None:
    step(domain, "refuse", grace, reason="other-tenant")

    assert domain.stage == "validate"
    assert Transition.objects.get(kind="refuse").facts["reason"] == "other-tenant"


def test_undo_returns_every_column_and_says_who_and_when(domain: Domain, grace: User) -> None:
    step(domain, "accept", grace)
    step(domain, "users-not-now", grace)
    before = {column: getattr(domain, column) for column in COLUMNS}
    step(domain, "skip-purpose", grace)

    undo(domain, by=grace, now=NOON + timedelta(minutes=9), version=domain.version)

    assert {column: getattr(domain, column) for column in COLUMNS} == before
    assert Transition.objects.get(kind="undone").actor == grace


def test_with_nothing_to_take_back_undo_says_so(domain: Domain, grace: User) -> None:
    with pytest.raises(MoveRefused, match="no step"):
        undo(domain, by=grace, now=NOON, version=domain.version)


def test_two_people_at_once_do_not_overwrite_each_other(domain: Domain, grace: User) -> None:
    stale = Domain.objects.get()
    step(domain, "accept", grace)

    with pytest.raises(EditedMeanwhile):
        step(stale, "accept", grace)


def test_a_removed_domain_has_no_moves(domain: Domain, grace: User) -> None:
    remove_domain(domain, by=grace, now=NOON)
    domain.refresh_from_db()

    assert possible(domain) == []


def test_each_move_stands_in_the_audit_log(domain: Domain, grace: User) -> None:
    step(domain, "accept", grace)

    entry = AuditEntry.objects.get(action="accept")
    assert (entry.actor, entry.before["stage"], entry.after["stage"]) == (grace, "validate", "users")


class Steps(RuleBasedStateMachine):
    """Any sequence of moves and undos: a model of columns beside the real rows."""

    @initialize()
    def begin(self) -> None:
        Domain.objects.all().delete()
        self.user, _ = User.objects.get_or_create(email="grace@example.org")
        tenant, _ = Tenant.objects.get_or_create(name="Contoso")
        self.minute = 0
        self.domain = add_domain(tenant, "contoso.com", "", by=self.user, now=NOON)
        self.trail: list[dict[str, Any]] = []

    @rule(name=st.sampled_from(sorted(MOVES)), services=st.lists(st.sampled_from(["exchange", "teams", "intune"])))
    def move(self, name: str, services: list[str]) -> None:
        self.minute += 1
        before = self.columns()
        try:
            step(self.domain, name, self.user, self.minute, services=services, reason="other", understood=True)
        except MoveRefused:
            assert self.columns() == before
        else:
            self.trail.append(before)

    @rule()
    def undo(self) -> None:
        self.minute += 1
        now = NOON + timedelta(minutes=self.minute)
        if self.trail:
            undo(self.domain, by=self.user, now=now, version=self.domain.version)
            assert self.columns() == self.trail.pop()

    @invariant()
    def nobody_is_mailed_about_their_own_steps(self) -> None:
        assert not Notice.objects.exists()

    def columns(self) -> dict[str, Any]:
        self.domain.refresh_from_db()
        return {column: getattr(self.domain, column) for column in COLUMNS}


class TestAnySequenceOfSteps(HypothesisCase, Steps.TestCase):
    """Every undo leads back to exactly where the step began."""

    settings = profile(
        max_examples=40,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
