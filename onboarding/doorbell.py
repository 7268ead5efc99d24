"""Ringing the bell that open pages listen to. Redis is a nudge: when it is away, pages ask by themselves."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import cache

import redis
from django.conf import settings

CHANNEL = "onward:live"
log = logging.getLogger(__name__)


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.25)


def ring(topics: Iterable[str]) -> None:
    """Say that ``topics`` ("tenant-<public id>", "domain-<public id>", "notices") have changed. Call it after the
    commit."""
    wanted = sorted(set(topics))
    if not wanted:
        return
    try:
        _client().publish(CHANNEL, json.dumps({"topics": wanted}))
    except (redis.RedisError, OSError) as error:
        log.warning("nobody hears the doorbell", extra={"error": str(error)})
