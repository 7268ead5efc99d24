"""Live pages in a real browser: what changes appears by itself, and what a person is doing stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from notices.doorbell import ring
from onboarding.models import Domain
from tenants.models import Tenant, User
from tests import make
from tests.e2e.walking import session_cookie

pytestmark = pytest.mark.e2e


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return make.tenant("Contoso")


@pytest.fixture
def person(tenant: Tenant) -> User:
    return make.member(tenant)


@pytest.fixture
def domain(tenant: Tenant) -> Domain:
    return make.domain("contoso.com", tenant)


@pytest.fixture
def signed(browser: Browser, asgi_server: str, person: User) -> Any:
    """A browser in which ``person`` has signed in."""
    context = browser.new_context(base_url=asgi_server, viewport={"width": 1280, "height": 500})
    context.add_cookies([session_cookie(person, asgi_server)])
    yield context
    context.close()


def see(domain: Domain) -> None:
    """What a sweep does when it finds the record: the row first, then the bell."""
    Domain.objects.filter(pk=domain.pk).update(seen_at=timezone.now(), verdict="present")
    ring([f"domain-{domain.public_id}", f"tenant-{domain.tenant.public_id}"])


def live(page: Page, path: str) -> Page:
    """The page, once its stream is open."""
    page.goto(path)
    expect(page.locator("body[data-live-state=live]")).to_be_visible()
    expect(page.locator(".live-on")).to_be_visible()
    page.wait_for_timeout(300)  # the first catching-up of a stream that has just opened
    return page


def test_the_list_shows_what_was_seen_without_a_reload(signed: BrowserContext, domain: Domain) -> None:
    page = live(signed.new_page(), "/domains/")
    page.evaluate("document.body.dataset.loaded = 'once'")
    expect(page.get_by_text("Not looked at yet")).to_be_visible()

    see(domain)

    expect(page.get_by_text("Propagated")).to_be_visible(timeout=2000)
    expect(page.locator("body[data-loaded=once]")).to_be_visible()


def test_a_live_update_leaves_words_focus_scroll_and_open_details_alone(signed: BrowserContext, domain: Domain) -> None:
    page = live(signed.new_page(), domain.get_absolute_url())
    page.locator("#token summary").click()
    page.locator("#token input[name=token]").fill("MS=ms8765")
    page.get_by_label("Leave a note").fill("half a sen")
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(200)
    scrolled = page.evaluate("scrollY")

    see(domain)

    expect(page.get_by_text("Now press Verify at Microsoft")).to_be_visible(timeout=2000)
    expect(page.get_by_label("Leave a note")).to_have_value("half a sen")
    expect(page.get_by_label("Leave a note")).to_be_focused()
    expect(page.locator("#token input[name=token]")).to_have_value("MS=ms8765")
    expect(page.locator("#token")).to_have_attribute("open", "")
    assert page.evaluate("scrollY") == scrolled


def test_two_tabs_share_one_stream_and_the_second_goes_on_when_the_first_is_closed(
    signed: BrowserContext, domain: Domain
) -> None:
    first = live(signed.new_page(), "/domains/")
    second = signed.new_page()
    streams: list[str] = []
    second.on("request", lambda request: streams.append(request.url) if request.url.endswith("/live/") else None)
    live(second, domain.get_absolute_url())
    shared = list(streams)

    first.close()
    expect(second.locator(".live-on")).to_be_visible()
    second.wait_for_timeout(700)
    see(domain)

    expect(second.get_by_text("Propagated")).to_be_visible(timeout=3000)
    assert shared == []
    assert len(streams) == 1


def test_without_redis_pages_ask_by_the_clock(signed: BrowserContext, domain: Domain, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    page = signed.new_page()
    page.goto("/domains/")
    expect(page.locator(".live-poll")).to_be_visible()

    Domain.objects.filter(pk=domain.pk).update(seen_at=timezone.now(), verdict="present")

    expect(page.get_by_text("Propagated")).to_be_visible(timeout=8000)


def test_a_stranger_hears_nothing_of_the_tenant(asgi_server: str, browser: Browser, domain: Domain) -> None:
    context = browser.new_context(base_url=asgi_server)
    context.add_cookies([session_cookie(make.member(make.tenant("Fabrikam")), asgi_server)])
    page = live(context.new_page(), "/domains/")
    page.wait_for_timeout(5500)  # over is what the page asks by itself once its stream is there
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    see(domain)
    page.wait_for_timeout(1500)

    context.close()
    assert asked == []


def test_a_step_is_taken_without_a_reload(signed: BrowserContext, domain: Domain) -> None:
    Domain.objects.filter(pk=domain.pk).update(seen_at=timezone.now(), verdict="present")
    page = live(signed.new_page(), domain.get_absolute_url())
    page.evaluate("document.body.dataset.loaded = 'once'")

    page.get_by_role("button", name="Accepted by Microsoft").click()
    page.get_by_role("button", name="Not now").click()
    page.get_by_role("button", name="Skip: activate with nothing ticked").click()

    expect(page.get_by_text("What you can do now")).to_be_visible()
    expect(page.locator("body[data-loaded=once]")).to_be_visible()


def test_a_note_is_sent_and_its_field_is_empty_again(signed: BrowserContext, domain: Domain) -> None:
    page = live(signed.new_page(), domain.get_absolute_url())

    page.get_by_label("Leave a note").fill("Called the customer")
    page.get_by_role("button", name="Leave note").click()

    expect(page.locator(".history")).to_contain_text("Called the customer")
    expect(page.get_by_label("Leave a note")).to_have_value("")


def test_a_session_that_has_ended_leads_to_the_sign_in_page(signed: BrowserContext, domain: Domain) -> None:
    page = live(signed.new_page(), domain.get_absolute_url())
    signed.clear_cookies()

    see(domain)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert f"next={domain.get_absolute_url()}" in page.url


def test_the_list_is_walked_by_keyboard(signed: BrowserContext, domain: Domain, tenant: Tenant) -> None:
    make.domain("fabrikam.com", tenant)
    page = live(signed.new_page(), "/domains/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("fabri")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="fabrikam.com")).to_be_visible()


def test_what_must_be_typed_elsewhere_is_copied(signed: BrowserContext, domain: Domain, asgi_server: str) -> None:
    signed.grant_permissions(["clipboard-read", "clipboard-write"], origin=asgi_server)
    page = live(signed.new_page(), domain.get_absolute_url())

    page.get_by_role("button", name="Copy the value").click()

    assert page.evaluate("navigator.clipboard.readText()") == "MS=ms12345678"
    expect(page.locator("#announcer")).to_contain_text("Copied")


def test_without_javascript_a_domain_is_added_and_taken_to_active(
    browser: Browser, asgi_server: str, person: User
) -> None:
    context = browser.new_context(base_url=asgi_server, java_script_enabled=False)
    context.add_cookies([session_cookie(person, asgi_server)])
    page = context.new_page()

    page.goto("/domains/")
    page.get_by_label("Domain", exact=True).fill("https://www.contoso.com/")
    page.get_by_label("TXT value from Microsoft").first.fill("ms12345678")
    page.get_by_role("button", name="Add domain").click()
    for button in ("Accepted by Microsoft", "Not now", "Skip: activate with nothing ticked"):
        page.get_by_role("button", name=button).click()

    expect(page.get_by_text("What you can do now")).to_be_visible()
    context.close()
    assert Domain.objects.get(name="contoso.com").stage == "active"
