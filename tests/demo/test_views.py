"""What only the demo has: doors without a password, a mailbox, and the banner. Only on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from demo.seed import seed
from demo.urls import urlpatterns
from demo.world import PEOPLE
from onboarding.models import Domain

pytestmark = pytest.mark.django_db
PAGES = {"demo-banner": "GET", "demo-mailbox": "GET", "demo-again": "POST", "demo-enter": "POST"}
PATHS = {"demo-banner": "banner/", "demo-mailbox": "mailbox/", "demo-again": "again/", "demo-enter": "enter/viewer/"}


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """The demo's settings, its rows, and the folder through which web and world talk."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "demo"]
    settings.DEMO, settings.ROOT_URLCONF, settings.VAR_DIR = True, "tests.demo.addresses", tmp_path
    (tmp_path / "mail").mkdir()
    seed(timezone.now())
    return tmp_path


def test_every_address_of_the_demo_is_known_here() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(PAGES) == set(PATHS)


@pytest.mark.parametrize("name", PAGES)
def test_the_demo_answers_this_machine_only(name: str, folder: Path) -> None:
    send = Client(REMOTE_ADDR="192.0.2.7").get if PAGES[name] == "GET" else Client(REMOTE_ADDR="192.0.2.7").post

    assert send(f"/demo/{PATHS[name]}").status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_outside_the_demo_nobody_comes_in(name: str, folder: Path, settings: Any) -> None:
    settings.DEMO = False
    send = Client().get if PAGES[name] == "GET" else Client().post

    assert send(f"/demo/{PATHS[name]}").status_code == 404


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.role)
def test_each_door_signs_in_who_stands_on_it(person: Any, folder: Path) -> None:
    client = Client()
    shown = client.get("/accounts/login/").content.decode()

    response = client.post(f"/demo/enter/{person.role}/", follow=True)

    assert f'action="/demo/enter/{person.role}/"' in shown
    assert response.wsgi_request.user.email == person.email
    assert response.status_code == 200


def test_a_door_that_is_not_there_leads_nowhere(folder: Path) -> None:
    assert Client().post("/demo/enter/burglar/").status_code == 404


def test_the_first_banner_starts_the_story_and_later_ones_leave_it_alone(folder: Path) -> None:
    Client().get("/demo/banner/")
    Domain.objects.update(eager_since=None)
    Client().get("/demo/banner/")

    assert (folder / "start").exists()
    assert not Domain.objects.filter(eager_since__isnull=False).exists()


def test_the_banner_says_what_happened_and_what_comes_next(folder: Path) -> None:
    steps = {"last": {"sentence": "A record <i>appears</i>.", "seconds": 4, "at": 1e9}, "next": None}
    (folder / "world.json").write_text(json.dumps({"story": steps}))

    html = Client().get("/demo/banner/").content.decode()

    assert "A record &lt;i&gt;appears&lt;/i&gt;." in html
    assert "This is the demo:" in html


def test_a_world_that_has_not_spoken_yet_is_no_error(folder: Path) -> None:
    (folder / "world.json").write_text("{")

    assert Client().get("/demo/banner/").status_code == 200


def test_mails_are_read_newest_first_and_escaped(folder: Path) -> None:
    for number in (2, 10):
        text = f"To: a@example.net\r\nSubject: mail {number}\r\n\r\n<script>{number}</script>\r\n"
        (folder / "mail" / f"{number}.eml").write_bytes(text.encode())

    html = Client().get("/demo/mailbox/").content.decode()

    assert html.index("mail 10") < html.index("mail 2")
    assert "&lt;script&gt;10&lt;/script&gt;" in html


def test_play_again_tells_the_world_and_takes_the_domains_back(folder: Path) -> None:
    moved = Domain.objects.filter(stage="validate").first()
    assert moved
    Domain.objects.filter(pk=moved.pk).update(stage="users")

    Client().post("/demo/again/")

    moved.refresh_from_db()
    assert (folder / "again").exists()
    assert moved.stage == "validate"
