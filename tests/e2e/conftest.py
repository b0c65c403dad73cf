"""A small city behind a real service, and real browsers to look at it with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import ROOT, Databases
from tests.e2e.officer import until_js
from tests.serving import Service, serving

expect.set_options(timeout=30_000)
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--disable-background-networking", "--disable-component-update", "--no-first-run",
]  # fmt: skip
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session", autouse=True)
def pages() -> None:
    """The built browser application; without it there is nothing to open here."""
    if not (ROOT / "geo_service" / "web" / "dist" / "index.html").is_file():
        pytest.skip("the web pages are not built (make web)")


@pytest.fixture(scope="session")
def city(databases: Databases, reachable_tmp: Path) -> Iterator[Service]:
    """The service with a sample city of 2,500 faces; tests take parcels of their own."""
    url = databases.create()
    with connect(url) as conn:
        load_sample(conn, units=2, faces=2_500, seed=4)
    refresh(url, reachable_tmp / "city")
    with serving(url, reachable_tmp / "city") as service:
        yield service


@pytest.fixture(scope="module")  # while it lives, an event loop runs in this thread and no other test may start one
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as instance:
        yield instance


@pytest.fixture
def open_page(playwright_: Playwright) -> Iterator[OpenPage]:
    """`open_page(url)`: a page in a browser process of its own; errors of the page fail the test."""
    chromium = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if chromium is None:
        pytest.skip("no Chromium on this machine (make test installs it)")
    browsers: list[Browser] = []
    crashes: list[str] = []

    def launch(url: str, width: int = 1280, height: int = 800, **options: object) -> Page:
        browser = playwright_.chromium.launch(executable_path=chromium, args=FLAGS)
        browsers.append(browser)
        page = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN", **options).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: crashes.append(str(error)))
        page.on("console", lambda said: crashes.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(url)
        until_js(page, "window.__geo && window.__geo.map.loaded()")
        return page

    yield launch
    for browser in browsers:
        browser.close()
    assert crashes == []
