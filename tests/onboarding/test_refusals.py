"""A domain that Microsoft refused says so wherever it is listed, and who must act."""

from __future__ import annotations

from typing import Any

import pytest

from onboarding.models import Domain
from onboarding.presenting import shown
from onboarding.refusals import REFUSED
from tests import make
from tests.onboarding.test_views_list import signed_in

pytestmark = pytest.mark.django_db
SEEN = {"verdict": "present", "seen_at": make.NOW}


def refused(reason: str, **fields: Any) -> Domain:
    made = make.domain(refusal=reason, verdict_since=make.NOW, **fields)
    return Domain.objects.get(pk=made.pk)


@pytest.mark.parametrize("reason", REFUSED)
def test_a_domain_that_is_seen_says_that_microsoft_refused_it_and_why(reason: str) -> None:
    said = shown(refused(reason, **SEEN))

    assert (said.look.code, said.sentence) == ("refused", str(REFUSED[reason].sentence))


def test_the_board_shows_the_refusal_and_counts_it_for_who_must_act() -> None:
    tenant = make.tenant()
    refused("other-tenant", in_tenant=tenant, **SEEN)
    refused("not-found", in_tenant=tenant, **SEEN)

    response = signed_in(make.member(tenant)).get("/domains/?act=us")

    assert b"have it removed there first" in response.content
    assert [option.count for option in response.context["board"].facets["act"] if option.count] == [2, 1, 1]


def test_while_the_record_is_missing_that_comes_first_unless_somebody_has_to_mend_the_refusal() -> None:
    waiting = {"verdict": "missing"}

    assert shown(refused("not-found", **waiting)).look.code == "waiting"
    assert shown(refused("unmanaged-tenant", **waiting)).look.code == "refused"
