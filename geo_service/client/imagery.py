"""The land from above for analysts: scenes, detection runs and findings as tables, and a map to compare two dates on.

from geo_service.client import Client, precision_curve, swipe_map

with Client(address, token=token) as client:  # of an inspector or leader, scope read
    scenes, findings = client.scenes(), client.findings(state=["open", "confirmed", "false"])
swipe_map(address, scenes.iloc[-1], scenes.iloc[0], findings)
"""

from __future__ import annotations

from html import escape
from typing import Any

import folium
import folium.plugins
import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import shape

from geo_service.client.transport import Transport
from imagery.findings.precision import wilson
from layers.crs import WGS84

SCENE = ("id", "code", "title", "sensor", "datetime", "gsd", "cloud_cover", "licence", "simulated", "elsewhere")
FINDING = (
    "id", "number", "run_id", "unit", "unit_name", "land_use", "transition", "persistence", "area_m2", "probability", "rank_score", "state", "before_at",
    "after_at", "model", "simulated",
)  # fmt: skip
DECIDING = {"confirmed": True, "permitted": True, "false": False}
COLORS = {"to_built": "#d7301f", "to_bare": "#b15928", "to_water": "#1f78b4", "to_vegetation": "#33a02c"}
"""Of transitions; any other is grey."""


def scenes(transport: Transport) -> gpd.GeoDataFrame:
    """All scenes, newest first, with their footprint in degrees."""
    items = transport.get("/api/scenes")["items"]
    table = pd.DataFrame([{name: item[name] for name in SCENE} for item in items], columns=list(SCENE))
    table["datetime"] = pd.to_datetime(table["datetime"], utc=True, format="ISO8601")
    return gpd.GeoDataFrame(table, geometry=[shape(item["footprint"]) for item in items], crs=WGS84)


def findings(transport: Transport, limit: int, **wanted: Any) -> gpd.GeoDataFrame:
    """Findings in the order of their rank, at most `limit`; each shape costs a request of its own. `parcel`: internal number, missing outside parcels."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(rows) < limit:
        page = transport.get("/api/findings", cursor=cursor, **wanted)
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    rows = rows[:limit]
    table = pd.DataFrame([{name: row[name] for name in FINDING} for row in rows], columns=list(FINDING))
    table["parcel"] = pd.array([(row["parcel"] or {}).get("id") for row in rows], dtype="Int64")
    for name in ("before_at", "after_at"):
        table[name] = pd.to_datetime(table[name], utc=True, format="ISO8601")
    shapes = [shape(transport.get(f"/api/findings/{row['id']}")["geometry"]) for row in rows]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)


def precision_curve(found: pd.DataFrame) -> pd.DataFrame:
    """Precision among the first k of a work list that were judged: columns k, hits, precision, low, high (95 %, Wilson 1927).

    `found`: findings with `rank_score` and `state`; those still open, or that nobody could see, are left out.
    """
    judged = found[found["state"].isin(DECIDING)].sort_values("rank_score", ascending=False, kind="stable")
    hits = judged["state"].map(DECIDING).to_numpy(bool).cumsum()
    shares = [wilson(int(hit), k) for k, hit in enumerate(hits, 1)]
    return pd.DataFrame(
        [(one.n, one.hits, one.value, one.low, one.high) for one in shares],
        columns=["k", "hits", "precision", "low", "high"],
    )


def swipe_map(
    url: str, before: pd.Series, after: pd.Series, found: gpd.GeoDataFrame, look: str = "natural"
) -> folium.Map:
    """A folium map with one scene on either side of a handle, and findings over both.

    `before`, `after`: rows of `Client.scenes`. Pictures come from the service at `url`, which must let everybody see the scenes; folium's page takes
    Leaflet from a CDN. Raises ValueError when the two scenes do not overlap.
    """
    common = shapely.intersection(before["geometry"], after["geometry"])
    if common.is_empty:
        raise ValueError("the two scenes do not overlap")
    west, south, east, north = common.bounds
    made = folium.Map(tiles=None, control_scale=True, max_zoom=20, zoom_snap=0.25)
    sides = [
        folium.TileLayer(
            f"{url.rstrip('/')}/tiles/scenes/{scene['id']}/{{z}}/{{x}}/{{y}}.webp?look={look}",
            attr=escape(f"{scene['title']} · {scene['licence']}"),
            name=escape(f"{scene['datetime']:%d/%m/%Y}"),
            overlay=True,
            control=False,
            max_zoom=20,
        )
        for scene in (before, after)
    ]
    for side in sides:
        side.add_to(made)
    folium.plugins.SideBySideLayers(*sides).add_to(made)
    if len(found):
        shown = found[["number", "transition", "area_m2", "probability", "state", "geometry"]].copy()
        shown["area_m2"] = shown["area_m2"].round(0)
        shown["probability"] = shown["probability"].round(2)
        folium.GeoJson(
            shown.to_json(),
            style_function=lambda feature: {
                "color": COLORS.get(feature["properties"]["transition"], "#555555"), "weight": 2, "fillOpacity": 0.1,
            },
            tooltip=folium.GeoJsonTooltip(["number", "transition", "area_m2", "probability", "state"]),
        ).add_to(made)  # fmt: skip
    made.fit_bounds([(south, west), (north, east)])
    return made
