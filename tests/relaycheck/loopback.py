"""Servers on loopback that do what a test tells them, one thread per connection."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Play = Callable[[socket.socket], None]


@contextlib.contextmanager
def server(play: Play) -> Iterator[tuple[int, list[int]]]:
    """A listening port and the count of connections so far, in a list of one."""
    count = [0]
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            play(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            count[0] += 1
            open_ones.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], count
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_ones:
            connection.close()


def lines(connection: socket.socket) -> Iterator[str]:
    """The client's lines as they come."""
    with connection.makefile("rb") as file:
        for raw in file:
            yield raw.decode("latin-1").rstrip("\r\n")


def say(connection: socket.socket, *replies: str) -> None:
    """Send lines."""
    connection.sendall("".join(f"{reply}\r\n" for reply in replies).encode("latin-1"))


def smtp(answers: dict[str, str | None], banner: str = "220 relay.test ESMTP") -> Play:
    """A server that answers each verb from ``answers`` and everything else with 250. None hangs up."""

    def play(connection: socket.socket) -> None:
        say(connection, *banner.split("\n"))
        for line in lines(connection):
            verb = line.split(" ", 1)[0].upper()
            answer = answers.get(verb, "221 bye" if verb == "QUIT" else "250 ok")
            if answer is None:
                return
            say(connection, *answer.split("\n"))

    return play


def certificate(folder: Path, name: str, days: int = 30) -> Path:
    """A self-signed certificate with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving_context(pem: Path) -> ssl.SSLContext:
    """The server side of TLS with ``pem``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context
