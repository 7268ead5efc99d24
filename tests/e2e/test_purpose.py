"""The purpose of a domain, as somebody new to it meets it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from onboarding.models import Domain
from tests import make
from tests.e2e.walking import COLLECT, problems_of, session_cookie
from tests.onboarding.test_how_to_a import on_premises

pytestmark = pytest.mark.e2e


def test_the_consequence_for_mail_is_read_before_the_choice_and_exchange_is_asked_for_twice(
    transactional_db: None, asgi_server: str, browser: Browser
) -> None:
    now = timezone.now()
    later = now + timedelta(hours=1)  # the page asks for an overdue look again, and would take the question away
    domain = make.domain("contoso.com", make.tenant("Contoso"), stage="purpose", accepted_at=now, due_at=later)
    on_premises(domain)
    person = make.member(domain.tenant)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(COLLECT)
    context.add_cookies([session_cookie(person, asgi_server)])
    page = context.new_page()
    page.goto(asgi_server + domain.get_absolute_url())

    consequence, choice = page.locator("#consequences"), page.locator("#move-skip-purpose")
    expect(consequence).to_contain_text("mail.contoso.com")
    assert consequence.bounding_box()["y"] < choice.bounding_box()["y"]  # type: ignore[index]
    page.get_by_text("Choose services instead").click()
    page.get_by_label("Exchange", exact=True).check()
    page.locator("#move-choose-services").click()
    expect(page.locator("#asked-again")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # what lies under the head of the page counts as too small a target
    found = problems_of(page, "purpose, asked again")
    asked = Domain.objects.get().stage
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("Mail may move").check()
    page.locator("#move-choose-services").click()
    expect(page.locator("#checklist")).to_be_visible()

    context.close()
    assert (asked, Domain.objects.get().purpose_services, found) == ("purpose", ["exchange"], [])
