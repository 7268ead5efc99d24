"""Reading the environment: each helper returns a typed value or stops the start with one sentence that says how to
mend it."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

LONGEST_SOCKET_PATH = 100  # bytes; sun_path holds 108 on Linux, 104 on macOS


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """Where people and mails reach the product."""

    scheme: str
    host: str
    port: int | None

    @property
    def origin(self) -> str:
        """``https://onward.example``, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")

    def link(self, path: str) -> str:
        """The absolute address of ``path``, which begins with a slash."""
        return self.origin + path

    def __str__(self) -> str:
        return self.origin


class Env:
    """The environment with types."""

    def text(self, name: str, default: str) -> str:
        """A string; unset and empty give ``default``."""
        return os.environ.get(name, "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        """True for 1, true, yes, on; False for 0, false, no, off."""
        value = self.text(name, "1" if default else "0").lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no. Write 1 or 0.")

    def number(self, name: str, default: int) -> int:
        """A whole number of at least 0."""
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit():
            raise ImproperlyConfigured(f"{name}={value!r} is no whole number. Write for example {default}.")
        return int(value)

    def seconds(self, name: str, default: float) -> float:
        """A duration in seconds, above 0."""
        value = self.text(name, str(default))
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1
        if not 0 < seconds < 10**9:
            raise ImproperlyConfigured(f"{name}={value!r} is no duration in seconds. Write for example {default}.")
        return seconds

    def networks(self, name: str, default: list[str]) -> list[str]:
        """Networks such as ``10.0.0.0/24``; a mistake is told when starting, not when one is needed."""
        found = self.words(name, default)
        for text in found:
            try:
                ip_network(text)
            except ValueError as error:
                raise ImproperlyConfigured(f"{name}: {error}. Write for example 10.0.0.0/24.") from None
        return found

    def ports(self, name: str, default: list[int]) -> list[int]:
        """Ports from 1 to 65535."""
        return [_port(name, text, "25,587") for text in self.words(name, [str(port) for port in default])]

    def port(self, name: str, default: int) -> int:
        """A port from 1 to 65535."""
        return _port(name, self.text(name, str(default)), str(default))

    def words(self, name: str, default: list[str]) -> list[str]:
        """A list, separated by commas or spaces. The word ``none`` gives an empty list."""
        if name not in os.environ or not os.environ[name].strip():
            return list(default)
        found = os.environ[name].replace(",", " ").split()
        return [] if found == ["none"] else found

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of ``allowed``."""
        value = self.text(name, default).lower()
        if value not in allowed:
            raise ImproperlyConfigured(f"{name}={value!r} is unknown. Write one of: {', '.join(allowed)}.")
        return value

    def url(self, name: str, default: str) -> PublicUrl:
        """An http or https origin without a path."""
        value = self.text(name, default)
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise ImproperlyConfigured(f"{name}={value!r} is no address. Write for example https://onward.example.com.")
        return PublicUrl(parts.scheme, parts.hostname, port)

    def hosts(self, public: PublicUrl) -> list[str]:
        """Names this product answers to: its public one, those in ALLOWED_HOSTS, and loopback, for health probes and
        tunnels."""
        own = f"[{public.host}]" if ":" in public.host else public.host
        return [own, *self.words("ALLOWED_HOSTS", []), "127.0.0.1", "localhost", "[::1]"]


def secret_from(path: Path) -> str:
    """The signing secret in ``path`` (or SECRET_KEY), made on first use and readable by its owner only."""
    if given := os.environ.get("SECRET_KEY"):
        return given
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass  # made by an earlier start, or by a process that was quicker
    if not (secret := path.read_text().strip()):
        raise ImproperlyConfigured(f"{path} is empty. Delete it and start again; everybody has to sign in anew.")
    return secret


def _port(name: str, text: str, example: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise ImproperlyConfigured(f"{name}: {text!r} is no port. Write for example {example}.")
    return int(text)


# The web server gives each request a thread of its own, so a connection that belonged to its thread would never be used
# twice: opening one costs more than most pages ask of it. ``timeout`` is how many seconds a request waits for one.
POOL = {"min_size": 1, "max_size": 20, "timeout": 10}


def database(url: str, folder: Path) -> dict[str, Any]:
    """Django's database settings: SQLite in ``folder`` tuned for several processes, or what DATABASE_URL names."""
    if not url:
        return sqlite(folder / "onward.sqlite3")
    try:
        config: dict[str, Any] = environ.Env().db_url_config(url)
    except Exception as error:  # noqa: BLE001 - the library raises whatever a malformed address leads to
        raise ImproperlyConfigured(
            f"DATABASE_URL cannot be read: {error}. Write postgres://user:password@host/name."
        ) from None
    if not config["ENGINE"].endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured(
            "DATABASE_URL names neither PostgreSQL nor SQLite. Write postgres://user:password@host/name."
        )
    if config["ENGINE"].endswith("sqlite3"):
        return sqlite(Path(config["NAME"]))
    config.setdefault("OPTIONS", {}).update(connect_timeout=5, pool=POOL)
    return {**config, "CONN_HEALTH_CHECKS": True}


def sqlite(path: Path) -> dict[str, Any]:
    """WAL, so that readers never wait; IMMEDIATE, so that writers queue instead of failing; FULL, so that "sent"
    survives a power cut."""
    return {
        "ENGINE": "config.sqlite",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864",
        },
    }


def socket_path(folder: Path) -> Path:
    """Where the broker in ``folder`` listens: inside it, or in a private folder of the system's when that path is too
    long."""
    inside = folder / "valkey.sock"
    if len(os.fsencode(inside)) < LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"valkey-{os.getuid()}-{digest}" / "valkey.sock"


def redis_database(url: str, number: int) -> str:
    """``url`` with a database number, in redis-py's spelling."""
    return f"{url}?db={number}" if url.startswith("unix://") else f"{url.rstrip('/')}/{number}"


def celery_broker(url: str) -> str:
    """``url`` in Celery's spelling, database 0."""
    if url.startswith("unix://"):
        return url.replace("unix://", "redis+socket://", 1) + "?virtual_host=0"
    return redis_database(url, 0)
