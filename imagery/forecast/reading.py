"""Forecasts as people look them up: the newest first, and their parcels on the map. On a login of the service, policies leave what its reader may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from layers.db import Connection

RECENT = 20
PARCELS_FROM_ZOOM = 13
TILE = """
    WITH tile AS (
        SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box, ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096) AS search),
    likely AS (
        SELECT p.parcel_id, p.rank, round(p.probability::numeric, 4)::float8 AS probability,
               ST_AsMVTGeom(ST_PointOnSurface(v.geom_3857), tile.box, 4096, 0, true) AS geom
        FROM tile, imagery.forecast_parcel p JOIN fabric.parcel_version v ON v.parcel_id = p.parcel_id AND v.retired_by IS NULL
        WHERE p.forecast_id = %(forecast)s AND p.rank <= %(first)s AND v.geom_3857 && tile.search),
    parcels AS (
        SELECT p.parcel_id AS id, p.rank, round(p.probability::numeric, 4)::float8 AS probability,
               ST_AsMVTGeom(v.geom_3857, tile.box, 4096, 64, true) AS geom
        FROM tile, fabric.parcel_version v JOIN imagery.forecast_parcel p ON p.forecast_id = %(forecast)s AND p.parcel_id = v.parcel_id
        WHERE v.retired_by IS NULL AND v.geom_3857 && tile.search AND %(z)s >= %(from_zoom)s)
    SELECT coalesce((SELECT ST_AsMVT(a, 'parcels', 4096, 'geom', 'id') FROM parcels a), ''::bytea)
        || coalesce((SELECT ST_AsMVT(l, 'likely', 4096, 'geom', 'parcel_id') FROM likely l), ''::bytea) AS mvt
"""
"""Parcels of one tile from zoom 13 on, and at every zoom a place for each of the most likely ones."""


def forecasts(conn: Connection) -> list[dict[str, Any]]:
    """Forecasts, the newest first; `until`: the end of the period that the newest figures speak of."""
    return conn.execute(
        "SELECT *, judged_to + (learned_to - learned_from) AS until FROM imagery.forecast ORDER BY made_at DESC LIMIT %s",
        (RECENT,),
    ).fetchall()


def tile(conn: Connection, forecast: UUID, z: int, x: int, y: int, first: int) -> bytes:
    """Parcels of a tile with their probability and rank as MVT, and places of the `first` most likely; empty where there are none."""
    asked = {"forecast": forecast, "z": z, "x": x, "y": y, "first": first, "from_zoom": PARCELS_FROM_ZOOM}
    row = conn.execute(TILE, asked).fetchone()
    return bytes(row["mvt"]) if row else b""
