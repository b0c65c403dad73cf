"""Parcels from the linework of a cadastral drawing (DGN v7, DXF) on the levels of TT 26/2024, annex 21.

Level 10 carries the boundaries (23 and 30 where a road limit or a water edge is a parcel limit too), 13 the parcel
number, 4 the area, 2 the land type. The lines are rounded to millimetres and snap-rounded; each closed region with a
parcel number inside becomes a parcel. Regions without a number are left out (they turn up as gaps). The numbers' text
stays text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.exchange.noding import node
from layers.fabric.segments import Ints, Objects, to_mm

BOUNDARY = {10, 23, 30}
LABELS = {13: "number", 4: "area", 2: "land_type"}


@dataclass(frozen=True, slots=True)
class Linework:
    """Polygons in the file's units, their labels, and the numbers that found no polygon (x, y, text)."""

    polygons: Objects
    frame: pd.DataFrame
    lines: int
    stray_labels: list[tuple[float, float, str]]
    unnumbered: int


def levels_of(frame: pd.DataFrame) -> NDArray[np.int64] | None:
    """The level of each element: DGN's ``Level``, or the number at the start of a DXF layer's name; −1 where there is
    none."""
    if "Level" in frame:
        return np.asarray(pd.to_numeric(frame["Level"], errors="coerce").fillna(-1), dtype=np.int64)
    if "Layer" not in frame:
        return None
    found = [re.match(r"(?:level|lv|l)?[ _-]*(\d+)", str(name), re.IGNORECASE) for name in frame["Layer"]]
    return np.array([int(m.group(1)) if m else -1 for m in found], dtype=np.int64)


def polygons_from_lines(geometry: NDArray[np.object_], frame: pd.DataFrame) -> Linework | None:
    """Build the parcels of a drawing; ``None`` if there are no boundaries on the boundary levels or nothing closes."""
    levels = levels_of(frame)
    if levels is None:
        return None
    kinds = shapely.get_type_id(geometry)
    lines = geometry[np.isin(levels, list(BOUNDARY)) & np.isin(kinds, (1, 2, 5))]
    if len(lines) == 0:
        return None
    segments = _segments(lines)
    if len(segments) == 0:
        return None
    origin = np.round(segments.reshape(-1, 2).mean(axis=0)).astype(np.int64)
    chains = node(segments - np.tile(origin, 2))
    inner = np.ones(len(chains.xy), dtype=bool)
    inner[chains.start[1:] - 1] = False
    at = np.flatnonzero(inner)
    a, b = chains.xy[at], chains.xy[at + 1]
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    edges = np.unique(np.where(swap[:, None], np.column_stack([b, a]), np.column_stack([a, b])), axis=0)
    pairs = edges.reshape(-1, 2, 2)
    regions = np.asarray(shapely.get_parts(shapely.polygonize(shapely.linestrings(pairs.astype(float)))))
    if len(regions) == 0:
        return None
    whole = np.asarray(shapely.transform(regions, lambda c: (c + origin) / 1000.0))
    return _label(whole, geometry=geometry, frame=frame, levels=levels, kinds=kinds, lines=len(lines))


def _segments(lines: NDArray[np.object_]) -> Ints:
    coords, index = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    mm = to_mm(coords)
    same = index[1:] == index[:-1]
    pieces = np.concatenate([mm[:-1][same], mm[1:][same]], axis=1)
    return np.asarray(pieces[(pieces[:, :2] != pieces[:, 2:]).any(axis=1)])


def _label(
    regions: Objects,
    *,
    geometry: NDArray[np.object_],
    frame: pd.DataFrame,
    levels: NDArray[np.int64],
    kinds: NDArray[np.int64],
    lines: int,
) -> Linework:
    """Give each region the labels that lie in it; keep those with a number."""
    tree = shapely.STRtree(regions)
    text = frame["Text"] if "Text" in frame else pd.Series([None] * len(frame))
    columns: dict[str, list[str | None]] = {name: [None] * len(regions) for name in LABELS.values()}
    stray: list[tuple[float, float, str]] = []
    for level, name in LABELS.items():
        rows = np.flatnonzero((levels == level) & (kinds == 0) & text.notna().to_numpy())
        points, region = tree.query(geometry[rows], predicate="within")
        for row, where in zip(rows[points].tolist(), region.tolist(), strict=True):
            if columns[name][where] is None:
                columns[name][where] = str(text.iloc[row]).strip()
        if name == "number":
            for k in np.setdiff1d(np.arange(len(rows)), points).tolist():
                p = geometry[rows[k]]
                stray.append((float(p.x), float(p.y), str(text.iloc[rows[k]])))
    numbered = np.array([value is not None for value in columns["number"]], dtype=bool)
    table = pd.DataFrame(columns)[numbered].reset_index(drop=True)
    return Linework(regions[numbered], table, lines, stray, int((~numbered).sum()))
