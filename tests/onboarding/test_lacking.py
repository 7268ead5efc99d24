"""Records that an active domain's services need and nobody has published: counted by proof, shown on the board."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onboarding.expecting import expectations, mute
from onboarding.lacking import recount, recounted
from onboarding.models import Domain, Publication
from onboarding.presenting import shown
from onboarding.stages import move
from publicdns.answers import Answer, Outcome, Question, Reason, Server
from publicdns.packing import pack
from tests import make

pytestmark = pytest.mark.django_db
TEAMS = {"stage": "active", "purpose_choice": "services", "purpose_services": ["teams"]}
SERVER = Server("127.0.0.1")


def answered(outcome: Outcome = Outcome.NXDOMAIN, **fields: Any) -> Domain:
    """A domain whose name servers answered so to every question for its expected records."""
    domain = make.domain("contoso.com", **{**TEAMS, **fields})
    reason = Reason.TIMEOUT if outcome is Outcome.FAILED else Reason.NONE
    asked = [Question(row.name, row.rdtype) for row in expectations(domain)]
    answers = [Answer(question, SERVER, outcome, reason=reason) for question in asked]
    Publication.objects.create(domain=domain, looked_at=make.NOW, answers=pack(answers))
    return domain


def test_a_needed_record_that_is_proven_missing_is_counted_and_said() -> None:
    domain = answered()

    assert recounted(domain.pk) == {f"tenant-{domain.tenant.public_id}"}

    domain = Domain.objects.get()
    assert (domain.lacking, domain.blocked_by) == (1, "missing")
    assert shown(domain).sentence == "It is used for Teams. 1 record that these need is not published."


def test_what_is_counted_again_alike_rings_no_bell() -> None:
    domain = answered()
    recount(domain)

    assert recounted(domain.pk) == set()


def test_what_could_not_be_asked_is_not_missing() -> None:
    assert not recount(answered(Outcome.FAILED))


@pytest.mark.parametrize(
    "fields", [{"purpose_choice": "skipped"}, {"stage": "purpose"}, {"purpose_services": ["intune"]}]
)
def test_only_the_chosen_services_of_an_active_domain_count(fields: dict[str, Any]) -> None:
    recount(answered(**fields))

    assert Domain.objects.get().lacking == (2 if "purpose_services" in fields else 0)


def test_what_moves_mail_is_not_missing_before_the_cut_over_that_is_planned() -> None:
    recount(answered(purpose_services=["exchange"], window_start=make.NOW + timedelta(days=3)))

    assert Domain.objects.get().lacking == 0


def test_a_muted_record_is_not_missed() -> None:
    domain = answered()
    mute(domain, "federation", "not used", by=make.member(domain.tenant), now=make.NOW)

    recount(domain)

    assert Domain.objects.get().lacking == 0


def test_other_services_are_counted_at_once() -> None:
    domain = answered()
    recount(domain)
    services = {"services": ["intune"], "version": domain.version}

    move(domain, "choose-services", by=make.member(domain.tenant), now=make.NOW, **services)

    assert Domain.objects.get().lacking == 2
