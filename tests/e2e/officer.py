"""What an officer does with mouse and keyboard, for the browser tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Page

from layers.db import connect
from tests.serving import HEADERS, PASSWORD, Service


def until_js(page: Page, expression: str, arg: Any = None, seconds: float = 60) -> None:
    """Wait until a JavaScript expression or function is true. Asked from outside: the page's own policy forbids `eval`."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(50)


def parcel(database: str, number: int, *, least_m2: float = 120, most_m2: float = 900) -> dict[str, Any]:
    """A land parcel of four to eight corners to work on; `number` picks which, so tests do not get in each other's way."""
    with connect(database) as conn:
        row = conn.execute(
            """
            SELECT v.parcel_id AS id, p.code, v.sheet, v.number, ST_X(c) AS lon, ST_Y(c) AS lat, ST_XMin(g) AS w, ST_XMax(g) AS e,
                   ST_YMin(g) AS s, ST_YMax(g) AS n, v.official_area_m2 AS area
            FROM fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id,
                 LATERAL (SELECT ST_Transform(v.geom_3857, 4326) AS g, ST_Transform(ST_PointOnSurface(v.geom_3857), 4326) AS c) x
            WHERE v.retired_by IS NULL AND v.created_by = 1 AND v.kind = 'land' AND p.code IS NOT NULL
              AND v.area_m2 BETWEEN %s AND %s AND ST_NPoints(v.geom) BETWEEN 5 AND 9
              AND ST_Area(v.geom) > 0.8 * ST_Area(ST_OrientedEnvelope(v.geom))
            ORDER BY v.parcel_id OFFSET %s LIMIT 1
            """,
            (least_m2, most_m2, number * 17),
        ).fetchone()
    assert row is not None
    return dict(row)


def address(url: str, place: dict[str, Any], zoom: float = 19.5, *, select: bool = True) -> str:
    """The map over a parcel, with the parcel's panel open or not."""
    chosen = f"&parcel={place['code']}" if select else ""
    return f"{url}/#map={zoom}/{place['lat']:.7f}/{place['lon']:.7f}{chosen}"


def sign_in(page: Page, login: str = "canbo", password: str = PASSWORD) -> None:
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("login").fill(login)
    page.get_by_test_id("password").fill(password)
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("account").wait_for()


def click_map(page: Page, lon: float, lat: float) -> None:
    """Click the map at a place, as a hand would: move there first."""
    spot = page.evaluate(
        "([lon, lat]) => { const p = __geo.map.project([lon, lat]); const box = __geo.map.getCanvas().getBoundingClientRect();"
        " return {x: p.x + box.left, y: p.y + box.top}; }",
        [lon, lat],
    )
    page.mouse.move(spot["x"] - 3, spot["y"])
    page.mouse.move(spot["x"], spot["y"])
    page.mouse.click(spot["x"], spot["y"])


def ids_at(page: Page, lon: float, lat: float) -> list[int]:
    """Parcel ids that are drawn at a place, in tiles or in the live overlay."""
    found: list[int] = page.evaluate(
        "([lon, lat]) => [...new Set(__geo.map.queryRenderedFeatures(__geo.map.project([lon, lat]))"
        ".map(f => Number(f.id ?? f.properties.id)).filter(n => n > 0))]",
        [lon, lat],
    )
    return found


def draw_split(page: Page, place: dict[str, Any]) -> None:
    """Pick the tool and draw a line from west to east through the middle of the selected parcel."""
    if page.get_by_test_id("edit-panel").count() == 0:
        page.get_by_test_id("edit-here").or_(page.get_by_test_id("open-editor")).first.click()
    page.get_by_test_id("tool-split_by_line").click()
    lat = (place["s"] + place["n"]) / 2
    margin = (place["e"] - place["w"]) * 0.15
    click_map(page, place["w"] - margin, lat)
    click_map(page, place["e"] + margin, lat)


@dataclass
class Staffed:
    """A service being served, and the accounts that can be signed in to."""

    service: Service
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        return self.service.url

    def come(self, page: Page, login: str) -> None:
        sign_in(page, login, self.passwords[login])

    @contextmanager
    def client(self, login: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, headers=HEADERS, timeout=30) as made:
            answer = made.post("/api/session", json={"login": login, "password": self.passwords[login]})
            assert answer.status_code == 200, answer.text
            yield made

    def act(self, login: str, dossier: str, *actions: str, **body: Any) -> None:
        """Steps of an officer, through the API."""
        with self.client(login) as client:
            for action in actions:
                seen = client.get(f"/api/dossiers/{dossier}").json()["revision"]
                answer = client.post(f"/api/dossiers/{dossier}/actions/{action}", json={"revision": seen, **body})
                assert answer.status_code == 200, answer.text
