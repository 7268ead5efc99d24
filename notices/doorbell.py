"""Ringing the bell that open pages listen to. Redis is a nudge: when it is away, pages ask by themselves."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from functools import cache

import redis
from django.conf import settings

CHANNEL = "onward:live"
VERSIONS = "onward:versions"  # a hash: for each topic that rang, how often
log = logging.getLogger(__name__)


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.25)


def ring(topics: Iterable[str]) -> None:
    """Say that ``topics`` have changed: "tenant-<public id>", "domain-<public id>", "notices", or anything followed by
    "@<public id of its tenant>". Call it after the commit."""
    wanted = sorted(set(topics))
    if not wanted:
        return
    try:
        with _client().pipeline(transaction=False) as said:
            for topic in wanted:
                if topic.startswith("tenant-"):
                    said.hincrby(VERSIONS, topic, 1)
            said.publish(CHANNEL, json.dumps({"topics": wanted}))
            said.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("nobody hears the doorbell", extra={"error": str(error)})


def versions(tenants: Sequence[str]) -> tuple[int, ...] | None:
    """How often each of ``tenants`` (public ids) has rung; None while Redis is away."""
    if not tenants:
        return ()
    try:
        found = _client().hmget(VERSIONS, [f"tenant-{tenant}" for tenant in tenants])
    except (redis.RedisError, OSError):
        return None
    return tuple(int(count or 0) for count in found)
