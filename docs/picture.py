"""`python docs/picture.py`: takes the README's picture from the demo, once a domain has propagated."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from tests import tools  # noqa: E402
from tests.config.starting import up  # noqa: E402

SIZE = {"width": 1280, "height": 860}


def main() -> None:
    """Write docs/picture.png."""
    chromium = tools.find("chromium")
    if chromium is None:
        sys.exit(f"Chromium is not on this machine; this brings it: {tools.FETCH}")
    with (
        tempfile.TemporaryDirectory() as folder,
        up(Path(folder), "--demo", "--port", "0") as demo,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium.path, chromium_sandbox=False)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        page.goto(demo.address())
        page.get_by_role("button", name="Manager").click()
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="contoso.example", exact=True))
        expect(row.locator(".state", has_text="On its way")).to_be_visible(timeout=120_000)
        page.get_by_role("link", name="contoso.example", exact=True).click()
        page.wait_for_timeout(1500)
        page.screenshot(path=str(BASE / "docs" / "picture.png"))
        browser.close()


if __name__ == "__main__":
    main()
