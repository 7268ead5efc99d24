"""Fixtures for everybody: a broker, a worker, a web server and a browser, all of them real."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests import tools

# The browser driver keeps an event loop running in the test's thread; without this the ORM refuses to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NO_SKIPS = os.environ.get("CI") == "true" or os.environ.get("TEST_NO_SKIPS") == "1"
SEED = os.environ.get("TEST_SEED", "")
LONG = ("e2e", "config", "demo")  # folders whose files take longest come first, so that all processes end together
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup", "asgi_server", "worker"})


def pytest_report_header() -> str:
    """The seed that repeats this order."""
    return f"order: {f'TEST_SEED={SEED}' if SEED else 'as written'}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)
def put_in_order(items: list[pytest.Item]) -> None:
    """Files and tests in the order of the seed, long files first."""
    if SEED:
        items.sort(key=lambda item: item.nodeid)
        dice = random.Random(SEED)
        rank = {path: dice.random() for path in sorted({str(item.path) for item in items})}
        dice.shuffle(items)
        items.sort(key=lambda item: (item.path.parent.name not in LONG, rank[str(item.path)]))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where no skip is allowed, one is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if NO_SKIPS and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say why a run without failures is red."""
    if NO_SKIPS and (skipped := terminalreporter.stats.get("skipped")):
        terminalreporter.write_line(f"{len(skipped)} skipped, and here nothing may be.", red=True)


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """This process's own Valkey; its address."""
    from django.conf import settings

    from config import broker as embedded

    server = embedded.start(settings.VAR_DIR / "valkey")
    yield settings.REDIS_URL
    server.terminate()
    server.wait(10)


@pytest.fixture
def worker(transactional_db: None, broker: str) -> Iterator[Any]:
    """A real Celery worker over the real broker, in a thread, on the test's database."""
    from celery.contrib.testing.worker import start_worker

    from config.celery import app

    app.loader.import_default_modules()
    with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, shutdown_timeout=20) as running:
        yield running


@pytest.fixture
def asgi_server(transactional_db: None, broker: str) -> Iterator[str]:
    """The product's own web server on the test's database; its origin. (pytest-django's is WSGI: streams hang.)"""
    import uvicorn

    from config.asgi import application

    listening = socket.create_server(("127.0.0.1", 0))
    options = uvicorn.Config(application, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    patience = time.monotonic() + 10
    while not server.started and time.monotonic() < patience:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive(), "the web server did not stop"


# The browser driver runs an event loop in the test's thread while it lives; async views cannot be called from there.
# The plugin keeps it for the whole session; here it lives as long as one file.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium: the driver's own cannot be downloaded everywhere."""
    chromium = tools.need("chromium")
    running = playwright.chromium.launch(
        executable_path=chromium.path,
        args=["--disable-background-networking", "--disable-component-update"],
        chromium_sandbox=False,
        env={**os.environ, **chromium.environment},
    )
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    """What every context is made with."""
    return {}
