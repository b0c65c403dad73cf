"""Commit → changed pixel in headless Chromium. The page says what it has painted (`window.__geo.lastPaintedSeq`);
screenshots prove for the first edits that the colour of the parcel has changed when it says so."""

from __future__ import annotations

import importlib.util
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely

from layers.crs import FabricCrs
from layers.db import connect
from layers.errors import Problem
from layers.fabric import ledger
from tests.benchmarks import edits
from tests.benchmarks.city import SRID, City
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import ROOT, Server

ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PROVEN = 3  # edits whose pixels are looked at
WATCH = """() => {
    const seen = (window.__seen = {});
    const look = () => {
        const geo = window.__geo, now = performance.timeOrigin + performance.now();
        if (geo) {
            const painted = geo.lastPaintedSeq;
            if (seen.last !== painted) { seen.last = painted; (seen.painted ??= []).push([painted, now]); }
            const live = geo.map.getSource("live"), fabric = geo.map.isSourceLoaded("fabric");
            const empty = !geo.map.querySourceFeatures("live").length;
            const settled = fabric && empty && geo.lastSeq === painted && geo.map.areTilesLoaded();
            if (settled && seen.quiet !== painted) { seen.quiet = painted; (seen.settled ??= []).push([painted, now]); }
        }
        requestAnimationFrame(look);
    };
    look();
}"""


def available() -> str | None:
    """Why this cannot be measured, or None."""
    if not (ROOT / "geo_service/web/dist/index.html").is_file():
        return "the web application is not built (make web)"
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return None if chromium() else "there is no Chromium"


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _parcel(city: City) -> tuple[int, shapely.Point]:
    """A land parcel near the middle, large enough to be seen, and a point in it (degrees)."""
    with connect(city.url) as conn:
        hot = edits.boxes(conn)[1]
        box = FabricCrs(SRID).to_web_sql(f"ST_MakeEnvelope(%s, %s, %s, %s, {SRID})")
        row = conn.execute(
            f"SELECT parcel_id AS id, ST_AsBinary(ST_Transform(ST_PointOnSurface(geom_3857), 4326)) AS place"
            f" FROM fabric.parcel_version WHERE retired_by IS NULL AND kind = 'land' AND area_m2 BETWEEN 150 AND 3000"
            f" AND geom_3857 && {box} ORDER BY area_m2 DESC LIMIT 1",
            hot,
        ).fetchone()
    if row is None:
        raise RuntimeError("no parcel to look at")
    return row["id"], shapely.from_wkb(row["place"])


def _recolour(city: City, parcel: int, use: str) -> tuple[int, float]:
    """Reclassify; seq and the wall-clock ms at which COMMIT was sent."""
    crs = FabricCrs(SRID)
    with connect(city.url) as conn:
        intents = edits.parsed([{"type": "reclassify", "parcel": parcel, "land_use": use}])
        done = ledger.commit(conn, crs, intents, reason="benchmark", author="officer", base_seq=ledger.head(conn))
        sent = time.time() * 1000
        conn.commit()
    return done.seq, sent


def _pixel(page: Any, folder: Path) -> tuple[int, ...]:
    """Colour beside the middle of the map (the median of a small square: labels and lines are thin)."""
    file = folder / "pixel.png"
    size = page.viewport_size
    clip = {"x": size["width"] / 2 - 12, "y": size["height"] / 2 - 12, "width": 24, "height": 24}
    page.screenshot(path=str(file), clip=clip)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        image = rasterio.open(file)
    with image:
        return tuple(int(value) for value in np.median(image.read()[:3].reshape(3, -1), axis=1))


def run(results: Results, city: City, server: Server, folder: Path, count: int) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only this row needs a browser)

    parcel, place = _parcel(city)
    painted, settled, unproven = [], [], 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 800}, bypass_csp=True)  # it polls inside the page
        page.goto(f"http://localhost:{server.port}/#map=18.50/{place.y:.6f}/{place.x:.6f}")
        page.wait_for_function(
            "window.__geo && window.__geo.liveState === 'live' && window.__geo.map.loaded()", timeout=90_000
        )
        page.wait_for_timeout(2_000)
        page.evaluate(WATCH)
        for turn in range(count):
            before = _pixel(page, folder) if turn < PROVEN else None
            try:
                seq, sent = _recolour(city, parcel, ("TMD", "LUC")[turn % 2])
            except Problem as error:
                raise RuntimeError(f"the edit was refused: {error.detail}") from error
            page.wait_for_function(f"window.__geo.lastPaintedSeq >= {seq}", timeout=20_000)
            if before is not None and _pixel(page, folder) == before:
                unproven += 1
            page.wait_for_function(f"(window.__seen.quiet ?? 0) >= {seq}", timeout=20_000)
            seen = page.evaluate("window.__seen")
            painted.append(next(now for at, now in seen["painted"] if at >= seq) - sent)
            settled.append(next(now for at, now in seen["settled"] if at >= seq) - sent)
            page.wait_for_timeout(300)
        browser.close()
    if unproven:
        results.wrong.append(f"the page said painted, but the pixel had not changed ({unproven} of {PROVEN})")
    results.add(
        "pixel_p50",
        percentile(painted, 0.5),
        f"{count} edits, software rendering, {PROVEN - unproven} proven by screenshot",
    )
    results.add("pixel_p95", percentile(painted, 0.95))
    results.add("refetched_p95", percentile(settled, 0.95), f"p50 {percentile(settled, 0.5):.0f} ms")
