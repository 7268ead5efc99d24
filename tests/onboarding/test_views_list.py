"""The list of domains: what it shows, finds and refuses."""

from __future__ import annotations

import pytest

from onboarding.models import Domain
from tenants.roles import Role
from tests import make
from tests.make import signed_in

pytestmark = pytest.mark.django_db


def test_a_domain_is_added_in_any_usual_form_and_said_how_it_was_understood() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))

    response = client.post(
        "/domains/add/",
        {"name": "https://WWW.Contoso.com/path", "token": '"ms12345678"', "tenant": tenant.public_id},
        follow=True,
    )

    domain = Domain.objects.get(name="contoso.com", token="MS=ms12345678")
    assert response.redirect_chain[-1][0] == domain.get_absolute_url()
    assert b"The host name of the web address was taken." in response.content


def test_a_duplicate_is_refused_with_a_link_to_the_one_that_is_there() -> None:
    tenant = make.tenant()
    known = make.domain("contoso.com", tenant)

    response = signed_in(make.member(tenant)).post("/domains/add/", {"name": "Contoso.com", "tenant": tenant.public_id})

    assert response.status_code == 422
    assert known.get_absolute_url() in response.content.decode()


def test_a_refused_name_keeps_what_was_typed() -> None:
    tenant = make.tenant()

    response = signed_in(make.member(tenant)).post(
        "/domains/add/", {"name": "co.uk", "token": "MS=ms12345678", "tenant": tenant.public_id}
    )

    assert b"shared by many owners" in response.content
    assert b'value="co.uk"' in response.content
    assert b'value="MS=ms12345678"' in response.content


def test_while_a_name_is_typed_it_is_said_what_would_be_added() -> None:
    client = signed_in(make.member())

    response = client.get("/domains/propose/", {"name": "https://portal.contoso.com/x"})

    assert b"<b>portal.contoso.com</b>" in response.content
    assert b"<b>contoso.com</b>" in response.content


def test_a_viewer_is_not_offered_to_add() -> None:
    assert b'action="/domains/add/"' not in signed_in(make.member(role=Role.VIEWER)).get("/domains/").content


@pytest.mark.parametrize("typed", ["conto", "CONTOSO", "ms4711", "MS=ms4711", "münch", "xn--mn"])
def test_search_finds_by_the_beginning_of_a_name_by_token_and_by_a_name_in_its_own_script(typed: str) -> None:
    tenant = make.tenant()
    make.domain("contoso.com", tenant, token="MS=ms47110000")
    make.domain("xn--mnchen-3ya.de", tenant, token="MS=ms47110001")
    make.domain("fabrikam.com", tenant)

    rows = signed_in(make.member(tenant)).get("/domains/", {"q": typed}).context["rows"]

    assert rows
    assert "fabrikam.com" not in {domain.name for domain, _ in rows}


def test_a_name_is_found_by_the_beginning_of_any_of_its_labels() -> None:
    tenant = make.tenant()
    make.domain("mail.contoso.com", tenant)

    client = signed_in(make.member(tenant))

    assert [len(client.get("/domains/", {"q": q}).context["rows"]) for q in ("contoso.c", "mail", "com", "onto")] == [
        1,
        1,
        1,
        0,
    ]


def test_the_counts_are_of_what_the_other_filters_leave() -> None:
    tenant = make.tenant()
    make.domain("contoso.com", tenant)
    make.domain("contoso.de", tenant, stage="active")
    make.domain("fabrikam.com", tenant, stage="active")

    board = signed_in(make.member(tenant)).get("/domains/", {"q": "contoso", "stage": "active"}).context["board"]

    assert [option.count for option in board.facets["stage"]] == [2, 1, 0, 0, 1]
    assert board.total == 1


@pytest.mark.parametrize("query", ["?stage=nonsense&page=99&tenant=zzz", "?q=%00", "?page=-1", "?q=" + "x" * 5000])
def test_a_strange_address_is_answered_all_the_same(query: str) -> None:
    assert signed_in(make.member()).get(f"/domains/{query}").status_code == 200


def test_a_fragment_is_the_list_alone_and_asks_for_itself_again() -> None:
    tenant = make.tenant()
    make.domain("contoso.com", tenant)

    response = signed_in(make.member(tenant)).get("/domains/?q=con", headers={"HX-Request": "true"})

    html = response.content.decode()
    assert html.strip().startswith('<section id="domains"')
    assert 'hx-get="/domains/?q=con"' in html
    assert "<html" not in html


def test_an_empty_list_says_what_to_do() -> None:
    tenant = make.tenant()

    assert b"copy the TXT value it gives" in signed_in(make.member(tenant)).get("/domains/").content
    assert b"Ask the operator" in signed_in(make.user()).get("/domains/").content
    Domain.objects.all().delete()
    tenant.delete()
    assert b"First add the Microsoft 365 tenant" in signed_in(make.user(operator=True)).get("/domains/").content


def test_the_list_costs_the_same_queries_however_long_it_is(django_assert_max_num_queries: object) -> None:
    tenant = make.tenant()
    for number in range(30):
        make.domain(f"domain{number}.com", tenant)
    client = signed_in(make.member(tenant))
    client.get("/domains/")

    with django_assert_max_num_queries(21):  # type: ignore[operator]
        client.get("/domains/")


def test_a_search_that_finds_nothing_offers_the_notes() -> None:
    html = signed_in(make.member()).get("/domains/?q=holiday").content.decode()

    assert "No domain, token or tenant is called “holiday”." in html
    assert "?q=holiday&amp;notes=1" in html
