"""Imagery in real browsers: a pair of pictures is sent, compared, laid in a time lapse and searched for change, and what was found is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from geo_service.accounts.service import add_account
from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import sign_in, until_js
from tests.geo_service.dossiers import partners_ground as ground
from tests.serving import PASSWORD, Service, serving

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
DESKTOP, PHONE = (1440, 900), (390, 844)
PAIR = ("m_4709963_se_14_1_20100629.tif", "m_4709963_se_14_1_20200831.tif")
DATES = ("29/06/2010", "31/08/2020")


@pytest.fixture(scope="module")
def pair(test_data: Path) -> list[Path]:
    files = [test_data / "change" / "naip" / name for name in PAIR]
    if not all(file.is_file() for file in files):
        pytest.skip("no NAIP pair in the test data")
    return files


@pytest.fixture(scope="module")
def seen(databases: Databases, reachable_tmp: Path) -> Iterator[Service]:
    """A small city, somebody who manages imagery and judges what is found, and the worker that converts and detects."""
    url, folder = databases.create(), reachable_tmp / "imagery"
    with connect(url) as conn:
        load_sample(conn, units=1, faces=300, seed=4)
        add_account(conn, "vientham", PASSWORD, name="Trần Viễn Thám", roles=["administrator", "inspector"], demo=True)
        add_account(conn, "dan", PASSWORD, name="Người Dân", roles=["citizen"], demo=True)
    refresh(url, folder)
    with serving(url, folder) as service, ground.worker(url, folder, ""):
        yield service
    databases.drop(url)


def drawn(page: Page) -> None:
    """Wait until the map shows all it has been asked for."""
    page.wait_for_timeout(200)
    until_js(page, "window.__geo.map.loaded() && window.__geo.map.areTilesLoaded()")
    page.wait_for_timeout(200)


def half(page: Page, side: str) -> bytes:
    """Pixels of a part of the map left or right of its middle, clear of panels and of the handle."""
    clip = {"left": (500, 200, 160, 500), "right": (900, 200, 160, 500)}[side]
    return page.screenshot(clip=dict(zip(("x", "y", "width", "height"), clip, strict=True)))  # type: ignore[arg-type]


def scenes(page: Page) -> Locator:
    return page.get_by_test_id("imagery-scenes").locator("li")


def send(page: Page, file: Path) -> None:
    page.get_by_test_id("imagery-add").click()
    page.get_by_test_id("upload-input").set_input_files(file)
    page.get_by_test_id("upload-elsewhere").check()
    page.get_by_test_id("upload-send").click()
    page.locator("[data-testid=upload-state][data-state=done]").wait_for()
    page.get_by_test_id("upload-look").click()


def panel(
    open_page: OpenPage, seen: Service, size: tuple[int, int] = DESKTOP, tail: str = "", **options: object
) -> Page:
    page = open_page(f"{seen.url}/#lang=vi{tail}", *size, **options)
    sign_in(page, "vientham")
    if page.get_by_test_id("imagery-panel").count() == 0:
        page.get_by_test_id("imagery-toggle").click()
    page.get_by_test_id("imagery-panel").wait_for()
    return page


@pytest.fixture
def shown(open_page: OpenPage, seen: Service, pair: list[Path]) -> Page:
    """The panel with the pair in it, whoever needs it first sends it; the map over the later picture."""
    page = panel(open_page, seen)
    page.get_by_test_id("imagery-add").wait_for()
    until_js(page, "!document.querySelector('[data-testid=imagery-panel] .mantine-Loader-root')")
    for file, date in zip(pair, DATES, strict=True):
        if scenes(page).filter(has_text=date).count() == 0:
            send(page, file)
            scenes(page).filter(has_text=date).wait_for()
    newest = scenes(page).filter(has_text=DATES[1])
    if newest.get_attribute("data-on") != "true":
        newest.get_by_role("button").first.click()
    newest.get_by_test_id("scene-zoom").click()
    page.wait_for_timeout(1_200)  # the flight
    drawn(page)
    return page


def test_a_pair_is_sent_compared_searched_and_judged(shown: Page) -> None:
    page = shown
    row = scenes(page).filter(has_text=DATES[0])
    expect(row).to_contain_text("NAIP")
    expect(row).to_contain_text("Ngoài thành phố")
    expect(row).to_contain_text("Giấy phép")

    page.get_by_test_id("imagery-mode").get_by_text("So sánh").click()
    expect(page.get_by_test_id("swipe-before")).to_have_text(DATES[0])
    expect(page.get_by_test_id("swipe-after")).to_have_text(DATES[1])
    drawn(page)
    earlier_left, later_right = half(page, "left"), half(page, "right")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "imagery-swipe.png")
    handle = page.get_by_test_id("swipe-handle")
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 26, box["y"] + 26)
    page.mouse.down()
    page.mouse.move(430, box["y"] + 26, steps=6)
    page.mouse.up()
    drawn(page)
    assert (
        half(page, "left") != earlier_left and half(page, "right") == later_right
    )  # the later picture is all over now
    handle.press("End")
    expect(handle).to_have_attribute("aria-valuenow", "100")
    drawn(page)
    assert half(page, "left") == earlier_left and half(page, "right") != later_right  # and now the earlier one
    handle.press("Shift+ArrowLeft")
    expect(handle).to_have_attribute("aria-valuenow", "90")

    page.get_by_test_id("imagery-detect").click()
    page.get_by_test_id("detect-start").click()
    run = page.get_by_test_id("run")
    expect(page.get_by_test_id("run-step").or_(page.get_by_test_id("run-findings")).first).to_be_visible()
    page.screenshot(path=PICTURES / "imagery-run.png")
    run.and_(page.locator("[data-state=done]")).wait_for(timeout=120_000)
    expect(run).to_contain_text("phát hiện")
    page.get_by_test_id("run-findings").click()
    found = page.locator("[data-testid=finding-list] [data-finding]")
    found.first.wait_for()
    assert found.count() >= 3
    for place, verdict in enumerate(("confirmed", "false", "not_visible")):
        found.nth(place).click()
        page.get_by_test_id("finding-detail").wait_for()
        page.get_by_test_id(f"verdict-{verdict}").click()
        page.get_by_test_id("finding-standing").wait_for()
        page.get_by_test_id("finding-back").click()
        found.first.wait_for()


def test_the_dates_run_one_after_the_other(shown: Page) -> None:
    page = shown
    page.get_by_test_id("imagery-mode").get_by_text("Theo thời gian").click()
    caption = page.get_by_test_id("lapse-caption")
    expect(caption).to_have_text(f"{DATES[1]} (2/2)")
    page.get_by_test_id("lapse-previous").click()
    expect(caption).to_have_text(f"{DATES[0]} (1/2)")
    drawn(page)
    first = half(page, "left")
    page.get_by_test_id("lapse-speed").select_option("0.5")
    page.get_by_test_id("lapse-play").click()
    expect(caption).to_have_text(f"{DATES[1]} (2/2)")
    expect(caption).to_have_text(f"{DATES[0]} (1/2)")
    page.get_by_test_id("lapse-play").click()
    expect(page.get_by_test_id("lapse-play")).to_have_attribute("aria-label", "Phát")
    if "(1/2)" in caption.inner_text():  # it may have gone on in the meantime
        page.get_by_test_id("lapse-next").click()
    expect(caption).to_have_text(f"{DATES[1]} (2/2)")
    drawn(page)
    assert half(page, "left") != first


def test_what_is_shown_is_in_the_address(shown: Page, open_page: OpenPage) -> None:
    page = shown
    page.get_by_test_id("imagery-look").select_option("ndvi")
    expect(page.get_by_test_id("imagery-legend")).to_contain_text("cây")
    page.get_by_test_id("imagery-mode").get_by_text("So sánh").click()
    page.get_by_test_id("swipe-handle").press("Home")
    until_js(page, "/img=[0-9a-f-]{36},ndvi,100,[0-9a-f-]{36},0/.test(location.hash)")
    other = open_page(page.url)
    expect(other.get_by_test_id("swipe-handle")).to_have_attribute("aria-valuenow", "0")
    expect(other.get_by_test_id("imagery-look")).to_have_value("ndvi")
    expect(other.get_by_test_id("imagery-add")).to_have_count(0)  # a visitor looks, and no more
    other.get_by_test_id("imagery-off").click()
    until_js(other, "!location.hash.includes('img=')")
    assert other.evaluate("__geo.map.getPaintProperty('faces-fill', 'fill-opacity')") != 0
    assert other.evaluate("__geo.map.getStyle().layers.filter(({id}) => id.startsWith('scene')).length") == 0


def test_bands_and_contrast_of_ones_own(shown: Page, open_page: OpenPage) -> None:
    page = shown
    natural = half(page, "right")
    page.get_by_test_id("imagery-look").select_option(label="Tự chọn ba kênh")
    chosen = [page.get_by_test_id(f"imagery-band-{one}").input_value() for one in ("red", "green", "blue")]
    assert chosen == ["nir", "red", "green"]
    page.get_by_test_id("imagery-band-blue").select_option("blue")
    drawn(page)
    infrared = half(page, "right")
    assert infrared != natural
    page.get_by_test_id("imagery-stretch").select_option("10-90")
    drawn(page)
    assert half(page, "right") != infrared
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "imagery-bands.png")
    until_js(page, "/img=[0-9a-f-]{36},nir.red.blue~10-90,100/.test(location.hash)")
    other = open_page(page.url)
    expect(other.get_by_test_id("imagery-band-red")).to_have_value("nir")
    expect(other.get_by_test_id("imagery-stretch")).to_have_value("10-90")
    other.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))
    drawn(other)
    other.screenshot(path=PICTURES / "imagery-bands-phone.png")
    page.get_by_test_id("imagery-look").select_option("ndvi")
    expect(page.get_by_test_id("imagery-stretch")).to_have_count(0)  # an index has colours of its own


def test_a_picture_that_is_none_is_refused_in_words(open_page: OpenPage, seen: Service, tmp_path: Path) -> None:
    page = panel(open_page, seen)
    broken = tmp_path / "anh.tif"
    broken.write_bytes(b"II*\0" + b"x" * 5_000)
    page.get_by_test_id("imagery-add").click()
    page.get_by_test_id("upload-input").set_input_files(broken)
    page.get_by_test_id("upload-send").click()
    state = page.get_by_test_id("upload-state").or_(page.get_by_test_id("upload-form").get_by_role("alert"))
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible(timeout=60_000)
    expect(state.first).to_contain_text(re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặ]"))


def test_it_fits_a_phone(open_page: OpenPage, seen: Service, shown: Page) -> None:
    page = panel(open_page, seen, PHONE, tail=f"&{shown.url.partition('#')[2]}", has_touch=True, is_mobile=True)
    page.get_by_test_id("imagery-mode").get_by_text("So sánh").click()
    page.get_by_test_id("imagery-close").click()
    handle = page.get_by_test_id("swipe-handle")
    box = handle.bounding_box()
    assert box is not None and box["width"] >= 44 and box["height"] >= 44
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + 26, box["y"] + 26
    for kind, by in (("touchStart", 0), ("touchMove", 40), ("touchMove", 80), ("touchEnd", None)):
        points = [] if by is None else [{"x": x + by, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(handle).to_have_attribute("aria-valuenow", re.compile("^7[0-2]$"))
    drawn(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "imagery-phone.png")
    for name in ("imagery-toggle", "legend-toggle", "time-toggle"):
        button = page.get_by_test_id(name).bounding_box()
        assert button is not None and button["x"] + button["width"] <= PHONE[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    small = page.evaluate(
        "() => [...document.querySelectorAll('[data-testid=imagery-bar] *')]"
        ".filter(e => e.innerText?.trim() && parseFloat(getComputedStyle(e).fontSize) < 16).map(e => e.innerText)"
    )
    assert small == []
