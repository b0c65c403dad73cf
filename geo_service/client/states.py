"""States of the land as GeoDataFrames: the moment asked for, faces from pages, and the difference of two states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

AsOf = int | str | date | datetime | None
"""A moment of the ledger: a seq, a date (its end), a date and time, either of them as ISO text, or None for now."""

VIETNAM = timezone(timedelta(hours=7), "UTC+7")
"""Vietnamese time, without summer time; dates and times without a zone are meant in it."""

TEXT = pd.StringDtype(na_value=np.nan)
COLUMNS: dict[str, Any] = {
    "id": "int64",
    "code": TEXT,
    "kind": TEXT,
    "unit": TEXT,
    "sheet": TEXT,
    "number": TEXT,
    "land_use": TEXT,
    "official_area_m2": "float64",
    "computed_area_m2": "float64",
    "address": TEXT,
    "source_id": TEXT,
    "seq_from": "int64",
}


def moment(as_of: Any) -> dict[str, str | int]:
    """Parameters `at` or `date` of a request. A date stands for its end, so that it holds what was done that day.

    Raises ValueError for text that is no ISO date, TypeError for anything that is no moment.
    """
    if as_of is None:
        return {}
    if isinstance(as_of, int | np.integer) and not isinstance(as_of, bool):
        return {"at": int(as_of)}
    if isinstance(as_of, str):
        as_of = _from_text(as_of)
    if as_of is pd.NaT or not isinstance(as_of, date):
        raise TypeError(f"as_of must be a seq, a date or a date and time, not {as_of!r}")
    if not isinstance(as_of, datetime):
        as_of = datetime(as_of.year, as_of.month, as_of.day, 23, 59, 59, 999_999, tzinfo=VIETNAM)
    if as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=VIETNAM)
    return {"date": as_of.isoformat(timespec="microseconds")}


def _from_text(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no date; write 2026-11-22 or 2026-11-22T17:30") from None


def polygons(faces: Sequence[Sequence[Sequence[Sequence[int]]]]) -> NDArray[np.object_]:
    """Open rings in whole mm to polygons in metres, every coordinate exactly the double nearest to mm / 1000."""
    if not faces:
        return np.empty(0, dtype=object)
    lines = [[*ring, ring[0]] for face in faces for ring in face]
    points = np.asarray([point for line in lines for point in line], dtype=np.int64) / 1000
    ring_ends = np.cumsum([0, *(len(line) for line in lines)])
    face_ends = np.cumsum([0, *(len(face) for face in faces)])
    made: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, (ring_ends, face_ends))
    return made


def frame(pages: Iterable[list[dict[str, Any]]], srid: int) -> gpd.GeoDataFrame:
    """Faces of `/api/faces` as one GeoDataFrame in EPSG:`srid`; without a face it still has its columns and types."""
    tables, shapes = [_table([])], [polygons([])]
    for page in pages:
        if page:
            tables.append(_table(page))
            shapes.append(polygons([face["rings_mm"] for face in page]))
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    return gpd.GeoDataFrame(table, geometry=np.concatenate(shapes), crs=f"EPSG:{srid}")


def _table(page: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([face[name] for face in page], dtype=kind) for name, kind in COLUMNS.items()})


def differences(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What is not the same in two states from `open_state`, one row a face.

    `change` is `created`, `retired` or `changed` (another version of the same parcel); `shape_changed` tells a moved or
    added point from a change of facts only. Areas in m² as computed from the map (NaN where the face is absent),
    geometry that of `after`, or of `before` for what is gone. Raises ValueError for states in two CRS.
    """
    if before.crs != after.crs:
        raise ValueError(f"the states are in two systems: {before.crs} and {after.crs}")
    parts = ["id", "code", "kind", "unit", "sheet", "number", "land_use", "computed_area_m2", "seq_from", "geometry"]
    both = pd.DataFrame(before[parts]).merge(pd.DataFrame(after[parts]), on="id", how="outer", suffixes=("_0", "_1"))
    both = both[both["seq_from_0"] != both["seq_from_1"]].reset_index(drop=True)
    old, new = both["seq_from_0"].notna(), both["seq_from_1"].notna()
    table = pd.DataFrame({"id": both["id"].astype("int64")})
    for name in ("code", "kind", "unit", "sheet", "number", "land_use"):
        table[name] = both[f"{name}_1"].where(new, both[f"{name}_0"])
    table["change"] = pd.Series(np.select([~old, ~new], ["created", "retired"], "changed"), dtype=TEXT)
    table["area_before_m2"], table["area_after_m2"] = both["computed_area_m2_0"], both["computed_area_m2_1"]
    shape_before, shape_after = (both[f"geometry_{n}"].to_numpy(dtype=object) for n in (0, 1))
    table["shape_changed"] = ~(old & new & shapely.equals_exact(shape_before, shape_after, tolerance=0))
    return gpd.GeoDataFrame(table, geometry=np.where(new, shape_after, shape_before), crs=after.crs)
