"""Bodies that are too large are refused before they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from config.bounding import USUAL, Bounded

LARGE = USUAL * 4
Message = MutableMapping[str, Any]


class Inner:
    """An application that reads its body to the end and says how much came."""

    def __init__(self) -> None:
        self.octets: int | None = None

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        octets, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            octets, more = octets + len(message["body"]), message.get("more_body", False)
        self.octets = octets
        await send({"type": "http.response.start", "status": 200, "headers": []})


def asked(path: str, body: list[int], announced: bytes | None = None, cookie: bytes = b"") -> tuple[list[int], Inner]:
    """The statuses answered, and the application behind; ``body`` are sizes of its pieces."""
    inner, sent = Inner(), []
    pieces = [{"type": "http.request", "body": bytes(size), "more_body": True} for size in body]
    pieces.append({"type": "http.request", "body": b""})

    async def receive() -> Message:
        return pieces.pop(0)

    async def send(message: Message) -> None:
        sent.append(message.get("status", 0))

    headers = [(b"cookie", cookie)] + ([(b"content-length", announced)] if announced is not None else [])
    bounded = Bounded(inner, ("/audits/",), LARGE, "onward-session")
    asyncio.run(bounded({"type": "http", "path": path, "headers": headers}, receive, send))
    return [status for status in sent if status], inner


SESSION = b"onward-session=abc"


@pytest.mark.parametrize(
    ("path", "announced", "cookie", "status"),
    [
        ("/domains/add/", USUAL, SESSION, 200),
        ("/domains/add/", USUAL + 1, SESSION, 413),
        ("/audits/add/", LARGE, SESSION, 200),
        ("/audits/add/", LARGE + 1, SESSION, 413),
        ("/audits/add/", USUAL + 1, b"", 413),
    ],
)
def test_what_announces_too_much_is_refused_unread(path: str, announced: int, cookie: bytes, status: int) -> None:
    statuses, inner = asked(path, [10], str(announced).encode(), cookie)

    assert statuses == [status]
    assert (inner.octets is None) is (status == 413)


@pytest.mark.parametrize("announced", [b"-1", b"1e9", b"", b"9" * 400])
def test_an_odd_announcement_is_refused(announced: bytes) -> None:
    assert asked("/audits/add/", [1], announced, SESSION)[0] == [413]


def test_what_announces_nothing_is_broken_off_where_the_limit_is() -> None:
    statuses, inner = asked("/domains/add/", [USUAL, 1])

    assert statuses == []
    assert inner.octets is None


def test_what_fits_arrives_whole() -> None:
    assert asked("/domains/add/", [5, 6])[1].octets == 11
