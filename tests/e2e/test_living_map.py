"""The main job in real browsers: an edit in one is drawn in the other, refusals point at the place, a lost connection is said."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Route, expect

from layers.db import connect
from layers.fabric.audit import audit
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import address, click_map, draw_split, ids_at, parcel, sign_in, until_js
from tests.serving import Service


def test_an_edit_in_one_browser_is_drawn_in_the_other(city: Service, open_page: OpenPage) -> None:
    city.login()
    place = parcel(city.database, 1)
    officer = open_page(address(city.url, place))
    citizen = open_page(address(city.url, place, select=False))
    expect(citizen.get_by_test_id("live-state")).to_have_attribute("data-state", "live")
    inside = (place["lon"], place["lat"])
    until_js(
        citizen,
        "([id, at]) => __geo.map.queryRenderedFeatures(__geo.map.project(at)).some(f => f.id === id)",
        [place["id"], inside],
    )

    sign_in(officer)
    draw_split(officer, place)
    officer.get_by_test_id("preview").click()
    officer.get_by_test_id("preview-panel").wait_for()
    rows = officer.get_by_test_id("affected").locator("tbody tr")
    assert rows.count() >= 2, "two pieces, and neighbours that gain a point"
    officer.get_by_test_id("reason").fill("Tách thửa theo đơn của chủ sử dụng")
    seen_before = citizen.evaluate("__geo.lastSeq")
    officer.get_by_test_id("commit").click()
    officer.get_by_test_id("committed").wait_for()

    until_js(citizen, "n => __geo.lastPaintedSeq > n", seen_before)
    drawn = ids_at(citizen, *inside)
    with connect(city.database) as conn:
        new = {row["child"] for row in conn.execute("SELECT child FROM lineage WHERE parent = %s", (place["id"],))}
        assert len(new) == 2
        assert set(drawn) & new, "the new boundary is drawn without a reload"
        assert audit(conn).clean
    assert citizen.get_by_test_id("seq").inner_text().replace(".", "").endswith(str(citizen.evaluate("__geo.lastSeq")))
    # and when the tiles were fetched afresh, the old parcel is gone from them and the new one is there
    until_js(
        citizen,
        "([id, at]) => !__geo.map.queryRenderedFeatures(__geo.map.project(at)).some(f => f.id === id)",
        [place["id"], inside],
    )
    assert set(ids_at(citizen, *inside)) & new


def test_a_refusal_points_at_the_segments(city: Service, open_page: OpenPage) -> None:
    city.login()
    place = parcel(city.database, 3)
    page = open_page(address(city.url, place))
    sign_in(page)
    page.get_by_test_id("edit-here").or_(page.get_by_test_id("open-editor")).first.click()
    page.get_by_test_id("tool-split_by_line").click()
    click_map(page, place["w"] - (place["e"] - place["w"]) * 0.2, place["lat"])
    click_map(page, place["lon"], place["lat"])
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("refusal")).to_contain_text("kết thúc bên trong thửa")
    with connect(city.database) as conn:
        assert (
            conn.execute("SELECT count(*) AS n FROM parcel_version WHERE parcel_id = %s", (place["id"],)).fetchone()[
                "n"
            ]
            == 1
        )  # type: ignore[index]


def test_enter_takes_what_is_typed_now_and_not_an_answer_from_before(city: Service, open_page: OpenPage) -> None:
    first, second = parcel(city.database, 6), parcel(city.database, 7)
    page = open_page(city.url)
    box = page.get_by_test_id("search")
    box.fill(first["code"])
    page.get_by_test_id("search-result").first.wait_for()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/api/search?*{second['code']}*", hold, times=1)
    box.fill(second["code"])
    box.press("Enter")
    expect(page.locator("[inert]").get_by_test_id("search-result").first).to_be_visible()
    while not held:
        page.wait_for_timeout(20)
    expect(page.get_by_test_id("panel")).to_have_count(0)
    held[0].continue_()
    expect(page.get_by_test_id("panel")).to_contain_text(second["code"])
    expect(box).not_to_be_focused()


def test_search_panel_history_and_time(city: Service, open_page: OpenPage) -> None:
    city.login()
    place = parcel(city.database, 5)
    city.edit(
        {"type": "reclassify", "parcel": place["id"], "land_use": "TMD"}, reason="Chuyển mục đích sang thương mại"
    )
    page = open_page(city.url)
    page.keyboard.press("/")
    page.keyboard.type(place["code"])
    page.get_by_test_id("search-result").first.click()
    panel = page.get_by_test_id("panel")
    expect(panel).to_contain_text("TMD · Đất thương mại, dịch vụ")
    page.get_by_test_id("tab-history").click()
    expect(page.get_by_test_id("history")).to_contain_text("Thay đổi thông tin")
    expect(page.get_by_test_id("history")).not_to_contain_text("Chuyển mục đích sang thương mại")
    expect(page.get_by_test_id("history")).not_to_contain_text("canbo")
    sign_in(page)
    expect(page.get_by_test_id("history")).to_contain_text("Chuyển mục đích sang thương mại")
    page = open_page(f"{address(city.url, place)}&at=1")
    expect(page.get_by_test_id("past-banner")).to_be_visible()
    expect(page.get_by_test_id("panel")).to_contain_text("Mã định danh")
    expect(page.get_by_test_id("panel")).not_to_contain_text("TMD")
    page.get_by_test_id("back-to-now").click()
    expect(page.get_by_test_id("past-banner")).to_have_count(0)
    expect(page.get_by_test_id("panel")).to_contain_text("TMD")


def test_english_and_phone(city: Service, open_page: OpenPage) -> None:
    place = parcel(city.database, 7)
    page = open_page(f"{address(city.url, place)}&lang=en", width=390, height=844, has_touch=True, is_mobile=True)
    expect(page.get_by_test_id("panel")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("simulated")).to_be_visible()
    overflow = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not overflow, "nothing sticks out of a phone's screen"


def test_a_lost_connection_is_said_and_made_good(city: Service, open_page: OpenPage) -> None:
    city.login()
    place = parcel(city.database, 9)
    page = open_page(address(city.url, place, select=False))
    state = page.get_by_test_id("live-state")
    expect(state).to_have_attribute("data-state", "live")
    city.kill()
    expect(state).not_to_have_attribute("data-state", "live", timeout=30_000)
    city.start_again()
    done = city.edit({"type": "reclassify", "parcel": place["id"], "land_use": "DKV"})
    expect(state).to_have_attribute("data-state", "live", timeout=60_000)
    until = time.monotonic() + 30
    while page.evaluate("__geo.lastSeq") < done["seq"] and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert page.evaluate("__geo.lastSeq") >= done["seq"], "what happened meanwhile was caught up"
    assert re.search(r"\d", page.get_by_test_id("seq").inner_text())
