"""Two scenes, a run of them, and leads on the parcels of a street, for tests of findings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import shapely
from shapely import affinity

from imagery.findings import Lead
from layers.db import Connection
from tests.layers.fabric.fabrics import at

BEFORE, AFTER = "2024-02-10T03:20:00Z", "2026-10-20T03:20:00Z"


def scene(conn: Connection, when: str, title: str) -> UUID:
    """A scene on record, as wide as the street; its files are not asked for here."""
    key = uuid4()
    conn.execute(
        "INSERT INTO imagery.scene (id, code, title, sensor, datetime, gsd, epsg, width, height, transform, footprint, bands, data_key, size_bytes, licence,"
        " simulated, content_sha256) VALUES (%s, %s, %s, 'simulated', %s, 10, 32648, 10, 10, '{10,0,0,0,-10,0}',"
        " ST_Multi(ST_MakeEnvelope(105, 20, 107, 22, 4326)), '[{\"name\": \"B04\"}]', 'none.tif', 1, 'CC0', true, sha256(%s))",
        (key, f"s{key.hex[:12]}", title, when, key.bytes),
    )
    return key


def pair(conn: Connection) -> tuple[UUID, UUID]:
    return scene(conn, BEFORE, "Ảnh mô phỏng 02/2024"), scene(conn, AFTER, "Ảnh mô phỏng 10/2026")


def a_run(conn: Connection, scenes: tuple[UUID, UUID], model: str | None = None) -> UUID:
    key = uuid4()
    conn.execute(
        "INSERT INTO imagery.run (id, before_id, after_id, method, model, state, simulated) VALUES (%s, %s, %s, %s, %s, 'running', true)",
        (key, *scenes, "learned" if model else "unsupervised", model),
    )
    return key


def shape_of(conn: Connection, parcel: int, share: float = 0.6) -> shapely.MultiPolygon:
    """The middle of a parcel in degrees, that share of its length and width."""
    row = conn.execute(
        "SELECT ST_AsBinary(ST_Transform(geom_3857, 4326)) AS wkb FROM fabric.parcel_version WHERE parcel_id = %s ORDER BY id DESC LIMIT 1",
        (parcel,),
    ).fetchone()
    assert row is not None
    whole = shapely.from_wkb(bytes(row["wkb"]))
    return shapely.MultiPolygon([affinity.scale(whole, share, share)])


def outside(conn: Connection, x: float, y: float, metres: float = 20) -> shapely.MultiPolygon:
    """A square with its lower left corner x, y metres from that of the street, in degrees."""
    (left, low), (right, high) = at(x, y), at(x + metres, y + metres)
    row = conn.execute(
        "SELECT ST_AsBinary(ST_Transform(ST_SetSRID(ST_MakeEnvelope(%s, %s, %s, %s), ST_SRID(v.geom)), 4326)) AS wkb FROM fabric.parcel_version v LIMIT 1",
        (left / 1000, low / 1000, right / 1000, high / 1000),
    ).fetchone()
    assert row is not None
    return shapely.MultiPolygon([shapely.from_wkb(bytes(row["wkb"]))])


def lead(conn: Connection, parcel: int | None, rank: float = 1.0, **more: Any) -> Lead:
    """Rice land that was built on, seen on the middle of a parcel."""
    geometry = more.pop("geometry", None) or shape_of(conn, parcel or 1)
    whole = Lead(
        parcel_id=parcel,
        geometry=geometry,
        area_m2=86.4,
        probability=0.82,
        max_probability=0.97,
        transition="built_on_rice",
        persistence="confirmed_later",
        rank_score=rank,
        indices={"before": {"ndvi": 0.71, "ndbi": -0.32}, "after": {"ndvi": 0.12, "ndbi": 0.18, "bsi": float("nan")}},
        series=[{"date": "2024-02-10", "ndvi": 0.71, "ndbi": -0.32, "ndwi": -0.5, "bsi": -0.2, "observed": True}],
        evidence=[{"vi": "Chỉ số thực vật giảm từ 0,71 xuống 0,12.", "en": "NDVI fell from 0.71 to 0.12."}],
        land_use="LUC",
    )
    return replace(whole, **more)
