"""Faces on a folium map, in the colours of their land use."""

from __future__ import annotations

from html import escape
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.crs import WGS84, FabricCrs

LIMIT = 3_000
NO_LAND_USE = "#dddddd"
WORDS = {
    "vi": {"code": "Mã thửa", "label": "Tờ / thửa", "use": "Loại đất", "area": "Diện tích (m²)"},
    "en": {"code": "Code", "label": "Sheet / parcel", "use": "Land use", "area": "Area (m²)"},
}
NOT_DETERMINED = {"vi": "Chưa xác định", "en": "Not determined"}
SIMULATED = {"vi": "Dữ liệu mô phỏng", "en": "Simulated data"}


def folium_map(
    faces: gpd.GeoDataFrame,
    land_use: pd.DataFrame,
    *,
    tiles: str | None = None,
    limit: int = LIMIT,
    language: str = "vi",
) -> folium.Map:
    """A map of faces (from `open_state`) coloured by land use (from `Client.land_use`), with a tooltip and a legend.

    `tiles` None: no outside base map. Folium itself writes links to Leaflet on a CDN into its page, so seeing the map
    needs that host or a local copy of it. The fabric goes to WGS84 by its pinned operation, not by PROJ's choice.
    Raises ValueError without a face, without a CRS, or for more than `limit` faces: a page draws no city.
    """
    if len(faces) > limit:
        raise ValueError(
            f"{len(faces):,} faces are too many for a folium map (at most {limit:,}): choose a place first, for example"
            " faces.cx[x1:x2, y1:y2], or see the whole city on the web map"
        )
    if faces.empty or faces.crs is None:
        raise ValueError("there is no face to show" if faces.empty else "the faces have no CRS")
    shapes = lonlat(faces)
    west, south, east, north = shapely.total_bounds(shapes)
    made = folium.Map(tiles=tiles, prefer_canvas=True, control_scale=True, max_zoom=22, zoom_snap=0.25)
    made.fit_bounds([(south, west), (north, east)])
    words, named = WORDS[language], land_use.set_index("code")
    folium.GeoJson(
        {"type": "FeatureCollection", "features": _features(faces, shapes, named, language)},
        style_function=lambda feature: {
            "fillColor": feature["properties"]["fill"], "fillOpacity": 0.9, "color": "#555555", "weight": 0.7,
        },
        highlight_function=lambda _: {"weight": 3, "color": "#000000"},
        tooltip=folium.GeoJsonTooltip(list(words), list(words.values())),
    ).add_to(made)  # fmt: skip
    used = [code for code in named.index if code in set(faces["land_use"])]
    legend = _legend(named.loc[used], language, simulated=bool(faces.attrs.get("simulated")))
    page: Any = made.get_root()
    page.html.add_child(folium.Element(legend))
    return made


def lonlat(faces: gpd.GeoDataFrame) -> Any:
    """Geometries in degrees (longitude, latitude) by the pinned operation, rounded to 1e-8 (1 mm)."""
    shapes = faces.geometry.to_numpy()
    if faces.crs.to_epsg() == WGS84:
        return shapes
    crs = FabricCrs(faces.crs.to_epsg())
    return shapely.transform(shapes, lambda xy: np.round(np.column_stack(crs.to_wgs84(xy[:, 0], xy[:, 1])), 8))


def _features(faces: gpd.GeoDataFrame, shapes: Any, named: pd.DataFrame, language: str) -> list[dict[str, Any]]:
    """GeoJSON features; texts are escaped, since folium puts them into the page as they are."""
    features, names = [], named[f"name_{language}"].to_dict()
    for face, shape in zip(faces.itertuples(index=False), shapes, strict=True):
        use = face.land_use if isinstance(face.land_use, str) else None
        known = use in names
        name = f"{names[use]} ({use})" if known else use or NOT_DETERMINED[language]
        area = face.computed_area_m2 if np.isnan(face.official_area_m2) else face.official_area_m2
        label = " / ".join(part for part in (face.sheet, face.number) if isinstance(part, str))
        features.append(
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(shape),
                "properties": {
                    "code": escape(face.code if isinstance(face.code, str) else str(face.id)),
                    "label": escape(label),
                    "use": escape(name),
                    "area": f"{area:,.1f}",
                    "fill": named.at[use, "color"] if known else NO_LAND_USE,
                },
            }
        )
    return features


def _legend(used: pd.DataFrame, language: str, *, simulated: bool) -> str:
    rows = "".join(
        f'<div><span style="display:inline-block;width:14px;height:10px;border:1px solid #555;background:{use.color};'
        f'margin-right:6px"></span>{escape(code)} · {escape(getattr(use, f"name_{language}"))}</div>'
        for code, use in zip(used.index, used.itertuples(), strict=True)
    )
    note = f'<div style="margin-top:4px"><i>{SIMULATED[language]}</i></div>' if simulated else ""
    return (
        '<div style="position:fixed;top:10px;right:10px;z-index:999;background:#ffffffe6;padding:8px 10px;'
        f'font:12px sans-serif;max-height:80%;max-width:40%;overflow:auto;border-radius:4px">{rows}{note}</div>'
    )
