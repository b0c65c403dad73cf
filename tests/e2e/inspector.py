"""What an inspector does with findings, for the browser tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page

from layers.db import connect
from tests.e2e.officer import sign_in, until_js
from tests.serving import Service

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
DESKTOP, PHONE = (1440, 900), (390, 844)


def findings(page: Page) -> Locator:
    """The rows of the work list."""
    return page.locator("[data-testid=finding-list] [data-finding]")


def take_picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def judge(page: Page, verdict: str, note: str = "") -> None:
    """Say what was found on the ground about the open finding."""
    page.get_by_test_id("verdict-note").fill(note)
    page.get_by_test_id(f"verdict-{verdict}").click()
    page.get_by_test_id("finding-standing").wait_for()


def add_photo(page: Page, folder: Path) -> None:
    """Put a photo of the ground to the verdict that is about to be given."""
    photo = folder / "hien-truong.jpg"
    Image.new("RGB", (320, 240), (120, 150, 90)).save(photo)
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("verdict-photo").click()
    chooser.value.set_files(photo)
    page.get_by_test_id("verdict-photo-ready").wait_for()


def until_chips(page: Page) -> None:
    """Wait for the pictures before and after."""
    for moment in ("before", "after"):
        until_js(
            page,
            f"(i => i && i.complete && i.naturalWidth > 100)(document.querySelector('[data-testid=chip-{moment}]'))",
        )


def open_page_of(page: Page, login: str, testid: str) -> Page:
    """The same page once its reader has signed in and it is there."""
    sign_in(page, login)
    page.get_by_test_id(testid).wait_for()
    return page


def share(page: Page) -> str:
    """What the precision page says of everything: hits/verdicts that decide."""
    page.get_by_test_id("precision-total").wait_for()
    found = re.search(r"\((\d+)/(\d+)\)", page.get_by_test_id("precision-total-all").inner_text())
    return f"{found[1]}/{found[2]}" if found else ""


def ask(service: Service, statement: str, *values: Any) -> dict[str, Any]:
    """The one row of a query."""
    with connect(service.database) as conn:
        row = conn.execute(statement, values).fetchone()
    assert row is not None
    return row
