"""Findings on the sample city for the browser tests: simulated scenes, and leads from the changes that were put into them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import shapely

from imagery.findings import Lead, record
from imagery.sample.load import load_scenes
from imagery.sample.simulate import Inserted
from imagery.scenes.model import Scene
from imagery.scenes.store import ImageStore
from layers.db import Connection

NDVI = {"before": 0.62, "to_built": 0.11, "to_bare": 0.08, "to_water": -0.12}


def fill(conn: Connection, store: ImageStore) -> int:
    """Scenes of five dates, and one run of the second and third that found what was built in between; how many findings."""
    scenes, truth = load_scenes(conn, store)
    run = uuid4()
    conn.execute(
        "INSERT INTO imagery.run (id, before_id, after_id, later_ids, simulated) VALUES (%s, %s, %s, %s, true)",
        (run, scenes[1].id, scenes[2].id, [scenes[3].id, scenes[4].id]),
    )
    changes = truth.changes[1]
    done = record(conn, run, [_lead(conn, scenes, change, place) for place, change in enumerate(changes)])
    conn.commit()
    return done.leads


def _lead(conn: Connection, scenes: list[Scene], change: Inserted, place: int) -> Lead:
    row = conn.execute(
        "SELECT ST_AsBinary(ST_Transform(geom_3857, 4326)) AS wkb FROM fabric.parcel_version WHERE parcel_id = %s AND retired_by IS NULL",
        (change.parcel,),
    ).fetchone()
    assert row is not None
    whole = shapely.from_wkb(bytes(row["wkb"]))
    share = min(1.0, max(0.3, change.area_m2 / (whole.area * 111_000 * 104_000)))
    part = shapely.affinity.scale(whole, share**0.5, share**0.5)
    rice = change.land_use in ("LUC", "LUK") and change.transition == "to_built"
    probability = 0.95 - 0.02 * (place % 20)
    series = [
        {
            "date": f"{scene.datetime:%Y-%m-%d}",
            "observed": place % 5 != 1 or number != 3,
            **_indices(change, late=number > 1),
        }
        for number, scene in enumerate(scenes)
    ]
    return Lead(
        parcel_id=change.parcel,
        geometry=shapely.MultiPolygon([shapely.intersection(part, whole)]) if part.geom_type == "Polygon" else part,
        area_m2=change.area_m2,
        probability=probability,
        max_probability=min(1.0, probability + 0.04),
        transition="built_on_rice" if rice else change.transition,
        persistence="confirmed_later",
        rank_score=probability * change.area_m2 * (3 if rice else 1),
        indices={"before": _indices(change, late=False), "after": _indices(change, late=True)},
        series=series,
        evidence=[
            {
                "vi": "Chỉ số thực vật (NDVI) giảm từ 0,62 xuống 0,11 giữa hai ảnh; hai ảnh sau vẫn như vậy.",
                "en": "The vegetation index (NDVI) fell from 0.62 to 0.11 between the two images; two later ones agree.",
            },
            {
                "vi": f"Thửa đất đăng ký loại {change.land_use}; chưa có hồ sơ chuyển mục đích nào được duyệt.",
                "en": f"The parcel is registered as {change.land_use}; no change of use has been approved.",
            },
        ],
        land_use=change.land_use,
    )


def _indices(change: Inserted, *, late: bool) -> dict[str, Any]:
    green = NDVI[change.transition] if late else NDVI["before"]
    built, water = {"to_built": (0.21, -0.3), "to_bare": (0.14, -0.25), "to_water": (-0.2, 0.35)}[change.transition]
    if not late:
        built, water = -0.31, -0.45
    return {"ndvi": green, "ndbi": built, "ndwi": water, "bsi": built - 0.06}
