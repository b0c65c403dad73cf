"""The forecast of building in real browsers: its layer, its error beside it, who sees what of it, and what is not shown at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from geo_service.accounts.service import add_account
from geo_service.tiles.snapshots import refresh
from imagery.forecast.making import make
from imagery.sample.city import lay_out_city
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.inspector import DESKTOP, PHONE, ask, open_page_of, take_picture
from tests.e2e.officer import click_map, until_js
from tests.imagery.forecast.ground import both_periods
from tests.serving import PASSWORD, Service, serving

FILLED = "__geo.map.getLayer('forecast-fill') && __geo.map.queryRenderedFeatures({layers: ['forecast-fill']})"
PLACE = """
    SELECT p.parcel_id, p.unit, p.probability, ST_X(c) AS lon, ST_Y(c) AS lat FROM imagery.forecast_parcel p
    JOIN fabric.parcel_version v ON v.parcel_id = p.parcel_id AND v.retired_by IS NULL,
    LATERAL (SELECT ST_Transform(ST_PointOnSurface(v.geom_3857), 4326) AS c) q WHERE p.rank = 1
"""


@pytest.fixture(scope="module")
def foreseen(databases: Databases, reachable_tmp: Path) -> Iterator[Service]:
    """A city with two periods of building on record and a forecast from them; an inspector of all of it and one of each ward."""
    url, folder = databases.create(), reachable_tmp / "forecast"
    with connect(url) as conn:
        load_sample(conn, units=3, faces=4_000, seed=1)
        both_periods(conn, lay_out_city(conn))
        assert make(conn)["better"]
        add_account(conn, "thanhtra", PASSWORD, name="Vũ Thanh Tra", roles=["inspector"], demo=True)
        for row in conn.execute("SELECT DISTINCT unit FROM imagery.forecast_parcel").fetchall():
            add_account(
                conn,
                f"xa{row['unit']}",
                PASSWORD,
                name="Lê Thanh Tra",
                roles=["inspector"],
                units=[row["unit"]],
                demo=True,
            )
    refresh(url, folder)
    with serving(url, folder) as service:
        yield service
    databases.drop(url)


def switched_on(open_page: OpenPage, service: Service, login: str, size: tuple[int, int], tail: str = "") -> Page:
    page = open_page_of(open_page(f"{service.url}/#lang=vi{tail}", *size), login, "imagery-toggle")
    page.get_by_test_id("imagery-toggle").click()
    page.get_by_test_id("forecast-switch").check()
    page.get_by_test_id("forecast-proof").wait_for()
    return page


def test_open_land_is_coloured_and_how_wrong_that_was_is_said(open_page: OpenPage, foreseen: Service) -> None:
    said = ask(foreseen, "SELECT figures FROM imagery.forecast")["figures"]
    best = ask(foreseen, PLACE)
    near = f"&map=16/{best['lat']:.6f}/{best['lon']:.6f}"
    page = switched_on(open_page, foreseen, "thanhtra", DESKTOP, near)
    expect(page.get_by_test_id("forecast-simulated")).to_be_visible()
    hits = [round(said[name] * said["k"]) for name in ("precision_at_k", "persistence_precision_at_k", "base_rate")]
    assert page.get_by_test_id("forecast-proof").locator("td").all_inner_texts() == [
        str(hits[0]), str(hits[1]), f"≈ {hits[2]}",
    ]  # fmt: skip
    until_js(page, f"({FILLED})?.length > 5")
    best_drawn = f"({FILLED}).some(({{id, properties: p}}) => p.rank === 1 && id === {best['parcel_id']})"
    until_js(page, best_drawn)  # tiles come one by one
    click_map(page, best["lon"], best["lat"])
    expect(page.get_by_test_id("forecast-picked")).to_have_text(
        f"Thửa vừa chọn: {round(best['probability'] * 100)}%, xếp thứ 1."
    )
    take_picture(page, "forecast")
    until_js(page, "location.hash.includes('forecast=1')")

    visitor = open_page(page.url)
    visitor.get_by_test_id("sign-in").wait_for()
    assert not visitor.evaluate(FILLED)
    expect(visitor.get_by_test_id("forecast-bar")).to_have_count(0)

    page.get_by_test_id("forecast-off").click()
    until_js(page, "!location.hash.includes('forecast')")
    assert page.evaluate("__geo.map.getStyle().layers.filter(({id}) => id.startsWith('forecast')).length") == 0


def test_an_inspector_of_one_ward_sees_its_parcels_only(open_page: OpenPage, foreseen: Service) -> None:
    best = ask(foreseen, PLACE)
    page = switched_on(open_page, foreseen, f"xa{best['unit']}", DESKTOP)
    until_js(page, "__geo.map.loaded() && __geo.map.areTilesLoaded()")
    until_js(page, f"({FILLED})?.length > 50")
    seen = page.evaluate(f"({FILLED}).map(({{id}}) => id)")
    units = ask(
        foreseen, "SELECT array_agg(DISTINCT unit) AS all FROM imagery.forecast_parcel WHERE parcel_id = ANY(%s)", seen
    )
    assert units["all"] == [best["unit"]]


def test_it_fits_a_phone(open_page: OpenPage, foreseen: Service) -> None:
    page = switched_on(open_page, foreseen, "thanhtra", PHONE)
    small = """name => [...document.querySelectorAll(`[data-testid=${name}] *`)].filter(e => e.innerText?.trim() && e.checkVisibility()
        && parseFloat(getComputedStyle(e).fontSize) < 16).map(e => e.innerText)"""
    assert page.evaluate(small, "forecast-part") == []
    page.get_by_test_id("imagery-close").click()
    page.get_by_test_id("forecast-bar").wait_for()
    assert page.evaluate(small, "forecast-bar") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    until_js(page, "__geo.map.queryRenderedFeatures({layers: ['forecast-likely']}).length > 10")
    take_picture(page, "forecast-phone")


@pytest.mark.parametrize(
    ("kept", "testid", "words"),
    [
        ({"problem": "too-few-changes"}, "forecast-problem", "quá ít thửa"),
        ({"weights": Jsonb({}), "figures": True}, "forecast-worse", "không hơn phỏng đoán"),
    ],
)
def test_a_forecast_that_is_worth_nothing_is_not_on_the_map(
    open_page: OpenPage, foreseen: Service, kept: dict[str, object], testid: str, words: str
) -> None:
    figures = ask(foreseen, "SELECT figures FROM imagery.forecast WHERE better")["figures"]
    kept = kept | ({"figures": Jsonb(figures)} if "figures" in kept else {})
    with connect(foreseen.database) as conn:
        conn.execute(
            f"INSERT INTO imagery.forecast (learned_from, learned_to, judged_from, judged_to, runs, simulated, {', '.join(kept)})"
            f" SELECT learned_from, learned_to, judged_from, judged_to, '{{}}', true, {', '.join(['%s'] * len(kept))} FROM imagery.forecast LIMIT 1",
            list(kept.values()),
        )
    page = open_page_of(open_page(f"{foreseen.url}/#forecast=1&lang=vi", *DESKTOP), "thanhtra", "imagery-toggle")
    page.get_by_test_id("imagery-toggle").click()
    expect(page.get_by_test_id(testid)).to_contain_text(words)
    expect(page.get_by_test_id("forecast-switch")).to_have_count(0)
    assert not page.evaluate(FILLED)
