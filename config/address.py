"""The address the web server listens on."""

from __future__ import annotations

import errno
import ipaddress
import socket

FIRST_PORT = 8000
PORTS_TRIED = 100
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - known here so that they can be shown as something to click


class AddressError(Exception):
    """Nobody can listen there. The text says why and what to do."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket: on ``port``, or without one on the first free port from 8000. Raises :class:`AddressError`.

    It is opened here and handed down, so that two that start at once never fight for one port, and early visitors wait
    instead of being refused.
    """
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if port is None else (port,):
        try:
            return open_socket(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise AddressError(f"Cannot listen on {host}, port {candidate}: {error.strerror or error}.") from error
    if port is None:
        raise AddressError(
            f"Ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are all taken. Choose another with --port."
        )
    raise AddressError(
        f"Port {port} is taken. Choose another with --port, or leave --port out to get the next free one."
    )


def open_socket(host: str, port: int) -> socket.socket:
    """Listen on ``host``, whatever family its address is of."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    return socket.create_server((host, port), family=family, backlog=256)


def origin(listening: socket.socket, host: str) -> str:
    """``http://127.0.0.1:8000``: how a browser on this machine gets there."""
    port = listening.getsockname()[1]
    shown = ANYWHERE.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
