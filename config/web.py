"""`python -m config.web FD`: the web server on a socket that somebody else has opened."""

from __future__ import annotations

import socket
import sys

import uvicorn

STOP_SECONDS = 2  # open event streams would keep the server alive for ever


def serve(descriptor: int) -> None:
    """Serve until SIGTERM."""
    with socket.socket(fileno=descriptor) as listening:
        options = uvicorn.Config(
            "config.asgi:application",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=STOP_SECONDS,
            server_header=False,
        )
        uvicorn.Server(options).run(sockets=[listening])


if __name__ == "__main__":
    serve(int(sys.argv[1]))
