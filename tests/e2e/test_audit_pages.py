"""Connector audits in a real browser: uploaded, read while the page waits, simulated; every page looked at by axe."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from playwright.sync_api import Browser, FilePayload, expect

from relaycheck.audits import add_logs
from relaycheck.models import Audit, Relay
from relaycheck.reading_uploads import read_uploads
from tenants.models import User
from tenants.roles import Role
from tests import make
from tests.e2e.walking import COLLECT, problems_on, session_cookie
from tests.relaycheck.auditing import CONNECTORS, files, kept_audit, read_audit
from tests.relaycheck.connectors.logs import log, session
from tests.relaycheck.connectors.organisations import app_relay

pytestmark = pytest.mark.e2e


@pytest.fixture
def paths(transactional_db: None) -> list[str]:
    """Every page of audits, with long and hostile names on it."""
    operator = make.user("operator@example.net", operator=True)
    tenant = make.tenant("Northwind Traders International Holdings")
    make.tenant("Contoso")
    Relay.objects.create(
        tenant=tenant,
        fqdn="relay01.contoso.com",
        internal_address="10.0.0.25",
        kind="iis",
        profile="direct-send",
        created_at=timezone.now(),
    )
    hostile = app_relay(name="<img src=x onerror=alert(1)>" + "W" * 30, ranges=tuple(f"10.1.{n}.1" for n in range(40)))
    audit = read_audit(tenant, [*CONNECTORS, hostile], by=operator, title="T" * 100)
    other = kept_audit(tenant, "New servers")
    rows = log(session(1, "partner@fabrikam.com", when=timezone.now()), session(2, "x@" + "y" * 60 + ".example"))
    for content in (rows, b"nothing"):
        add_logs(audit, [SimpleUploadedFile("R" * 90, content)], ["contoso.com"], by=operator, now=timezone.now())
    read_uploads(timezone.now)
    waiting = kept_audit(tenant, "Waiting")
    Audit.objects.filter(pk=waiting.pk).update(state="reading", kept=None, summary={}, octets=10, done=4)
    failed = kept_audit(tenant, "Failed")
    Audit.objects.filter(pk=failed.pk).update(state="failed", kept=None, summary={}, failure="memory")
    at = audit.get_absolute_url()
    return [
        "/audits/",
        "/audits/add/",
        at,
        waiting.get_absolute_url(),
        failed.get_absolute_url(),
        f"{at}connectors/?ip=10.0.20.22&port=25",
        f"{at}scripts/?kind=recreate&server=NEW01",
        f"{at}compare/?old={other.public_id}",
        f"{at}logs/",
    ]


@pytest.mark.sqlite
def test_every_page_of_audits_is_accessible_and_holds_its_width(
    asgi_server: str, paths: list[str], browser: Browser
) -> None:
    found = problems_on(paths, browser, asgi_server, User.objects.get(email="operator@example.net"))

    assert not found, "\n".join(found)


def test_an_export_is_uploaded_read_while_the_page_waits_and_simulated(
    asgi_server: str, browser: Browser, tmp_path: Path
) -> None:
    manager = make.member(make.tenant(), Role.MANAGER)
    context = browser.new_context()
    context.add_init_script(COLLECT)
    context.add_cookies([session_cookie(manager, asgi_server)])
    page = context.new_page()
    (sent,) = files()
    (tmp_path / "receive-connectors.json").write_bytes(sent.read())

    page.goto(f"{asgi_server}/audits/add/")
    page.get_by_role("button", name="Upload and audit").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the files")
    many = [FilePayload(name=f"{n}.json", mimeType="application/json", buffer=b"{}") for n in range(101)]
    page.get_by_label("Files").set_input_files(many)
    page.get_by_role("button", name="Upload and audit").click()
    said = page.get_by_label("Files").evaluate("input => input.validationMessage")
    assert said == "At most 100 files at once, together 128 MB. Choose fewer."
    page.get_by_label("Files").set_input_files(tmp_path / "receive-connectors.json")
    page.get_by_role("button", name="Upload and audit").click()
    expect(page.locator("#sentence")).to_contain_text("It is read within seconds")
    read_uploads(timezone.now)
    expect(page.locator("#sentence")).to_contain_text("3 of 9 connectors relay outside")
    (tmp_path / "another.json").write_bytes(files(app_relay(server="EX09"))[0].read())
    page.get_by_text("Add files").click()
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "receive-connectors.json")
    page.get_by_role("button", name="Upload and join").click()
    expect(page.get_by_role("alert")).to_contain_text("All of this has been uploaded before. It counts once.")
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "another.json")
    page.get_by_role("button", name="Upload and join").click()
    expect(page.locator("#audit")).to_contain_text("More files are read")
    read_uploads(timezone.now)
    expect(page.locator("#sentence")).to_contain_text("4 of 10 connectors relay outside")
    page.get_by_role("link", name="Connectors", exact=True).last.click()
    page.get_by_label("Client's address").fill("10.0.20.22")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#which")).to_contain_text("EX01\\App Relay answers 10.0.20.22 on port 25.")

    refused = page.evaluate("window.refused || []")
    context.close()
    assert refused == []


def test_without_scripts_an_upload_arrives_too(asgi_server: str, browser: Browser, tmp_path: Path) -> None:
    manager = make.member(make.tenant(), Role.MANAGER)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([session_cookie(manager, asgi_server)])
    page = context.new_page()
    (sent,) = files()
    (tmp_path / "receive-connectors.json").write_bytes(sent.read())

    page.goto(f"{asgi_server}/audits/add/")
    page.get_by_label("Files").set_input_files(tmp_path / "receive-connectors.json")
    page.get_by_role("button", name="Upload and audit").click()
    read_uploads(timezone.now)
    page.get_by_role("link", name="Look again").click()

    expect(page.locator("#sentence")).to_contain_text("3 of 9 connectors relay outside")
    context.close()
