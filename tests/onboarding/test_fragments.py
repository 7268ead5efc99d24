"""A fragment that many see alike is rendered once for each version."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from notices.doorbell import ring, versions
from onboarding.fragments import Shelf, key_of
from onboarding.models import Domain, SavedView
from tests import make
from tests.onboarding.test_views_list import signed_in


def counting(rendered: list[int]) -> Callable[[], str]:
    def render() -> str:
        rendered.append(1)
        return "text"

    return render


def test_all_who_ask_at_once_get_what_one_of_them_rendered() -> None:
    shelf, rendered = Shelf(), list[int]()
    asking = [threading.Thread(target=shelf.get, args=("key", counting(rendered))) for _ in range(20)]

    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert len(rendered) == 1


def test_another_version_is_rendered_anew_and_the_shelf_stays_small() -> None:
    shelf, rendered = Shelf(2), list[int]()

    for version in (1, 1, 2, 3, 1):
        shelf.get(key_of((version,), "path"), counting(rendered))

    assert len(rendered) == 4


def test_without_redis_nobody_knows_how_new_a_fragment_is() -> None:
    assert key_of(None, "path") is None


def test_a_ring_raises_the_version_of_its_tenant_alone(broker: str) -> None:
    before = versions(["one", "two"])

    ring(["tenant-one", "domain-x"])

    after = versions(["one", "two"])
    assert before is not None
    assert after is not None
    assert (after[0] - before[0], after[1] - before[1]) == (1, 0)


@pytest.mark.django_db
def test_what_somebody_does_shows_in_the_next_fragment_without_a_ring(broker: str) -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    make.domain("a.com", tenant)
    assert b"a.com" in client.get("/domains/", headers={"HX-Request": "true"}).content

    Domain.objects.update(stage="active")

    assert b'<td class="tight stage">Active' in client.get("/domains/", headers={"HX-Request": "true"}).content


@pytest.mark.django_db
def test_a_shared_fragment_reaches_nobody_who_may_see_less(broker: str) -> None:
    make.domain("theirs.com")
    fragment = {"HX-Request": "true"}

    assert b"theirs.com" in signed_in(make.user(operator=True)).get("/domains/", headers=fragment).content
    assert b"theirs.com" not in signed_in(make.member()).get("/domains/", headers=fragment).content


@pytest.mark.django_db
def test_filters_are_saved_under_a_name_and_are_one_s_own() -> None:
    tenant = make.tenant()
    person = make.member(tenant)
    client = signed_in(person)

    for query in ("stage=active&evil=1", "blocked=wrong"):
        client.post("/domains/views/", {"name": "Mine", "query": query})

    assert list(SavedView.objects.values_list("user", "name", "query")) == [(person.pk, "Mine", "blocked=wrong")]
    assert b"Mine" in client.get("/domains/").content
    assert b"Mine" not in signed_in(make.member(tenant)).get("/domains/").content
