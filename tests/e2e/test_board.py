"""The board, bulk work, import, progress and log in a real browser: accessible, quick to drive by keyboard alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from notices.doorbell import ring
from onboarding.adding import leave_note
from onboarding.models import Domain, Group, SavedView, Snapshot
from tenants.audit import record
from tenants.models import Tenant, User
from tests import make
from tests.e2e.walking import COLLECT, problems_of, session_cookie

pytestmark = pytest.mark.e2e
STANDINGS: tuple[dict[str, Any], ...] = (
    {"verdict": "missing"},
    {"verdict": "wrong", "facts": {"shown": "MS=ms00000000"}},
    {"verdict": "missing", "progress": "some-servers", "facts": {"have": 1, "servers": 2}},
    {"verdict": "present", "seen_at": make.NOW},
    {"verdict": "present", "seen_at": make.NOW, "refusal": "not-found"},
    {"token": ""},
    {"stage": "users"},
    {"stage": "purpose"},
    {"stage": "active", "purpose_choice": "skipped"},
)


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    """A tenant with a domain of each standing, and half a month of counts."""
    tenant, now = make.tenant("Northwind Traders"), timezone.now()
    group = Group.objects.create(tenant=tenant, name="Wave 2")
    for number, fields in enumerate(STANDINGS):
        at = now - timedelta(days=9 * number)
        standing = {"looked_at": now, "verdict_since": at, "created_at": at, "due_at": now + timedelta(minutes=5)}
        make.domain(f"d{number}.contoso{number}.com", tenant, group=group if number % 2 else None, **standing, **fields)
    for back in range(1, 15):
        for stage, n in (("validate", 2 + back), ("users", 2), ("purpose", 1), ("active", 16 - back)):
            Snapshot.objects.create(day=now.date() - timedelta(days=back), tenant=tenant, stage=stage, n=n)
    return tenant


@pytest.fixture
def person(tenant: Tenant) -> User:
    person = make.member(tenant, email="manager@example.net")
    make.tenant("Another")
    SavedView.objects.create(user=person, name="Ours to do", query="act=us")
    record(
        person, "token-changed", "d1.com", at=timezone.now(), tenant=tenant, before={"token": "a"}, after={"token": "b"}
    )
    return person


@pytest.fixture
def signed(browser: Browser, asgi_server: str, person: User) -> Any:
    """A browser in which ``person`` has signed in."""
    context = browser.new_context(
        base_url=asgi_server, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    context.add_cookies([session_cookie(person, asgi_server)])
    context.add_init_script(COLLECT)
    yield context
    context.close()


@pytest.mark.sqlite
def test_the_pages_for_many_domains_are_accessible_and_hold_their_width(signed: BrowserContext) -> None:
    page, found = signed.new_page(), []

    for path in ("/domains/?order=oldest", "/domains/progress/", "/domains/import/", "/log/", "/log/?who=nobody"):
        page.goto(path)
        found += problems_of(page, path)
    page.goto("/domains/import/")
    page.get_by_role("textbox", name="Or a list").fill("new.com;MS=ms12345678\nco.uk\nhttps://www.repaired.com")
    page.get_by_role("button", name="Show what would be imported").click()
    expect(page.get_by_text("2 rows will be worked on.")).to_be_visible()
    found += problems_of(page, "import preview")
    page.get_by_role("link", name="Refused 1").click()
    expect(page.get_by_text("shared by many owners")).to_be_visible()
    page.get_by_role("button", name="Import them: 2").click()
    expect(page.get_by_text("Done: 2 rows.")).to_be_visible()
    found += problems_of(page, "import done")

    assert not found, "\n".join(found)


def test_a_domain_is_found_read_and_opened_by_keyboard_alone_from_any_page(signed: BrowserContext) -> None:
    page = signed.new_page()
    page.goto("/profile/")

    page.keyboard.press("/")
    page.keyboard.type("contoso1")
    expect(page.locator("#found")).to_contain_text("MS=ms00000000 is published")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="d1.contoso1.com")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the text")).to_be_visible()


def test_the_board_is_filtered_ticked_and_worked_on_by_keyboard_alone(signed: BrowserContext, tenant: Tenant) -> None:
    page = signed.new_page()
    page.goto("/domains/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")

    page.keyboard.press("/")
    page.keyboard.type("d1.co")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.locator("[data-pick]")).to_be_checked()
    page.get_by_role("radio", name="Put into a group").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Wave 3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moves from Wave 2 to Wave 3.")).to_be_visible()
    page.get_by_role("button", name="Put into a group: 1").press("Enter")

    expect(page.get_by_text("Done: 1 row.")).to_be_visible()
    assert Domain.objects.get(group__name="Wave 3").name == "d1.contoso1.com"


def test_ticks_stay_while_the_board_changes_under_them(signed: BrowserContext, tenant: Tenant) -> None:
    page: Page = signed.new_page()
    page.goto("/domains/")
    expect(page.locator("body[data-live-state=live]")).to_be_visible()
    page.get_by_role("checkbox", name="d0.contoso0.com").check()

    Domain.objects.filter(name="d0.contoso0.com").update(stage="active")
    ring([f"tenant-{tenant.public_id}"])

    expect(page.locator("tr", has_text="d0.contoso0.com")).to_contain_text("Active", timeout=4000)
    expect(page.get_by_role("checkbox", name="d0.contoso0.com")).to_be_checked()


def opened(signed: BrowserContext) -> Page:
    """The board, once it has asked for itself as it does when its bell is heard for the first time."""
    page = signed.new_page()
    with page.expect_request_finished(lambda request: request.headers.get("hx-trigger") == "domains"):
        page.goto("/domains/")
    expect(page.locator("body[data-live-state=live]")).to_be_visible()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    return page


def is_of_the_search(request: Request) -> bool:
    """Whether the board itself asks for what the search has found."""
    return request.headers.get("hx-trigger") == "domains" and request.url.endswith("/domains/?q=d1.co")


def test_a_bell_that_rings_while_a_search_is_on_its_way_leaves_the_search_in_place(
    signed: BrowserContext, tenant: Tenant
) -> None:
    page = opened(signed)

    def ring_meanwhile(route: Route) -> None:
        page.evaluate("htmx.trigger('#domains', 'calm')")
        route.continue_()

    page.route("**/domains/?q=d1.co*", ring_meanwhile, times=1)
    with page.expect_request_finished(is_of_the_search):
        page.locator("#find").fill("d1.co")

    expect(page.locator("tbody tr")).to_have_count(1)


# htmx forgets what is under way for an element when it settles with other attributes than before, as the board does
# when it has asked for itself for the first time. The search begins between that swap and its settling; the bell rings
# right after it.
SEARCH_WHILE_IT_SETTLES = """
  addEventListener("DOMContentLoaded", () => {
    htmx.config.defaultSettleDelay = 1000;
    document.addEventListener("htmx:afterSwap", () => {
      const find = document.getElementById("find");
      find.value = "d1.co";
      find.dispatchEvent(new Event("input", { bubbles: true }));
      document.addEventListener("htmx:afterSettle", () => htmx.trigger("#domains", "calm"), { once: true });
    }, { once: true });
  })"""


def test_an_answer_about_a_board_that_is_no_longer_shown_is_dropped(signed: BrowserContext, tenant: Tenant) -> None:
    page = signed.new_page()
    held: dict[str, Route] = {}

    def hold(route: Route) -> None:
        """The search, and after it the first that asks for the board from before."""
        which = "search" if "q=d1.co" in route.request.url else "before"
        if which in held or (which == "before" and not held):
            route.continue_()
        else:
            held[which] = route

    page.route(re.compile(r"/domains/(\?|$)"), hold)
    with page.expect_request(lambda request: "search" in held and request.url.endswith("/domains/")):
        page.add_init_script(SEARCH_WHILE_IT_SETTLES)
        page.goto("/domains/")
    held["search"].continue_()
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_request_finished(is_of_the_search):
        held["before"].continue_()

    expect(page.locator("tbody tr")).to_have_count(1)


def test_what_is_typed_stays_while_the_page_proposes_how_to_read_it(signed: BrowserContext, tenant: Tenant) -> None:
    page = signed.new_page()
    page.goto("/domains/")
    name = page.get_by_label("Domain", exact=True)

    name.press_sequentially("www.fabrikam.com")
    expect(page.get_by_text("Will be added as fabrikam.com.")).to_be_visible()
    expect(name).to_have_value("www.fabrikam.com")
    page.get_by_label("TXT value from Microsoft").fill("MS=ms12345678")
    page.get_by_role("button", name="Add domain").click()

    expect(page.get_by_role("heading", name="fabrikam.com")).to_be_visible()


def test_a_count_that_is_clicked_filters_and_the_address_bar_holds_it(signed: BrowserContext) -> None:
    page = signed.new_page()
    page.goto("/domains/")

    page.get_by_role("navigation", name="Blocked by").get_by_role("link", name="Wrong value").click()

    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.url.endswith("?blocked=wrong")


def test_a_note_is_found_when_notes_are_searched_too(signed: BrowserContext, person: User) -> None:
    leave_note(Domain.objects.get(name__startswith="d4"), "the registrar is on holiday", by=person, now=timezone.now())
    page = signed.new_page()

    page.goto("/domains/?q=holiday&notes=1")

    expect(page.locator("tbody tr")).to_have_count(1)
