"""Small fabrics for tests, in mm, and a second opinion on them by shapely."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely

from layers.crs import Ring, polygon_from_rings
from layers.fabric.load import FaceBatch
from layers.fabric.model import Face, Facts, State
from layers.fabric.planar import Rings

ORIGIN = (585_000_000, 2_325_000_000)


def at(x: float, y: float) -> tuple[int, int]:
    """A point in mm from metres counted from the corner of the grid."""
    return ORIGIN[0] + round(x * 1000), ORIGIN[1] + round(y * 1000)


def ring(*points: tuple[float, float]) -> Ring:
    return tuple(at(x, y) for x, y in points)


def face(key: int, *rings: Ring, **facts: object) -> Face:
    return Face(key, rings, Facts(**{"unit": "00004", "sheet": "1", "number": str(key), "land_use": "ODT"} | facts))  # type: ignore[arg-type]


def grid_state(columns: int, rows: int) -> State:
    """Parcels of 6 x 15 m, numbered from 1, row by row."""
    faces = {}
    for i in range(columns * rows):
        x, y = 6 * (i % columns), 15 * (i // columns)
        faces[i + 1] = face(i + 1, ring((x, y), (x + 6, y), (x + 6, y + 15), (x, y + 15)))
    return State(faces)


def grid_batch(columns: int, rows: int, *, x0: float = 585_000.0, y0: float = 2_325_000.0) -> FaceBatch:
    """The same grid as a batch to load."""
    n = columns * rows
    i = np.arange(n)
    x, y = x0 + 6.0 * (i % columns), y0 + 15.0 * (i // columns)
    corners = np.stack([np.stack([x + dx, y + dy], 1) for dx, dy in ((0, 0), (6, 0), (6, 15), (0, 15), (0, 0))], 1)
    frame = pd.DataFrame(
        {"kind": "land", "unit": "00004", "sheet": "1", "number": [str(k + 1) for k in range(n)], "land_use": "ODT",
         "official_area_m2": 90.0, "address": None, "source_id": None}
    )  # fmt: skip
    return FaceBatch(shapely.polygons(np.round(corners * 1000) / 1000), frame)


def polygons(faces: Iterable[Face]) -> list[shapely.Polygon]:
    return [polygon_from_rings(f.rings) for f in faces]


def same_ground(before: Iterable[Face], after: Iterable[Face]) -> bool:
    """Second opinion: valid polygons, no overlap, no gap, same union. In whole mm, so shapely's arithmetic is exact enough."""

    def shapes(faces: Iterable[Face]) -> list[shapely.Polygon]:
        return [shapely.Polygon(f.rings[0], f.rings[1:]) for f in faces]

    old, new = shapes(before), shapes(after)
    return (
        bool(shapely.is_valid(new).all())
        and bool(shapely.coverage_is_valid(np.array(new, dtype=object)))
        and shapely.coverage_union_all(old).normalize().area == shapely.coverage_union_all(new).normalize().area
        and shapely.symmetric_difference(shapely.coverage_union_all(old), shapely.coverage_union_all(new)).area < 0.5e6
    )


def canonical(rings: Rings) -> tuple[Ring, ...]:
    """Rings turned to start at their smallest point, holes sorted."""
    turned = [r[r.index(min(r)) :] + r[: r.index(min(r))] for r in rings]
    return (turned[0], *sorted(turned[1:]))
