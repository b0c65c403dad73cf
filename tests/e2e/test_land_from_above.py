"""The whole way in real browsers, nothing recorded by the back door: pictures of the city, a run that an inspector starts and watches, the work list that
fills by itself, verdicts, the inspection, and the precision that follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from geo_service.accounts.service import add_account
from geo_service.cli.data import add_scenes
from geo_service.settings import Settings
from geo_service.tiles.snapshots import refresh
from imagery.sample.city import lay_out_city
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.inspector import DESKTOP, add_photo, ask, findings, judge, open_page_of, share, take_picture, until_chips
from tests.e2e.officer import until_js
from tests.geo_service.dossiers import partners_ground as ground
from tests.serving import PASSWORD, Service, serving

WATCH = """() => {
    window.__run = [];
    const look = () => {
        const run = document.querySelector('[data-testid=run]');
        const words = document.querySelector('[data-testid=run-step]');
        if (run) window.__run.push([run.dataset.state, Number(run.dataset.progress), words ? words.textContent : '']);
    };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, attributes: true, characterData: true});
}"""
"""Writes down all that the page says of a run, also what is gone a moment later."""


@dataclass
class Town:
    """`built`: parcels that were changed between the second and the third picture."""

    service: Service
    built: set[int]


@pytest.fixture(scope="module")
def town(databases: Databases, reachable_tmp: Path) -> Iterator[Town]:
    """A small city with the pictures that `up` gives its own, two inspectors, a service and a worker; no run."""
    url, folder = databases.create(), reachable_tmp / "above"
    with connect(url) as conn:
        load_sample(conn, units=1, faces=1_200, seed=3)
        conn.commit()
        changed = [one.parcel for one in lay_out_city(conn).changes[1]]
        ward = conn.execute(
            "SELECT mode() WITHIN GROUP (ORDER BY unit) AS code FROM fabric.parcel_version WHERE parcel_id = ANY(%s)",
            (changed,),
        ).fetchone()
        assert ward is not None
        for login, name in (("thanhtra", "Vũ Thanh Tra"), ("dongnghiep", "Đỗ Đồng Nghiệp")):
            add_account(conn, login, PASSWORD, name=name, roles=["inspector"], units=[ward["code"]], demo=True)
    settings = Settings(database_url=url, data_dir=folder)
    add_scenes(url, settings, 1, detect=False, progress=lambda *_: None)
    refresh(url, folder)
    with serving(url, folder) as service, ground.worker(url, folder, ""):
        yield Town(service, set(changed))
    databases.drop(url)


def start_run(page: Page) -> list[list[Any]]:
    """Compare the pictures of 2024 and 2026 in the ward, to the end; what the page said of the run: state, progress, words."""
    page.get_by_test_id("imagery-toggle").click()
    page.get_by_test_id("imagery-detect").click()
    page.get_by_test_id("detect-after").select_option(label="18/03/2026 · Ảnh mô phỏng · 5 m")
    page.get_by_test_id("detect-before").select_option(label="22/03/2024 · Ảnh mô phỏng · 5 m")
    for later in ("04/05/2026", "24/06/2026"):
        page.get_by_test_id("detect-form").get_by_label(re.compile(later)).check()
    page.evaluate(WATCH)
    page.get_by_test_id("detect-start").click()
    page.locator("[data-testid=run][data-state=done]").wait_for()
    said: list[list[Any]] = page.evaluate("window.__run")
    return said


def parcel_of(town: Town, finding: str) -> int | None:
    row = ask(town.service, "SELECT parcel_id FROM imagery.finding WHERE id = %s", finding)
    number: int | None = row["parcel_id"]
    return number


def test_from_two_pictures_to_an_inspection(open_page: OpenPage, town: Town, tmp_path: Path) -> None:
    url = town.service.url
    # a colleague has the empty work list open, the precision page is open elsewhere; neither is loaded again
    colleague = open_page_of(open_page(f"{url}/#page=findings&lang=vi", *DESKTOP), "dongnghiep", "findings-none")
    precision = open_page_of(open_page(f"{url}/#page=precision&lang=vi", *DESKTOP), "thanhtra", "precision-none")
    for waiting in (colleague, precision):
        waiting.evaluate("window.__opened = 'once'")

    page = open_page_of(open_page(f"{url}/#lang=vi", *DESKTOP), "thanhtra", "imagery-toggle")
    said = start_run(page)
    assert said[0][0] in ("queued", "running") and re.match(r"Đang (chờ|chạy).*\(\d+ %\)", said[0][2])
    progress = [share_done for _, share_done, _ in said]
    assert progress == sorted(progress) and progress[-1] == 1
    take_picture(page, "run")

    findings(colleague).first.wait_for()
    found = ask(
        town.service,
        "SELECT count(*) AS n, count(*) FILTER (WHERE simulated) AS simulated"
        " FROM imagery.finding f JOIN imagery.recording USING (run_id)",
    )
    assert found["n"] == found["simulated"] == findings(colleague).count()
    expect(colleague.get_by_test_id("findings-simulated")).to_be_visible()

    page.get_by_test_id("run-findings").click()
    findings(page).first.wait_for()
    ranked = [str(row.get_attribute("data-finding")) for row in findings(page).all()]
    first = [parcel_of(town, key) for key in ranked[:5]]
    assert sum(parcel in town.built for parcel in first) >= 4, "the list begins with what was really changed"

    findings(page).first.click()
    until_chips(page)
    expect(page.get_by_test_id("finding-evidence").locator("li").first).to_contain_text(re.compile(r"\w+"))
    expect(page.get_by_test_id("finding-plot").get_by_role("img")).to_have_attribute("aria-label", re.compile("NDVI"))
    take_picture(page, "finding")

    add_photo(page, tmp_path)
    judge(page, "confirmed", "Đã san nền, đang xây móng.")
    expect(page.get_by_test_id("finding-state")).to_have_text("Đúng, chưa được phép")
    expect(page.get_by_test_id("finding-history").locator("img")).to_have_count(1)
    expect(precision.get_by_test_id("precision-total-all")).to_contain_text("(1/1)")
    for verdict, note, state, total in (
        ("false", "", "Báo nhầm", "1/2"),
        ("permitted", "QĐ 15/QĐ-UBND ngày 02/5/2025.", "Đã được phép", "2/3"),
    ):
        page.get_by_test_id("finding-next").click()
        expect(page.get_by_test_id("finding-state")).to_have_text("Chưa kết luận")
        judge(page, verdict, note)
        expect(page.get_by_test_id("finding-state")).to_have_text(state)
        expect(precision.get_by_test_id("precision-total-all")).to_contain_text(f"({total})")
    assert share(precision) == "2/3"
    expect(findings(colleague)).to_have_count(len(ranked) - 3)  # what is judged waits no longer, for nobody

    page.get_by_test_id("finding-back").click()
    page.get_by_test_id("finding-filter-state").select_option("confirmed")
    findings(page).first.click()
    title = page.get_by_test_id("finding-title").inner_text()
    page.get_by_test_id("open-inspection").click()
    shown = page.get_by_test_id("dossier-finding")
    expect(shown).to_contain_text(title)
    expect(shown).to_contain_text("Ảnh mô phỏng")
    take_picture(page, "inspection")
    bound = ask(
        town.service,
        "SELECT d.code, d.procedure, d.finding ->> 'id' AS finding, p.parcel_id FROM imagery.finding f JOIN dossier.dossier d ON d.id = f.dossier_id"
        " JOIN dossier.parcel p ON p.dossier_id = d.id AND p.role = 'subject' WHERE f.id = %s",
        ranked[0],
    )
    assert (bound["procedure"], bound["finding"]) == ("NB.KIEMTRA", ranked[0])
    assert bound["parcel_id"] == parcel_of(town, ranked[0])
    expect(page.get_by_test_id("dossier-code")).to_have_text(bound["code"])
    page.get_by_test_id("dossier-show-finding").click()
    expect(page.get_by_text(f"Hồ sơ kiểm tra {bound['code']} · Mới đăng ký")).to_be_visible()

    for waiting in (colleague, precision):
        assert waiting.evaluate("window.__opened") == "once"
    until_js(colleague, "__geo.map.queryRenderedFeatures({layers: ['finding-place']}).length > 0")
