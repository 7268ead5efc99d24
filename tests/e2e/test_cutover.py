"""The guard's card, held changes and the wall in a real browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from onboarding.cutover import Window, plan
from onboarding.models import Baseline, Brake, CutOver, CutOverDomain, Domain, Guard, HeldChange
from onboarding.ticking import Step
from tenants.models import User
from tests import make
from tests.e2e.walking import COLLECT, problems_on, session_cookie

pytestmark = pytest.mark.e2e
NAMES = ("contoso.com", "contoso-retail.com", "xn--mnchen-3ya.de")
OLD, NEW = "10 mail.{}", "0 {}.mail.protection.outlook.com"
LONGEST = f"{'private-and-business-banking.' * 6}woodgrove.example"


def guarded(name: str, operator: User, tenant: Any, *, moved: bool = False, ttl: int = 300) -> Domain:
    """A domain whose guard is on, and which perhaps has an alarm."""
    now = timezone.now()
    domain = make.domain(name, tenant, created_by=operator, looked_at=now)
    Guard.objects.create(domain=domain, since=now, alarmed=moved, changed_at=now)
    for part, records in {
        "mx": [OLD.format(name)],
        "spf": ["v=spf1 mx " + "ip4:192.0.2.0/24 " * 20 + "-all"],
        "autodiscover": [],
        "ns": ["ns1.dns.example", "ns2.dns.example"],
    }.items():
        believed = [NEW.format(name.replace(".", "-"))] if moved and part == "mx" else records
        Baseline.objects.create(
            domain=domain, part=part, records=records, ttl=86400, since=now, now_records=believed, now_ttl=ttl,
            now_since=now, ttl_since=now - timedelta(days=2),
        )  # fmt: skip
    return domain


def sights(*servers: str, resolvers: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "servers": [[f"ns{n}", sight, 300] for n, sight in enumerate(servers)],
        "resolvers": [[f"{n}.{n}.{n}.{n}", sight, 120] for n, sight in enumerate(resolvers)],
    }


@pytest.fixture
def paths(transactional_db: None) -> list[str]:
    """A plan in its window with a domain in each state, an alarm, and a brake that holds."""
    operator = make.user("operator@example.net", operator=True, name="Olga Operator")
    tenant, now = make.tenant("Contoso"), timezone.now()
    window = Window(now - timedelta(hours=1), now + timedelta(hours=5), "Europe/Berlin")
    alarmed = guarded("early.example", operator, tenant, moved=True)
    domains = [guarded(name, operator, tenant) for name in (*NAMES, LONGEST)]
    cutover = plan(tenant, "The weekend of Contoso", [*domains, make.domain("new.example", tenant)], window,
                   by=operator, now=now)  # fmt: skip
    done = [now.isoformat(), ""]
    states = (
        ({Step.MX_MOVED: done, Step.RESOLVERS: done}, sights("new", "new", resolvers=("new",) * 3)),
        ({Step.MX_MOVED: done}, sights("new", "new", resolvers=("new", "old", "new"))),
        ({}, sights("new", "old")),
        ({}, sights("old", "old")),
    )
    for domain, (ticks, seen) in zip(domains, states, strict=True):
        old = CutOverDomain.objects.get(domain=domain)
        CutOverDomain.objects.filter(pk=old.pk).update(ticks={**old.ticks, **ticks}, sights=seen)
    Brake.objects.create(pk=1, held_since=now, reason="many", figures={"judged": 200, "turning": 66})
    HeldChange.objects.create(domain=alarmed, since=now, words="early.example has no MX record any more")
    link = cutover.get_absolute_url()
    return [
        alarmed.get_absolute_url(), domains[0].get_absolute_url(), "/operator/brake/", "/cutovers/", link,
        f"{link}wall/", f"{link}sheet/",
    ]  # fmt: skip


def opened(browser: Browser, server: str) -> Page:
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(COLLECT)
    context.add_cookies([session_cookie(User.objects.get(email="operator@example.net"), server)])
    return context.new_page()


@pytest.mark.sqlite
def test_the_pages_are_accessible_and_hold_their_width(asgi_server: str, paths: list[str], browser: Browser) -> None:
    found = problems_on(paths, browser, asgi_server, User.objects.get(email="operator@example.net"))

    assert not found, "\n".join(found)


def size_of(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))


def test_the_wall_can_be_read_from_across_a_room(asgi_server: str, paths: list[str], browser: Browser) -> None:
    page = opened(browser, asgi_server)
    page.set_viewport_size({"width": 1920, "height": 1080})

    page.goto(asgi_server + paths[5])

    assert size_of(page, ".wall-name") >= 36
    assert size_of(page, ".wall-state") >= 48
    assert page.locator(".wall-row").count() == 5
    page.context.close()


def test_the_wall_shows_the_last_resolver_without_being_touched(
    asgi_server: str, paths: list[str], browser: Browser
) -> None:
    page = opened(browser, asgi_server)
    page.goto(asgi_server + paths[5])
    entry = CutOver.objects.get().entries.select_related("domain").get(domain__name="contoso-retail.com")
    row = page.locator(f"#wall-{entry.domain.public_id}")
    before = row.inner_text()
    entry.ticks = {**entry.ticks, Step.RESOLVERS: [timezone.now().isoformat(), ""]}
    entry.sights = sights("new", "new", resolvers=("new",) * 3)
    entry.save()

    page.evaluate("htmx.trigger(document.body, 'live:all')")
    row.get_by_text("Moved", exact=True).wait_for()

    assert "2 of 3 resolvers" in before
    page.context.close()
