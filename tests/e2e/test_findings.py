"""Findings in real browsers: from what a run wrote to the verdicts, the precision page and the inspection that shows what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo_service.accounts.service import add_account
from geo_service.settings import Settings
from geo_service.tiles.snapshots import refresh
from imagery.scenes.store import ImageStore
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.found import fill
from tests.e2e.inspector import (
    DESKTOP,
    PHONE,
    add_photo,
    ask,
    findings,
    judge,
    open_page_of,
    share,
    take_picture,
    until_chips,
)
from tests.e2e.officer import until_js
from tests.serving import PASSWORD, Service, serving


@pytest.fixture(scope="module")
def watched(databases: Databases, reachable_tmp: Path) -> Iterator[Service]:
    """A city seen from above on five dates, with findings of what was built in between, and an inspector of all of it."""
    url, folder = databases.create(), reachable_tmp / "findings"
    with connect(url) as conn:
        load_sample(conn, units=2, faces=2_500, seed=4)
        conn.commit()
        assert fill(conn, ImageStore(Settings(database_url=url, data_dir=folder).images_address)) >= 10
        add_account(conn, "thanhtra", PASSWORD, name="Vũ Thanh Tra", roles=["inspector"], demo=True)
        add_account(conn, "diachinh", PASSWORD, name="Lê Địa Chính", roles=["land_officer"], demo=True)
    refresh(url, folder)
    with serving(url, folder) as service:
        yield service
    databases.drop(url)


def work_list(open_page: OpenPage, watched: Service, login: str = "thanhtra", size: tuple[int, int] = DESKTOP) -> Page:
    page = open_page_of(open_page(f"{watched.url}/#page=findings&lang=vi", *size), login, "finding-list")
    findings(page).first.wait_for()
    return page


def numbers(page: Page) -> list[int]:
    """Places in the ranking, as the list shows them."""
    return [int(str(one.get_attribute("data-testid")).removeprefix("finding-")) for one in findings(page).all()]


def test_an_inspector_filters_judges_and_opens_an_inspection_that_shows_the_finding(
    open_page: OpenPage, watched: Service
) -> None:
    page = work_list(open_page, watched)
    everything = ask(
        watched,
        "SELECT count(*) AS n, count(*) FILTER (WHERE transition = 'built_on_rice') AS rice FROM imagery.finding",
    )
    expect(page.get_by_test_id("findings-found")).to_have_text(f"{everything['n']} phát hiện")
    expect(page.get_by_text("không phải biến động đã đăng ký").first).to_be_visible()
    assert numbers(page) == sorted(numbers(page))
    until_js(page, "__geo.map.queryRenderedFeatures({layers: ['finding-place']}).length > 0")
    take_picture(page, "findings")

    page.get_by_test_id("finding-filter-transition").select_option("built_on_rice")
    expect(page.get_by_test_id("findings-found")).to_have_text(f"{everything['rice']} phát hiện")
    expect(findings(page)).to_have_count(everything["rice"])  # the list has an answer of its own
    rice = numbers(page)
    assert len(rice) == everything["rice"] >= 3

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("finding-title")).to_have_text("Xây dựng trên đất lúa")
    expect(page.get_by_test_id("finding-evidence")).to_contain_text("NDVI")
    until_chips(page)
    expect(page.get_by_test_id("finding-plot").get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("NDVI .* từ 0,62 đến 0,11")
    )
    take_picture(page, "finding")

    judge(page, "confirmed", "Đã xây nhà cấp bốn.")
    expect(page.get_by_test_id("finding-state")).to_have_text("Đúng, chưa được phép")
    for verdict in ("false", "not_visible"):
        page.get_by_test_id("finding-next").click()
        expect(page.get_by_test_id("finding-state")).to_have_text("Chưa kết luận")
        judge(page, verdict)
    assert ask(watched, "SELECT array_agg(state ORDER BY number) AS s FROM imagery.finding WHERE state <> 'open'")["s"] == [
        "confirmed", "false", "not_visible",
    ]  # fmt: skip

    page.get_by_test_id("finding-back").click()
    expect(page.get_by_test_id("findings-found")).to_have_text(f"{everything['rice'] - 3} phát hiện")
    page.get_by_test_id("finding-filter-state").select_option("confirmed")
    expect(page.get_by_test_id(f"finding-{rice[0]}")).to_be_visible()
    page.get_by_test_id(f"finding-{rice[0]}").click()
    page.get_by_test_id("open-inspection").click()
    until_js(page, "location.hash.includes('page=dossier')")
    shown = page.get_by_test_id("dossier-finding")
    expect(shown).to_contain_text("Xây dựng trên đất lúa")
    expect(shown).to_contain_text("NDVI")
    expect(shown).to_contain_text("Ảnh mô phỏng")
    code = page.get_by_test_id("dossier-code").inner_text()
    page.get_by_test_id("dossier-show-finding").click()
    expect(page.get_by_text(f"Hồ sơ kiểm tra {code} · Mới đăng ký")).to_be_visible()
    expect(page.get_by_test_id("open-inspection")).to_have_count(0)


def test_the_precision_page_moves_with_the_verdicts(open_page: OpenPage, watched: Service) -> None:
    page = work_list(open_page, watched)
    other = open_page(f"{watched.url}/#page=precision&lang=vi", *DESKTOP)
    open_page_of(other, "thanhtra", "precision-page")
    before = share(other)
    hits, n = (int(part) for part in before.split("/"))
    expect(other.get_by_test_id("precision-few").first).to_contain_text(f"Mới có {n} kết luận")
    findings(page).first.click()
    judge(page, "confirmed")
    expect(other.get_by_test_id("precision-total-all")).to_contain_text(f"({hits + 1}/{n + 1})")
    take_picture(other, "precision")
    page.get_by_test_id("verdict-undo").click()
    expect(page.get_by_test_id("finding-state")).to_have_text("Chưa kết luận")
    expect(other.get_by_test_id("precision-total-all")).to_contain_text(f"({before})")


def test_a_photo_goes_with_a_verdict_and_a_permission_needs_a_reason(
    open_page: OpenPage, watched: Service, tmp_path: Path
) -> None:
    page = work_list(open_page, watched)
    findings(page).last.click()
    page.get_by_test_id("verdict-permitted").click()
    expect(page.get_by_role("alert")).to_contain_text("Hãy ghi rõ căn cứ")
    add_photo(page, tmp_path)
    judge(page, "permitted", "QĐ 15/QĐ-UBND ngày 02/5/2025.")
    history = page.get_by_test_id("finding-history")
    expect(history).to_contain_text("QĐ 15/QĐ-UBND")
    expect(history.locator("img")).to_have_count(1)


def test_an_officer_who_does_not_inspect_reads_and_judges_nothing(open_page: OpenPage, watched: Service) -> None:
    page = work_list(open_page, watched, "diachinh")
    findings(page).first.click()
    expect(page.get_by_text("Bạn xem được phát hiện này nhưng không kết luận.")).to_be_visible()
    expect(page.locator("[data-testid^=verdict-]")).to_have_count(0)
    expect(page.get_by_test_id("open-inspection")).to_have_count(0)


def test_the_work_list_fits_a_phone(open_page: OpenPage, watched: Service) -> None:
    page = work_list(open_page, watched, size=PHONE)
    findings(page).first.click()
    until_chips(page)
    take_picture(page, "finding-phone")
    wide = page.evaluate(
        "() => { const p = document.querySelector('[data-testid=findings-panel]'); return p.scrollWidth - p.clientWidth; }"
    )
    assert wide <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=findings-panel] *')].filter(e => e.childNodes.length && [...e.childNodes].some(
            n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 16 && e.tagName !== 'text')
            .map(e => e.textContent.slice(0, 40))"""
    )
    assert small == []
