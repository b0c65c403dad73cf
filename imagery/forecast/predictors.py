"""What is known of a parcel of open land on the day of a forecast: how far to the road, how built-up around, what changed nearby before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

NEAR_M = 100.0
FAR_M = 400.0
CHUNK = 2_000
"""Parcels whose neighbours are looked up together."""
NAMES = (
    "log_road_m",
    "log_built_m",
    "fronts_road",
    "built_share_near",
    "built_share_far",
    "changes_near",
    "changes_far",
    "log_area_m2",
    "agricultural",
)
OPEN = ("LUC", "LUK", "LUN", "HNK", "BHK", "CLN", "NTS", "NKH", "BCS", "RSX")
"""Land-use classes on which building is new: agricultural land and unused flat land (Circular 08/2024, annex; codes as in the register)."""
AGRICULTURAL = ("LUC", "LUK", "LUN", "HNK", "BHK", "CLN", "NTS", "NKH", "RSX")


def predictors(
    geometry: NDArray[Any], kind: NDArray[Any], land_use: NDArray[Any], changed: NDArray[np.bool_]
) -> pd.DataFrame:
    """A row for each face of open land that had not been built on: columns NAMES, index = position in the input.

    `geometry`: polygons of all faces, projected CRS in m; `kind`, `land_use`: as in the ledger; `changed`: built on in the past period (such faces count
    as built). Distances run from edge to edge, in m, and enter as log(1 + m); shares and counts run over centroids within NEAR_M and FAR_M.
    """
    open_land = (kind == "land") & np.isin(land_use, OPEN)
    built = (kind == "land") & (~open_land | changed)
    asked = np.flatnonzero(open_land & ~changed)
    centre = shapely.get_coordinates(shapely.centroid(geometry))
    area = shapely.area(geometry)
    to_road = _distance(geometry[asked], geometry[kind == "road"])
    frame = {
        "log_road_m": np.log1p(to_road),
        "log_built_m": np.log1p(_distance(geometry[asked], geometry[built])),
        "fronts_road": (to_road < 0.5).astype(float),
        "log_area_m2": np.log(area[asked]),
        "agricultural": np.isin(land_use[asked], AGRICULTURAL).astype(float),
    }
    for name, radius in (("near", NEAR_M), ("far", FAR_M)):
        frame[f"built_share_{name}"] = _around(centre, area * built, asked, radius) / _around(
            centre, area, asked, radius
        )
        frame[f"changes_{name}"] = np.log1p(_around(centre, changed.astype(float), asked, radius))
    return pd.DataFrame(frame, index=asked)[list(NAMES)]


def _distance(of: NDArray[Any], to: NDArray[Any]) -> NDArray[np.float64]:
    """Distance in m from each geometry to the nearest of others; 10 km where there is none."""
    out = np.full(len(of), 10_000.0)
    if len(to):
        (pair, _), distance = shapely.STRtree(to).query_nearest(of, return_distance=True, all_matches=False)
        out[pair] = distance
    return out


def _around(
    centre: NDArray[np.float64], weight: NDArray[np.float64], asked: NDArray[np.intp], radius: float
) -> NDArray[np.float64]:
    """Sum of the weights of all places within `radius` m of each asked one, itself included."""
    heavy = np.flatnonzero(weight > 0)
    if not len(heavy):
        return np.zeros(len(asked))
    places, out = cKDTree(centre[heavy]), np.empty(len(asked))
    for start in range(0, len(asked), CHUNK):  # of a whole city the neighbours do not fit in memory at once
        part = slice(start, start + CHUNK)
        near = places.query_ball_point(centre[asked[part]], radius, return_sorted=False)
        out[part] = [weight[heavy[each]].sum() for each in near]
    return out
