"""`./run --demo` as somebody sees it who has just cloned it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.config.starting import Start, up

pytestmark = pytest.mark.e2e
REAL = {
    "EMAIL_URL": "smtp://192.0.2.1:25",
    "DNS_RESOLVERS": "192.0.2.53",
    "DATABASE_URL": "postgres://nobody@192.0.2.1/real",
    "REDIS_URL": "redis://192.0.2.1:6379",
    "PUBLIC_URL": "https://onward.example.com",
    "SECRET_KEY": "of the real installation",
}


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("demo") / "var"
    (place / "demo").mkdir(parents=True)
    (place / "demo" / "onward.sqlite3").write_text("left over from the last time")
    (place / "onward.sqlite3").write_text("the real one")
    return place


@pytest.fixture(scope="module")
def demo(var: Path) -> Iterator[Start]:
    with up(var, "--demo", "--port", "0", **REAL) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def enter(page: Page, demo: Start, who: str = "Manager") -> None:
    page.goto(demo.address())
    page.get_by_role("button", name=who).click()
    expect(page.get_by_role("heading", name="Domains")).to_be_visible()


def test_a_domain_goes_from_waiting_to_propagated_before_ones_eyes_and_its_mail_is_in_the_mailbox(
    demo: Start, page: Page
) -> None:
    began = time.monotonic()
    enter(page, demo)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="contoso.example", exact=True))
    expect(row.get_by_text("Waiting")).to_be_visible(timeout=20_000)
    page.evaluate("document.body.dataset.loaded = 'once'")

    expect(row.get_by_text("Waiting")).to_be_hidden(timeout=20_000)
    expect(row.get_by_text("Propagated")).to_be_visible(timeout=160_000)

    expect(page.locator("body[data-loaded=once]")).to_be_visible()
    assert time.monotonic() - began < 180
    page.get_by_role("link", name="Mailbox").click()
    expect(page.locator("#mailbox summary").filter(has_text="contoso.example").first).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("who", ["Operator", "Manager", "Help desk", "Viewer"])
def test_four_doors_lead_in(demo: Start, page: Page, who: str) -> None:
    enter(page, demo, who)

    expect(page.get_by_text("This is the demo")).to_be_visible()


def test_nothing_of_a_real_installation_reaches_it(demo: Start, var: Path) -> None:
    address = demo.address()

    given = [Path(f"/proc/{pid}/environ").read_bytes() for pid in demo_processes(demo)]

    assert address.startswith("http://127.0.0.1:")
    assert len(given) >= 4
    assert not any(value.encode() in environment for environment in given for value in REAL.values())


def test_it_makes_its_database_new_and_never_touches_the_real_one(demo: Start, var: Path) -> None:
    demo.address()

    assert (var / "demo" / "onward.sqlite3").read_bytes().startswith(b"SQLite format 3")
    assert (var / "onward.sqlite3").read_text() == "the real one"


def demo_processes(demo: Start) -> list[int]:
    """Everything that `up` has started."""
    mark = f"ONWARD_VAR={demo.var / 'demo'}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]
