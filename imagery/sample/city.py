"""Simulated scenes of the sample city: five dates, two periods of building, and what is true about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import shapely
from rasterio.crs import CRS

from imagery.sample.simulate import CHANGEABLE, City, Inserted, Land, Look, insert, lay_out
from layers.db import Connection
from layers.errors import EditRefused

GSD = 5.0
"""m: fields can be judged, house lots are below the resolution."""
SENSOR = "simulated"
LICENCE = "CC0-1.0"


@dataclass(frozen=True)
class Shot:
    """A date on which the city is seen, and how."""

    when: datetime
    look: Look


SHOTS = (
    Shot(datetime(2022, 3, 20, 3, 30, tzinfo=UTC), Look()),
    Shot(datetime(2024, 3, 22, 3, 30, tzinfo=UTC), Look(gain=0.96, offset=0.004, shift=(0.2, -0.4))),
    Shot(datetime(2026, 3, 18, 3, 30, tzinfo=UTC), Look(gain=1.05, offset=0.006, shift=(-0.5, 0.3), clouds=0.04)),
    Shot(datetime(2026, 5, 4, 3, 30, tzinfo=UTC), Look(gain=1.02, clouds=0.02)),
    Shot(datetime(2026, 6, 24, 3, 30, tzinfo=UTC), Look(gain=0.98, shift=(0.3, 0.2))),
)
PERIODS = (datetime(2023, 6, 1, tzinfo=UTC), datetime(2025, 9, 1, tzinfo=UTC))
"""When the changes of the first and of the second period happened: between shots 0 and 1, and between shots 1 and 2."""
SHARE_CHANGED = 0.05
"""Of the parcels of open land, in each period."""
ROAD_REACH_M = 25.0
"""Building keeps to the roads: a parcel this much further from one is chosen 1/e as often."""


@dataclass(frozen=True)
class Truth:
    """The ground, and what was changed on it in the two periods."""

    city: City
    changes: tuple[tuple[Inserted, ...], tuple[Inserted, ...]]


def lay_out_city(conn: Connection, seed: int = 1, gsd: float = GSD) -> Truth:
    """The simulated ground over the land as it stands in the ledger; the same for the same land and seed.

    Raises EditRefused where the land is real: nobody shall take these pictures for pictures of it.
    """
    row = conn.execute("SELECT simulated, srid FROM fabric.deployment").fetchone()
    if row is None or not row["simulated"]:
        raise EditRefused(
            "not-simulated",
            "Scenes are invented only where the land is: load the sample city first.",
            "Chỉ tạo ảnh mô phỏng trên dữ liệu đất mô phỏng: hãy nạp thành phố mẫu trước.",
        )
    land, roads = _land(conn)
    city = lay_out(land, CRS.from_epsg(row["srid"]), gsd, seed)
    (_, _), distance = shapely.STRtree(roads).query_nearest(land.geometry, return_distance=True, all_matches=False)
    likely = np.exp(-distance / ROAD_REACH_M) + 1e-6
    open_land = int(np.isin(land.land_use, CHANGEABLE).sum())
    count = max(5, int(SHARE_CHANGED * open_land))
    first = insert(city, count, PERIODS[0], likely=likely)
    taken = np.isin(land.ids, [one.parcel for one in first])
    second = insert(city, count, PERIODS[1], likely=np.where(taken, 0.0, likely * _pull(land, taken)))
    return Truth(city, (tuple(first), tuple(second)))


def _pull(land: Land, near: np.ndarray) -> np.ndarray:
    """Building draws building: up to four times as likely right beside what was built before, fading over 150 m."""
    (_, _), distance = shapely.STRtree(land.geometry[near]).query_nearest(
        land.geometry, return_distance=True, all_matches=False
    )
    return np.asarray(1 + 3 * np.exp(-distance / 150))


def _land(conn: Connection) -> tuple[Land, np.ndarray]:
    """The faces of the present state, and the roads among them; geometry in the fabric's CRS."""
    rows = conn.execute(
        "SELECT parcel_id, kind, coalesce(land_use, '') AS land_use, ST_AsBinary(geom) AS wkb"
        " FROM fabric.parcel_version WHERE retired_by IS NULL ORDER BY parcel_id"
    ).fetchall()
    geometry = shapely.from_wkb([bytes(row["wkb"]) for row in rows])
    kind = np.array([row["kind"] for row in rows])
    land = Land(
        np.array([row["parcel_id"] for row in rows], np.int64),
        geometry,
        np.array([row["land_use"] for row in rows], "U3"),
    )
    return land, geometry[kind == "road"]
