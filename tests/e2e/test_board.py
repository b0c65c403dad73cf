"""The leaders' board in real browsers: the numbers, what is behind them, the map, and that a move elsewhere shows at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo_service.accounts.service import add_account
from geo_service.dossiers.sample import file_store, fill
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import sign_in, until_js
from tests.serving import PASSWORD, Service, serving

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
DESKTOP, PHONE = (1440, 900), (390, 844)


@pytest.fixture(scope="module")
def led(databases: Databases, reachable_tmp: Path) -> Iterator[Service]:
    """A city with 400 invented dossiers, and leaders of the city and of its busiest unit."""
    url, folder = databases.create(), reachable_tmp / "board"
    settings = Settings(database_url=url, data_dir=folder)
    with connect(url) as conn:
        load_sample(conn, units=2, faces=1_500, seed=4)
        fill(conn, Vault(settings.personal_secret()), file_store(settings), 400, seed=7)
        add_account(conn, "lanhdao", PASSWORD, name="Hoàng Lãnh Đạo", roles=["leader"], demo=True)
        add_account(conn, "quantri", PASSWORD, name="Đỗ Quản Trị", roles=["administrator"], demo=True)
    refresh(url, folder)
    with serving(url, folder) as service:
        yield service


def ask(led: Service, statement: str) -> int:
    with connect(led.database) as conn:
        row = conn.execute(statement).fetchone()
    assert row is not None
    return int(next(iter(row.values())))


def board(open_page: OpenPage, led: Service, login: str = "lanhdao", size: tuple[int, int] = DESKTOP) -> Page:
    page = open_page(f"{led.url}/#page=board&lang=vi", *size)
    sign_in(page, login)
    page.get_by_test_id("board-page").wait_for()
    page.locator("[data-testid=board-map] path").first.wait_for()
    page.get_by_test_id("load-words").wait_for()
    return page


def number(page: Page, tile: str) -> int:
    return int(re.sub(r"\D", "", page.get_by_test_id(f"tile-{tile}").locator(":scope > :nth-child(2)").inner_text()))


def test_a_leader_reads_the_board_looks_behind_a_number_and_opens_a_dossier(open_page: OpenPage, led: Service) -> None:
    page = board(open_page, led)
    page.get_by_test_id("board-period").get_by_text("12 tháng").click()
    finished = ask(
        led,
        "SELECT count(*) FROM dossier.dossier WHERE status IN (7, 9, 10) AND finished_at >= dossier.midnight(dossier.day_of(now()) - 364)",
    )
    expect(page.get_by_test_id("cell-finished").first).to_have_text(f"{finished:,}".replace(",", "."))
    assert number(page, "paused") == ask(
        led,
        "SELECT count(*) FROM dossier.clock c JOIN dossier.dossier d ON d.id = c.dossier_id"
        " WHERE c.ended_at IS NULL AND NOT c.counts AND d.finished_at IS NULL",
    )
    expect(page.locator("[data-testid=board-map] path[data-code]")).to_have_count(126)
    expect(page.get_by_test_id("load-words")).to_contain_text("mô hình sai trung bình")
    expect(page.get_by_test_id("board-steps").locator("li")).not_to_have_count(0)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "board.png")

    page.get_by_test_id("tile-paused").get_by_test_id("cell-paused").click()
    expect(page.get_by_test_id("behind-total")).to_contain_text(str(number(page, "paused")))
    first = page.locator("[data-testid^=behind-H26]").first
    code = first.locator("b").inner_text()
    first.click()
    until_js(page, "location.hash.includes('page=dossier')")
    expect(page.get_by_text(code).first).to_be_visible()


def test_a_unit_is_chosen_on_the_map_and_in_the_table(open_page: OpenPage, led: Service) -> None:
    page = board(open_page, led)
    row = page.locator("[data-testid^=row-]").first
    code = str(row.get_attribute("data-testid")).removeprefix("row-")
    whole = number(page, "received")
    row.get_by_role("button").first.click()
    expect(page.get_by_test_id("board-unit")).to_have_value(code)
    expect(page.get_by_test_id("board-table").locator("tbody tr")).to_have_count(1)
    assert 0 < number(page, "received") < whole
    expect(page.locator("[data-testid=board-map] path[data-code]")).to_have_count(126)
    page.locator(f"[data-testid=board-map] path[data-code='{code}']").dispatch_event("click")
    expect(page.get_by_test_id("board-unit")).to_have_value("")
    assert number(page, "received") == whole


def test_a_move_elsewhere_shows_on_the_open_board(open_page: OpenPage, led: Service) -> None:
    page = board(open_page, led)
    before = number(page, "green") + number(page, "amber") + number(page, "red")
    with connect(led.database) as conn:
        row = conn.execute(
            "SELECT id FROM dossier.dossier WHERE step = 'paying' AND status = 6 ORDER BY filed_at DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        conn.execute("SELECT dossier.act(%s, 'paid', NULL)", (row["id"],))
    until_js(
        page,
        """before => ['green', 'amber', 'red'].reduce((sum, tone) => sum +
            Number(document.querySelector(`[data-testid=tile-${tone}] > :nth-child(2)`).textContent.replace(/\\D/g, '')), 0) === before + 1""",
        before,
    )


def test_the_sheet_holds_the_numbers_of_the_board(open_page: OpenPage, led: Service) -> None:
    page = board(open_page, led)
    with page.expect_download() as download:
        page.get_by_test_id("board-csv").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert download.value.suggested_filename.endswith(".csv")
    head, whole = (line.split(",") for line in text.splitlines()[:2])
    assert int(whole[head.index('"Tiếp nhận trong kỳ"')]) == number(page, "received")


def test_the_board_fits_a_phone(open_page: OpenPage, led: Service) -> None:
    page = board(open_page, led, size=PHONE)
    page.screenshot(path=PICTURES / "board-phone.png")
    wide = page.evaluate(
        "() => { const p = document.querySelector('[data-testid=board-page]'); return p.scrollWidth - p.clientWidth; }"
    )
    assert wide <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=board-page] *')].filter(e => e.childNodes.length && [...e.childNodes].some(
            n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 16 && e.tagName !== 'text')
            .map(e => e.textContent.slice(0, 40))"""
    )
    assert small == []


def test_an_administrator_counts_and_looks_at_no_dossier(open_page: OpenPage, led: Service) -> None:
    page = board(open_page, led, "quantri")
    assert number(page, "received") > 0
    expect(page.locator("[data-testid^=cell-]")).to_have_count(0)
