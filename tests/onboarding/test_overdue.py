"""A plan that nobody closes: past its window it says so, because what changes then is an alarm again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from onboarding.models import CutOver, Guard
from tests import make
from tests.onboarding.test_cutover import HOUR, a_plan


@pytest.mark.django_db
def test_past_its_window_an_open_plan_says_so_wherever_it_is_shown(client: Client) -> None:
    cutover, entry = a_plan()
    CutOver.objects.update(ends_at=timezone.now() - HOUR)
    Guard.objects.create(domain=entry.domain, since=make.NOW)
    client.force_login(make.member(cutover.tenant), backend=make.BACKEND)
    link = cutover.get_absolute_url()

    said = [
        sentence in client.get(path).content.decode()
        for path, sentence in (
            (link, "every change of mail flow is an alarm again"),
            (f"{link}wall/", "The window is over: close the plan"),
            ("/cutovers/", "over, still open"),
            ("/domains/", "The window of a cut-over is over and its plan still open (Weekend)"),
            (entry.domain.get_absolute_url(), "Its window is over and it is still open"),
        )
    ]

    assert said == [True] * 5
