"""The whole thin line over `./run`'s own processes, a real NSD, a real Unbound and a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.nsd import free_port
from demo.mailhost import MailServer, serve_mail
from tests.config.starting import Start, up
from tests.e2e.installation import eventually
from tests.servers import Nsd, nsd, stub, unbound

pytestmark = [pytest.mark.e2e, pytest.mark.servers]
NAME_SERVERS = ("127.0.54.1", "127.0.54.2")
RESOLVERS = ("127.0.54.11", "127.0.54.12", "127.0.54.13")
TOKEN = "MS=ms12345678"
PASSWORD = "a long sentence nobody else has"
HEAD = "$TTL 20\n@ SOA ns1.test. host.test. {serial} 60 60 60 5\n@ NS ns1.test.\n@ NS ns2.test.\n"
REGISTRY = HEAD.format(serial=1) + "ns1 A {}\nns2 A {}\ncontoso NS ns1.test.\ncontoso NS ns2.test.\n".format(
    *NAME_SERVERS
)
ZONE = HEAD + "@ MX 10 mail\nmail A 192.0.2.25\n"
SHORT = {"RHYTHM_EAGER": "2", "CONFIRM_AFTER": "3", "MAIL_SETTLE_SECONDS": "1", "LOOK_NOW_EVERY": "1"}


@dataclass(frozen=True)
class Outside:
    """The installation and what surrounds it."""

    started: Start
    names: Nsd
    mail: MailServer


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    port, resolver_port = free_port(NAME_SERVERS[0]), free_port(RESOLVERS[0])
    zones = {"test": REGISTRY, "contoso.test": ZONE.format(serial=1)}
    stubs = stub("test", port, *NAME_SERVERS)
    variables = {
        "DNS_RESOLVERS": ",".join(f"{address}:{resolver_port}" for address in RESOLVERS),
        "DNS_AUTHORITATIVE_PORT": str(port),
        "DNS_ALLOWED_NETWORKS": "127.0.0.0/8",
        **SHORT,
    }
    with (
        nsd(tmp_path / "nsd", NAME_SERVERS, port, zones) as names,
        unbound(tmp_path / "unbound", RESOLVERS, resolver_port, stubs),
        serve_mail() as mail,
        up(tmp_path / "var", "--port", "0", EMAIL_URL=f"smtp://{mail.host}:{mail.port}", **variables) as started,
    ):
        yield Outside(started, names, mail)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_from_the_first_link_to_one_mail(outside: Outside, page: Page) -> None:
    page.goto(outside.started.hear(r"works once: (http://\S+)"))
    make_account(page)
    add_tenant(page)
    add_domain(page)
    expect(page.get_by_text("None of the 2 name servers has the record yet")).to_be_visible(timeout=20_000)
    page.evaluate("document.body.dataset.loaded = 'once'")

    outside.names.change("contoso.test", ZONE.format(serial=2) + f'@ TXT "{TOKEN}"\n')

    expect(page.get_by_text("Propagated").first).to_be_visible(timeout=40_000)
    expect(page.locator("body[data-loaded=once]")).to_be_visible()
    assert eventually(lambda: len(outside.mail.message_ids) == 1, 20), outside.started.said()
    (mail,) = outside.mail.messages
    assert mail.recipients == ("ada@example.org",)
    assert b"contoso.test" in mail.body
    time.sleep(6)  # two more looks, each of which sees the same
    assert len(outside.mail.message_ids) == 1


def make_account(page: Page) -> None:
    """What the first operator does."""
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("account|password|save", re.IGNORECASE)).click()
    expect(page.get_by_role("navigation").first).to_be_visible()


def add_tenant(page: Page) -> None:
    page.get_by_role("link", name="Tenants").click()
    page.get_by_label("Name").fill("Contoso")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Contoso").first).to_be_visible()


def add_domain(page: Page) -> None:
    page.get_by_role("link", name="Domains").click()
    page.get_by_label("Domain", exact=True).fill("Contoso.test.")
    page.get_by_label("TXT value from Microsoft").fill(TOKEN)
    page.get_by_role("button", name="Add domain").click()
