"""The national 12-character parcel code (TT 19/2026/TT-BNNMT, annex I): an assigned name, computed once.

Pole of inaccessibility of the parcel on the VN-2000 plane → WGS84 by the pinned operation → 12-character GeoHash. The code is stored with how
it came about and is never recomputed, because for many shapes (rectangles) the pole is not unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pygeohash
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from shapely.algorithms.polylabel import polylabel

from layers.crs import FabricCrs, polygon_from_rings
from layers.db import Connection
from layers.fabric.model import Face

TOLERANCE_M = 0.01
SOURCE = "TT 19/2026/TT-BNNMT, phụ lục I"


def code_of(polygon: shapely.Polygon, crs: FabricCrs) -> tuple[str, tuple[float, float]]:
    """Code and anchor (easting, northing in m) of a polygon in the fabric's CRS, metres."""
    anchor = polylabel(polygon, TOLERANCE_M)
    return geohash(anchor.x, anchor.y, crs), (round(anchor.x, 4), round(anchor.y, 4))


def geohash(x: float, y: float, crs: FabricCrs) -> str:
    lon, lat = crs.to_wgs84(x, y)
    return pygeohash.encode(lat, lon, 12)


def codes_of(polygons: NDArray[Any], crs: FabricCrs) -> tuple[list[str], NDArray[np.float64]]:
    """Codes and anchors of many polygons; the projection is done in one call."""
    anchors = np.array([polylabel(polygon, TOLERANCE_M).coords[0][:2] for polygon in polygons]).reshape(-1, 2)
    lon, lat = crs.to_wgs84(anchors[:, 0], anchors[:, 1]) if len(anchors) else ((), ())
    return [pygeohash.encode(b, a, 12) for a, b in zip(lon, lat, strict=True)], anchors


def origin_json(anchor: Sequence[float], method: str = "polylabel") -> dict[str, Any]:
    """How a code came about."""
    return {
        "method": method,
        "tolerance_m": TOLERANCE_M,
        "anchor": [round(float(anchor[0]), 4), round(float(anchor[1]), 4)],
        "computed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": SOURCE,
    }


def create_parcels(conn: Connection, crs: FabricCrs, faces: Sequence[Face]) -> dict[int, int]:
    """New parcels for drafted faces: drafted (negative) id to parcel id. Land gets a code, other kinds do not.

    A code that an earlier parcel already bears (the same shape came back, for instance) is never reused: the anchor steps
    5 cm at a time to the next free cell inside the parcel, and the origin says so.
    """
    ids: dict[int, int] = {}
    for face in faces:
        code, origin = None, None
        if face.facts.kind == "land":
            polygon = polygon_from_rings(face.rings)
            code, anchor = code_of(polygon, crs)
            origin = origin_json(anchor)
            step = 0
            while conn.execute("SELECT 1 FROM fabric.parcel WHERE code = %s", (code,)).fetchone():
                step = 1 - step if step <= 0 else -step
                x = anchor[0] + step * 0.05
                if abs(step) > 400:
                    code, origin = None, None
                    break
                if shapely.contains_xy(polygon, x, anchor[1]):
                    code = geohash(x, anchor[1], crs)
                    origin = origin_json((x, anchor[1]), "polylabel, next free cell")
        row = conn.execute(
            "INSERT INTO fabric.parcel (code, code_origin) VALUES (%s, %s) RETURNING id",
            (code, Jsonb(origin) if origin else None),
        ).fetchone()
        ids[face.id] = int(row["id"])  # type: ignore[index]
    return ids
