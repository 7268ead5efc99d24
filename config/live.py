"""The doorbell's other end: one Redis subscription for this process, one stream of server-sent events for each browser.

Only the names of what changed travel; the pages fetch themselves anew through the same doors as ever. While Redis is
away the streams say so, and the pages ask by the clock.
"""

from __future__ import annotations

import asyncio
import json
import logging
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import redis.asyncio as aredis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from notices.doorbell import CHANNEL
from onboarding.models import Domain
from tenants.models import Tenant, User

BEAT = 15  # seconds between signs of life, so that proxies keep a quiet stream open
LASTS = 600  # seconds a stream lives: what its person may see is read again when the browser comes back
RETRY = 1  # seconds until the next try when Redis is away
HELD = 200  # messages waiting for one slow browser; past that it is told to fetch everything
OWNERS = 50_000  # domains whose tenant is remembered

READY, AWAY = b"event: ready\ndata: 1\n\n", b"event: away\ndata: 1\n\n"
log = logging.getLogger(__name__)
Topics = tuple[str, ...]


class Hub:
    """Hears the bell once and passes it on to every stream of this event loop."""

    def __init__(self) -> None:
        self.listeners: set[asyncio.Queue[Topics | bool]] = set()
        self.hearing: bool | None = None  # None: not known yet
        self.task: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Topics | bool]]:
        """A queue of topics; True and False tell that the bell is heard again, or no more."""
        queue: asyncio.Queue[Topics | bool] = asyncio.Queue(HELD)
        if self.hearing is not None:
            queue.put_nowait(self.hearing)
        self.listeners.add(queue)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.hear())
        try:
            yield queue
        finally:
            self.listeners.discard(queue)
            if not self.listeners:
                self.task.cancel()
                self.task, self.hearing = None, None

    async def hear(self) -> None:
        """Subscribe, pass on, and try again whenever Redis has gone."""
        while True:
            try:
                async with aredis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as bell:
                    await bell.subscribe(CHANNEL)
                    self.tell(True)
                    async for message in bell.listen():
                        if message["type"] == "message":
                            self.tell(topics_in(message["data"]))
            except (aredis.RedisError, OSError) as error:
                if self.hearing is not False:
                    log.warning("the doorbell is away", extra={"error": str(error)})
                    self.tell(False)
                await asyncio.sleep(RETRY)

    def tell(self, said: Topics | bool) -> None:
        """Pass on to everybody; who cannot keep up fetches everything."""
        if isinstance(said, bool):
            self.hearing = said
        for queue in self.listeners:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(bool(self.hearing))
            else:
                queue.put_nowait(said)


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()
_owners: dict[str, str] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def topics_in(data: bytes) -> Topics:
    """The topics of one message; nothing when it is not ours to read."""
    try:
        topics = json.loads(data)["topics"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(topic for topic in topics if isinstance(topic, str)) if isinstance(topics, list) else ()


def tenants_of(user: User) -> frozenset[str]:
    """The public ids of the tenants ``user`` may see."""
    return frozenset(Tenant.objects.for_user(user).values_list("public_id", flat=True))


def owners_of(domains: set[str]) -> dict[str, str]:
    """Which tenant each domain belongs to; that never changes, so it is remembered."""
    if unknown := domains - _owners.keys():
        if len(_owners) > OWNERS:
            _owners.clear()
        _owners.update(Domain.objects.filter(public_id__in=unknown).values_list("public_id", "tenant__public_id"))
    return {domain: _owners[domain] for domain in domains if domain in _owners}


async def allowed(topics: Topics, tenants: frozenset[str]) -> list[str]:
    """Those of ``topics`` that a person who sees ``tenants`` may hear of; "relay-x@tenant" is heard as "relay-x"."""
    domains = {topic.removeprefix("domain-") for topic in topics if topic.startswith("domain-")}
    owners = {domain: _owners[domain] for domain in domains if domain in _owners}
    if len(owners) < len(domains):
        owners = await sync_to_async(owners_of)(domains)
        await sync_to_async(connections.close_all)()
    seen = {f"tenant-{tenant}" for tenant in tenants} | {
        f"domain-{d}" for d, tenant in owners.items() if tenant in tenants
    }
    parts = [topic.partition("@") for topic in topics]
    return [name for name, at, owner in parts if (owner in tenants if at else name in seen or name == "notices")]


async def events(tenants: frozenset[str], lasts: float) -> AsyncIterator[bytes]:
    """The stream of one browser, as server-sent events (HTML Living Standard §9.2)."""
    ends = asyncio.get_running_loop().time() + lasts
    with hub().listening() as queue:
        yield b"retry: 2000\n\n"
        while asyncio.get_running_loop().time() < ends:
            try:
                said = await asyncio.wait_for(queue.get(), BEAT)
            except TimeoutError:
                yield b": beat\n\n"
                continue
            if isinstance(said, bool):
                yield READY if said else AWAY
            elif topics := await allowed(said, tenants):
                yield b"event: live\ndata: " + json.dumps({"topics": topics}).encode() + b"\n\n"


@require_GET
async def stream(request: HttpRequest) -> HttpResponseBase:
    """The stream, or 401: a redirect to the sign-in page would look to a browser like a broken stream."""
    user = await request.auser()
    if not isinstance(user, User):
        return HttpResponse(status=401)
    tenants = await sync_to_async(tenants_of)(user)
    await sync_to_async(connections.close_all)()  # a stream lives for minutes and must not hold a connection
    response = StreamingHttpResponse(events(tenants, LASTS), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response
