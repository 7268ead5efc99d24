"""What is written to the customer fits where the domain stands."""

from __future__ import annotations

import pytest

from onboarding.letters import letter
from onboarding.models import Domain
from tests import make
from tests.onboarding.test_views_list import signed_in

pytestmark = pytest.mark.django_db


def of(**fields: object) -> str:
    domain = make.domain("contoso.com", **fields)
    return letter(Domain.objects.select_related("tenant").get(pk=domain.pk), None)


def test_a_missing_record_is_asked_for_with_everything_to_enter() -> None:
    text = of(verdict="missing")

    assert "we cannot see it there" in text
    assert "Value:  MS=ms12345678" in text
    assert "Host:   @" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"verdict": "wrong"}, "another value"),
        ({"verdict": "missing", "progress": "all-servers"}, "on its way"),
        ({"seen_at": make.NOW, "verdict": "present"}, "Thank you"),
    ],
)
def test_each_standing_has_its_words(fields: dict[str, object], words: str) -> None:
    assert words in of(**fields)


@pytest.mark.parametrize("fields", [{"token": ""}, {"stage": "active"}, {"removed_at": make.NOW}])
def test_there_is_nothing_to_write_where_nobody_outside_has_to_act(fields: dict[str, object]) -> None:
    assert of(**fields) == ""


def test_the_page_has_the_text_to_copy() -> None:
    domain = make.domain("contoso.com", verdict="missing")

    page = signed_in(make.member(domain.tenant)).get(domain.get_absolute_url()).content.decode()

    assert 'data-copy="Hello,' in page


def test_three_letters_find_a_domain_with_its_sentence() -> None:
    domain = make.domain("mail.contoso.com", verdict="missing", verdict_since=make.NOW, looked_at=make.NOW)
    client = signed_in(make.member(domain.tenant))

    found = client.get("/domains/find/?q=con", headers={"HX-Request": "true"}).content.decode()

    assert domain.get_absolute_url() in found
    assert "The record is not there yet." in found


def test_the_jump_shows_no_other_tenant_s() -> None:
    make.domain("contoso.com")

    found = signed_in(make.member()).get("/domains/find/?q=con", headers={"HX-Request": "true"}).content.decode()

    assert "contoso.com" not in found


def test_what_is_called_so_is_found_before_what_only_belongs_to_a_tenant_of_that_name() -> None:
    tenant = make.tenant("Contoso")
    for name in ("aaa.com", "contoso.com"):
        make.domain(name, tenant)

    found = signed_in(make.member(tenant)).get("/domains/find/?q=con", headers={"HX-Request": "true"}).content.decode()

    assert 0 < found.index("contoso.com") < found.index("aaa.com")
