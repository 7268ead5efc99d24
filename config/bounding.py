"""No request is stored before it is known to fit: Django puts a whole body on disk before any view can refuse it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

USUAL = 32 * 1024 * 1024  # bytes: forms, pasted texts, lists of domains
WORDS = b"The request is larger than this page takes. Nothing was changed. Go back and send less at once.\n"


class Bounded:
    """The application behind a limit: ``large`` bytes below ``places`` for who brings a session, else ``USUAL``."""

    def __init__(self, application: Application, places: tuple[str, ...], large: int, session: str) -> None:
        self.application, self.places, self.large = application, places, large
        self.session = f"{session}=".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 to what says it is too large; break off what turns out to be."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most, announced = self.most(scope["path"], headers), headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced[:20]) > most:
            await self.refuse(send)
            return
        await self.application(scope, counted(receive, most), send)

    def most(self, path: str, headers: dict[bytes, bytes]) -> int:
        """The bytes this request may have."""
        uploads = path.startswith(self.places) and self.session in headers.get(b"cookie", b"")
        return self.large if uploads else USUAL

    async def refuse(self, send: Send) -> None:
        """413 (RFC 9110 §15.5.14), and the connection is closed: nobody reads the rest."""
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": WORDS})


def counted(receive: Receive, most: int) -> Receive:
    """``receive`` that ends like a lost connection once more than ``most`` bytes have come without being announced."""
    so_far = 0

    async def bounded() -> Mapping[str, Any]:
        nonlocal so_far
        message = await receive()
        so_far += len(message.get("body", b""))
        return {"type": "http.disconnect"} if so_far > most else message

    return bounded
