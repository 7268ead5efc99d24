"""Relays in a real browser: every page accessible at every width, and a walk from declaring to a verdict."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from relaycheck.models import ProbeKind
from relaycheck.relay_probes import ask_probe
from relaycheck.tasks import probe as probe_task
from tenants.models import User
from tests import make
from tests.e2e.walking import problems_on, session_cookie
from tests.relaycheck import make as engine
from tests.relaycheck import rows
from tests.relaycheck.loopback import server, smtp

pytestmark = pytest.mark.e2e


@pytest.fixture
def paths(transactional_db: None) -> list[str]:
    """Every page of relays, each with something on it."""
    operator = make.user("operator@example.net", operator=True, name="Olga Operator")
    tenant = make.tenant("Northwind Traders International Holdings")
    full = rows.with_everything(tenant, operator, "relay01.contoso.com")
    asked = ask_probe(full, ProbeKind.FORMS, listed=None, by=operator, now=timezone.now())
    full.probes.filter(pk=asked.pk).update(state="running", done=5, of=16)
    bare = rows.relay(tenant, operator, fqdn="a" * 60 + ".example.org", kind="postfix", profile="smart-host")
    own = [rows.arguments(name, full) for name in ("relay-probe", "relay-configuration", "relay-log")]
    probe, upload, log = (ids[1] for ids in own)
    root = full.get_absolute_url()
    return [
        "/relays/",
        f"/relays/add/?tenant={tenant.public_id}",
        "/relays/explain/?line=550+5.7.606+banned+%5B203.0.113.5%5D",
        root,
        f"{root}edit/",
        f"{root}setup/",
        f"{root}probes/{probe}/",
        f"{root}configurations/{upload}/",
        f"{root}logs/{log}/",
        bare.get_absolute_url(),
        f"{bare.get_absolute_url()}setup/",
    ]


@pytest.mark.sqlite
def test_every_page_of_a_relay_is_accessible_and_holds_its_width(
    asgi_server: str, paths: list[str], browser: Browser
) -> None:
    found = problems_on(paths, browser, asgi_server, User.objects.get(email="operator@example.net"))

    assert not found, "\n".join(found)


def test_a_relay_is_declared_shown_and_probed(
    asgi_server: str, worker: Any, browser: Browser, settings: Any, tmp_path: Any
) -> None:
    settings.RELAY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    tenant = make.tenant("Contoso")
    manager = make.member(tenant)
    make.domain("contoso.com", tenant)
    context = browser.new_context()
    context.add_cookies([session_cookie(manager, asgi_server)])
    page = context.new_page()
    configuration = tmp_path / "relay.json"
    configuration.write_bytes(engine.export())

    with server(smtp({"RCPT": "550 5.7.1 Unable to relay"})) as (port, _):
        settings.RELAY_ALLOWED_PORTS = [str(port)]
        page.goto(f"{asgi_server}/relays/")
        page.get_by_role("link", name="Add a relay").first.click()
        page.get_by_label("Full name").fill("relay01.contoso.com")
        page.get_by_label("Internal address").fill("127.0.0.1")
        page.get_by_label("Port", exact=True).fill(str(port))
        page.get_by_label("Who may send").fill("10.0.0.21 copier 3rd floor (Facilities)")
        page.get_by_label("contoso.com", exact=True).check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Nothing is known of it yet")).to_be_visible()

        page.get_by_label("File", exact=True).set_input_files(configuration)
        page.locator("#upload-form button").click()
        expect(page.get_by_text("Against what is declared")).to_be_visible()

        page.get_by_role("link", name="relay01.contoso.com").click()
        page.get_by_label("May this installation relay?").select_option("no")
        page.get_by_role("button", name="Three recipients").click()
        probe_task.delay()
        expect(page.get_by_text("Refused for this source").first).to_be_visible(timeout=10_000)  # the bell, not 20 s

    context.close()
