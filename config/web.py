"""`python -m config.web FD` or `HOST:PORT`: the web server, on a socket that somebody else has opened or on its own."""

from __future__ import annotations

import socket
import sys

import uvicorn

from config.address import listen

STOP_SECONDS = 2  # open event streams would keep the server alive for ever


def socket_for(where: str) -> socket.socket:
    """The listening socket that ``where`` means: a descriptor that was passed down, or an address."""
    if where.isdigit():
        return socket.socket(fileno=int(where))
    host, _, port = where.rpartition(":")
    return listen(host.strip("[]"), int(port))


def serve(where: str) -> None:
    """Serve until SIGTERM."""
    with socket_for(where) as listening:
        options = uvicorn.Config(
            "config.asgi:application",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # TRUSTED_PROXIES decides, in one place
            lifespan="off",
            timeout_graceful_shutdown=STOP_SECONDS,
            server_header=False,
        )
        uvicorn.Server(options).run(sockets=[listening])


if __name__ == "__main__":
    serve(sys.argv[1])
