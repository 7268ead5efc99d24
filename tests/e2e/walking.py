"""Walking through pages in a real browser, and what may be wrong with one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tenants.models import User
from tests.make import signed_in

WIDTHS = (390, 768, 960, 1120, 1280, 1920)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
COLLECT = """document.addEventListener("securitypolicyviolation", (event) => {
  (window.refused ||= []).push(`${event.violatedDirective} ${event.blockedURI}`); });"""

# Of radio buttons that belong together, Tab stops at one.
BEGIN_TO_WALK = """() => {
  const usable = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0;
  window.walked = new Map();
  window.toWalk = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter(usable);
  addEventListener("focusin", ({ target }) => {
    const { outlineStyle, boxShadow } = getComputedStyle(target);
    walked.set(target.type === "radio" ? target.name : target, outlineStyle !== "none" || boxShadow !== "none");
  });
  document.activeElement.blur();
  return toWalk.length; }"""
WHAT_WAS_MISSED = """() => toWalk
  .filter((one) => one.isConnected && !walked.get(one.type === "radio" ? one.name : one))
  .map((one) => `${walked.has(one) ? "focus is not seen on" : "Tab does not reach"} ${one.outerHTML.slice(0, 160)}`)"""


def session_cookie(person: User, origin: str) -> Any:
    """What a browser holds once ``person`` has signed in."""
    (cookie,) = (morsel for name, morsel in signed_in(person).cookies.items() if "session" in name)
    return {"name": cookie.key, "value": cookie.value, "url": origin}


def problems_of(page: Page, path: str) -> list[str]:
    """What is wrong with the page that is open: by axe, light and then (what depends on colours) dark, by the security
    policy, by the keyboard, and at each width."""
    found = []
    for scheme, rules in (("dark", OF_COLOUR), ("light", RULES)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        violations = Axe().run(page, options=rules).response["violations"]
        found += [f"{path} {scheme} axe {v['id']}: {v['nodes'][0]['html'][:160]}" for v in violations]
    found += [f"{path} csp {refused}" for refused in page.evaluate("window.refused || []")]
    found += [f"{path} {missed}" for missed in missed_by_keyboard(page)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{path} is {wider} px too wide at {width}"] if wider > 0 else []
    return found


def missed_by_keyboard(page: Page) -> list[str]:
    """What Tab alone does not reach from the beginning of the page, or reaches without showing it."""
    missed: list[str] = []
    for stops in (page.evaluate(BEGIN_TO_WALK), 20):  # a date has several, and so has what can be scrolled
        for _ in range(stops):
            page.keyboard.press("Tab")
        if not (missed := page.evaluate(WHAT_WAS_MISSED)):
            break
    return missed


def problems_on(paths: Sequence[str], browser: Browser, origin: str, person: User | None = None) -> list[str]:
    """What is wrong with each of these pages as ``person`` (nobody: before signing in) sees them."""
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(COLLECT)
    context.add_cookies([session_cookie(person, origin)] if person else [])
    page, found = context.new_page(), []
    for path in paths:
        page.goto(origin + path)
        found += problems_of(page, path)
    context.close()
    return found
