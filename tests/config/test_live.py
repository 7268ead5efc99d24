"""The doorbell's other end: who hears of what, and what a slow browser gets."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.test import Client
from django.urls import reverse

from config.live import HELD, READY, Hub, allowed, events, topics_in
from notices.doorbell import ring
from tests import make
from tests.test_url_matrix import ROLES, ROWS, build, client_of

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """On a loop of its own: a browser test in the same process keeps one running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.mark.django_db(transaction=True)
def test_a_person_hears_of_their_own_tenants_and_their_domains_only() -> None:
    mine, other = make.domain(), make.domain()
    topics = tuple(
        f"{kind}-{what}"
        for d in (mine, other)
        for kind, what in (("domain", d.public_id), ("tenant", d.tenant.public_id))
    )

    heard = run(allowed((*topics, "notices", "domain-unknown", "other"), frozenset({mine.tenant.public_id})))

    assert heard == [f"domain-{mine.public_id}", f"tenant-{mine.tenant.public_id}", "notices"]


def test_what_names_its_tenant_is_heard_by_who_sees_that_tenant_without_the_name() -> None:
    heard = run(allowed(("relay-x@mine", "relays@mine", "relay-y@other", "audits@"), frozenset({"mine"})))

    assert heard == ["relay-x", "relays"]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]", b"{}", b'{"topics": "tenant-x"}', b'{"topics": [1, null]}'])
def test_a_message_that_is_not_ours_is_no_topic(data: bytes) -> None:
    assert topics_in(data) == ()


def test_a_browser_that_cannot_keep_up_is_told_to_fetch_everything_and_the_others_hear_on() -> None:
    async def play() -> tuple[Any, int, int]:
        hub = Hub()
        hub.hearing = True
        slow: asyncio.Queue[Any] = asyncio.Queue(HELD)
        quick: asyncio.Queue[Any] = asyncio.Queue(HELD + 1)
        hub.listeners = {slow, quick}
        for number in range(HELD + 1):
            hub.tell((f"tenant-{number}",))
        return slow.get_nowait(), slow.qsize(), quick.qsize()

    assert run(play()) == (True, 0, HELD + 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_rung_arrives_on_the_stream(broker: str) -> None:
    tenant = make.tenant().public_id

    async def first_two() -> list[bytes]:
        stream = events(frozenset({tenant}), lasts=20)
        seen = [await anext(stream), await anext(stream)]
        await asyncio.to_thread(ring, [f"tenant-{tenant}"])
        seen.append(await anext(stream))
        await stream.aclose()  # type: ignore[attr-defined]
        return seen

    opening, ready, heard = run(first_two())

    assert opening == b"retry: 2000\n\n"
    assert ready == READY
    assert heard == b'event: live\ndata: {"topics": ["tenant-%s"]}\n\n' % tenant.encode()


@pytest.mark.django_db
def test_a_stream_is_not_for_somebody_who_has_not_signed_in() -> None:
    assert Client().get("/live/").status_code == 401


@pytest.mark.django_db(transaction=True)  # a stream gives its connection back, and with it any transaction
@pytest.mark.parametrize("role", ROLES)
def test_the_doorbell_is_for_people_who_are_signed_in(role: str) -> None:
    response = client_of(build(), role).get(reverse("live"))

    assert response.status_code == ROWS["live"].expected("GET")[role]
