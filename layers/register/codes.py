"""The national 12-character parcel code (TT 19/2026/TT-BNNMT, annex I): an assigned name, computed once.

Pole of inaccessibility of the parcel on the VN-2000 plane → WGS84 by the pinned operation → 12-character GeoHash. The code is stored with how
it came about and is never recomputed, because for many shapes (rectangles) the pole is not unique.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
    """Codes and anchors of many polygons, on all cores (about half a millisecond a parcel and core)."""

    def anchors_of(part: NDArray[Any]) -> NDArray[np.float64]:
        # what shapely's polylabel does, for a whole array
        circles = shapely.maximum_inscribed_circle(part, tolerance=TOLERANCE_M)
        centres: NDArray[np.float64] = shapely.get_coordinates(shapely.get_point(circles, 0))
        return centres

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        anchors = np.concatenate([np.zeros((0, 2)), *pool.map(anchors_of, np.array_split(polygons, 4 * cores))])
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


def assign_later(conn: Connection, change_set: int) -> None:
    """Leave the codes of a big load to `assign_waiting`, so that the land itself is on the map at once."""
    conn.execute("INSERT INTO register.code_queue (change_set) VALUES (%s)", (change_set,))


def assign_waiting(conn: Connection, *, batch: int = 4_000) -> int:
    """Give codes to the next land parcels that wait for one; returns how many were looked at, 0 when none wait.

    A code that is taken already is left out: the parcel stays without one, as a case for data quality.
    """
    waiting = conn.execute(
        "SELECT change_set, after FROM register.code_queue ORDER BY change_set LIMIT 1 FOR UPDATE SKIP LOCKED"
    ).fetchone()
    if waiting is None:
        return 0
    rows = conn.execute(
        "SELECT v.parcel_id, v.id, ST_AsBinary(v.geom) AS wkb FROM fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id"
        " WHERE v.created_by = %s AND v.id > %s AND v.kind = 'land' AND p.code IS NULL ORDER BY v.id LIMIT %s",
        (waiting["change_set"], waiting["after"], batch),
    ).fetchall()
    if not rows:
        conn.execute("DELETE FROM register.code_queue WHERE change_set = %s", (waiting["change_set"],))
        return 1
    srid = conn.execute("SELECT srid FROM fabric.deployment").fetchone()["srid"]  # type: ignore[index]
    found, anchors = codes_of(shapely.from_wkb([row["wkb"] for row in rows]), FabricCrs(srid))
    origins = [Jsonb(origin_json(anchor)) for anchor in anchors.tolist()]
    conn.execute(
        """
        UPDATE fabric.parcel p SET code = w.code, code_origin = w.origin
        FROM (SELECT DISTINCT ON (code) * FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS r (id, code, origin) ORDER BY code, id) w
        WHERE p.id = w.id AND p.code IS NULL AND NOT EXISTS (SELECT 1 FROM fabric.parcel q WHERE q.code = w.code)
        """,
        ([row["parcel_id"] for row in rows], found, origins),
    )
    conn.execute(
        "UPDATE register.code_queue SET after = %s WHERE change_set = %s", (rows[-1]["id"], waiting["change_set"])
    )
    return len(rows)


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
