"""What a run says of every parcel: coverage-weighted statistics over the pixels a parcel covers, in whole or in part.

Parcels are those of the fabric at one seq, brought to the plane of the grid by the pinned operation. They are worked on
block by block, each parcel in the block of its first corner, so millions of them need no memory. Coverage fractions: exactextract
(Baston 2022, https://github.com/isciences/exactextract).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray

from imagery.runs.grid import Grid, Window, moved, outline_of
from layers.crs import WEB_MERCATOR
from layers.db import Connection

BLOCK = 512
"""px, side of the blocks that parcels are gathered in."""
WIDEST = 4096
"""px; a face that spans more is judged by its parts."""
RESOLVED = 4
"""Pixels that a parcel must measure to be judged at all."""
LEAST_CHANGED = 4
"""Pixels of change that make a parcel changed, or half of it where it is smaller."""
ITS_OWN = 0.5
"""Share of those pixels that must differ by themselves: the smoothing carries a neighbour's change a few pixels over the boundary."""
CHANGED, SPILT, NOT_OBSERVED = 1, 2, 255
SEEN = 0.5
"""Share of a parcel that must have been observed before it is called unchanged."""
QUANTILE = 0.9

State = Literal["changed", "unchanged", "not_observed", "below_resolution"]
STATES: tuple[State, ...] = ("changed", "unchanged", "not_observed", "below_resolution")

PARCELS = """
    SELECT v.parcel_id, v.unit, v.kind, v.land_use, v.area_m2, ST_AsBinary(v.geom) AS geom
    FROM fabric.parcel_version v
    WHERE v.retired_by IS NULL AND v.geom_3857 && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)
      AND (%(unit)s::text IS NULL OR v.unit = %(unit)s)
    ORDER BY v.parcel_id
"""
EXTENT = """
    SELECT ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
    FROM (SELECT ST_Extent(geom_3857) AS e FROM fabric.parcel_version WHERE retired_by IS NULL AND unit = %s) x
"""


@dataclass(frozen=True)
class Parcels:
    """Parcels on the plane of the grid, in the order of their ids; arrays of one length. `area_m2`: on the plane of the fabric."""

    ids: NDArray[np.int64]
    units: NDArray[np.object_]
    kinds: NDArray[np.object_]
    land_uses: NDArray[np.object_]
    area_m2: NDArray[np.float64]
    shapes: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)

    def without_shapes(self) -> Parcels:
        """The same without geometries, which are the bulk of it."""
        return replace(self, shapes=np.empty(0, object))

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Parcels:
        return Parcels(
            self.ids[which],
            self.units[which],
            self.kinds[which],
            self.land_uses[which],
            self.area_m2[which],
            self.shapes[which],
        )


@dataclass(frozen=True)
class Observations:
    """One row a parcel, in their order. `probability` NaN where nothing was seen."""

    states: NDArray[np.object_]
    probability: NDArray[np.float32]
    changed_m2: NDArray[np.float32]
    observed_share: NDArray[np.float32]


def extent_of_unit(conn: Connection, unit: str, grid: Grid) -> Window | None:
    """The pixels that the parcels of a unit span; None where it has none on the grid."""
    row = conn.execute(EXTENT, (unit,)).fetchone()
    if row is None or row["west"] is None:
        return None
    box = shapely.segmentize(shapely.box(row["west"], row["south"], row["east"], row["north"]), 1_000)
    on_grid = moved(np.array([box], object), WEB_MERCATOR, grid.epsg)[0]
    return grid.covering(*on_grid.bounds)


def in_blocks(
    conn: Connection, srid: int, grid: Grid, unit: str | None, area: Window | None = None
) -> Iterator[tuple[Window, Parcels]]:
    """Every block of the grid with the parcels whose first corner lies in it; parcels that reach in from outside come with the nearest block.

    `srid`: of the fabric. The caller's transaction decides which state of the fabric is read.
    """
    for block in grid.tiles(BLOCK, area):
        box = moved(np.array([outline_of(grid, block)], object), grid.epsg, WEB_MERCATOR)[0]
        west, south, east, north = box.bounds
        rows = conn.execute(
            PARCELS,
            {
                "west": west,
                "south": south,
                "east": east,
                "north": north,
                "unit": unit,
            },
        ).fetchall()
        if rows:
            parcels = _parcels(rows, srid, grid)
            yield block, parcels.chosen(_first_corner_in(parcels, grid, block))


def _parcels(rows: Sequence[dict[str, Any]], srid: int, grid: Grid) -> Parcels:
    def texts(name: str) -> NDArray[np.object_]:
        return np.array([row[name] for row in rows], dtype=object)

    return Parcels(
        ids=np.array([row["parcel_id"] for row in rows], np.int64),
        units=texts("unit"),
        kinds=texts("kind"),
        land_uses=texts("land_use"),
        area_m2=np.array([row["area_m2"] for row in rows], np.float64),
        shapes=moved(shapely.from_wkb([bytes(row["geom"]) for row in rows]), srid, grid.epsg),
    )


def _first_corner_in(parcels: Parcels, grid: Grid, block: Window) -> NDArray[np.bool_]:
    """Which parcels touch the grid and have the upper left corner of their box, drawn onto the grid, in the block."""
    boxes = shapely.bounds(parcels.shapes)
    left, top = (boxes[:, 0] - grid.transform[2]) / grid.gsd, (grid.transform[5] - boxes[:, 3]) / grid.gsd
    right, bottom = (boxes[:, 2] - grid.transform[2]) / grid.gsd, (grid.transform[5] - boxes[:, 1]) / grid.gsd
    on_grid = (right > 0) & (bottom > 0) & (left < grid.width) & (top < grid.height)
    col, row = np.maximum(left, 0) // BLOCK, np.maximum(top, 0) // BLOCK
    mine: NDArray[np.bool_] = on_grid & (col == block.col // BLOCK) & (row == block.row // BLOCK)
    return mine


# ---- statistics ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layers:
    """Readers of the run's rasters: `changed` (uint8: 0 no, `CHANGED`, `SPILT` part of a region but hardly different itself, 255 not observed) and
    `probability` (float32, NaN not observed)."""

    changed: Callable[[Window], NDArray[np.uint8]]
    probability: Callable[[Window], NDArray[np.float32]]


def inwards(parcels: Parcels, grid: Grid, spread: float) -> NDArray[np.object_]:
    """What of each parcel is certainly its own: its shape less the scatter of the registration (`spread`, px); may be empty."""
    if spread <= 0:
        return parcels.shapes
    narrowed: NDArray[np.object_] = shapely.buffer(parcels.shapes, -spread * grid.gsd, join_style="mitre")
    return narrowed


def observe(parcels: Parcels, narrowed: NDArray[np.object_], layers: Layers, grid: Grid) -> Observations:
    """What the run says of parcels; `narrowed` from `inwards`.

    Too small: fewer than `RESOLVED` pixels, or nothing left between the scatter of the two dates. Changed: at least `LEAST_CHANGED` pixels of it,
    or half of it, most of which differ by themselves. Otherwise it is unchanged only when at least `SEEN` of it was observed.
    """
    own = shapely.area(narrowed) / grid.pixel_m2
    count, changed, itself, probability = _figures(narrowed, layers, grid)
    share = np.clip(np.divide(count, own, out=np.zeros_like(own), where=own > 0), 0, 1)
    small = (parcels.area_m2 < RESOLVED * grid.pixel_m2) | (own <= 0)
    much = (changed >= np.minimum(LEAST_CHANGED, own / 2)) & (itself >= ITS_OWN * changed)
    states = np.where(
        small,
        "below_resolution",
        np.where(much & (changed > 0), "changed", np.where(share >= SEEN, "unchanged", "not_observed")),
    ).astype(object)
    return Observations(
        states,
        np.where(count > 0, probability, np.nan).astype(np.float32),
        (changed * grid.pixel_m2).astype(np.float32),
        share.astype(np.float32),
    )


def _figures(shapes: NDArray[np.object_], layers: Layers, grid: Grid) -> NDArray[np.float64]:
    """Pixels observed, changed, and changed by themselves (by coverage), and the quantile of the probability, of each geometry: (4, n)."""
    boxes = shapely.bounds(shapes)
    wide = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) > WIDEST * grid.gsd
    figures = np.zeros((4, len(shapes)))
    near = np.flatnonzero(~wide & ~shapely.is_empty(shapes))
    if len(near):
        figures[:, near] = _together(shapes[near], layers, grid)
    for place in np.flatnonzero(wide):
        parts = _together(_parts(shapes[place], grid), layers, grid)
        figures[:3, place] = parts[:3].sum(axis=1)
        figures[3, place] = np.nanmax(np.append(parts[3], 0.0))
    return figures


def _parts(shape: shapely.Geometry, grid: Grid) -> NDArray[np.object_]:
    """A wide face cut along blocks of the grid."""
    window = grid.covering(*shape.bounds)
    if window is None:
        return np.empty(0, object)
    boxes = [shapely.box(*grid.bounds(tile)) for tile in grid.tiles(WIDEST // 2, window)]
    cut = shapely.intersection(shape, np.array(boxes, object))
    parts: NDArray[np.object_] = cut[shapely.area(cut) > 0]
    return parts


def _together(shapes: NDArray[np.object_], layers: Layers, grid: Grid) -> NDArray[np.float64]:
    """The figures of geometries that lie near one another, (4, n); one that is alone far away costs a window of its own."""
    window = spanned(shapes, grid)
    if window is None:
        return np.zeros((4, len(shapes)))
    if window.rows * window.cols > (WIDEST + BLOCK) ** 2 and len(shapes) > 1:
        middle = len(shapes) // 2
        order = np.argsort(shapely.bounds(shapes)[:, 0], kind="stable")
        result = np.empty((4, len(shapes)))
        for half in (order[:middle], order[middle:]):
            result[:, half] = _together(shapes[half], layers, grid)
        return result
    codes = layers.changed(window)
    unseen = np.where(codes == NOT_OBSERVED, np.float32(np.nan), np.float32(0))
    found = over(
        shapes,
        {
            "changed": unseen + ((codes == CHANGED) | (codes == SPILT)),
            "itself": unseen + (codes == CHANGED),
            "probability": layers.probability(window),
        },
        window,
        grid,
        ["count", "sum", f"quantile(q={QUANTILE})"],
    )
    return np.stack(
        [
            np.nan_to_num(found["changed_count"]),
            np.nan_to_num(found["changed_sum"]),
            np.nan_to_num(found["itself_sum"]),
            found[f"probability_quantile_{round(100 * QUANTILE)}"],
        ]
    )


def spanned(shapes: NDArray[np.object_], grid: Grid) -> Window | None:
    """The pixels that geometries span together; None where they lie beside the grid."""
    west, south, east, north = shapely.total_bounds(shapes)
    return None if np.isnan(west) else grid.covering(west, south, east, north)


def over(
    shapes: NDArray[np.object_],
    layers: dict[str, NDArray[np.float32]],
    window: Window,
    grid: Grid,
    operations: list[str],
) -> dict[str, NDArray[np.float64]]:
    """Coverage-weighted statistics of layers (rows, cols of `window`; NaN is nothing) over geometries, `{layer}_{operation}` → one value each."""
    bounds = grid.bounds(window)
    rasters = [NumPyRasterSource(layer, *bounds, nodata=np.nan, name=name) for name, layer in layers.items()]
    rows = exact_extract(rasters, _Shapes(shapes), operations, output="geojson")
    names = list(rows[0]["properties"]) if rows else []
    alone = f"{next(iter(layers))}_" if len(layers) == 1 else ""  # exactextract leaves the name of a single layer away
    return {alone + name: np.array([_float(row["properties"][name]) for row in rows], np.float64) for name in names}


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)


class _Shapes(FeatureSource):  # type: ignore[misc]
    """Geometries for exactextract, handed over as WKB: four times as quick as GeoJSON."""

    def __init__(self, shapes: NDArray[np.object_]) -> None:
        super().__init__()
        self._wkb = shapely.to_wkb(shapes)

    def __iter__(self) -> Iterator[Feature]:
        return map(_Shape, self._wkb)

    def count(self) -> int:
        return len(self._wkb)

    def srs_wkt(self) -> None:
        return None


class _Shape(Feature):  # type: ignore[misc]
    def __init__(self, wkb: bytes) -> None:
        super().__init__()
        self._wkb = wkb
        self._values: dict[str, Any] = {}

    def geometry(self) -> bytes:
        return self._wkb

    def set(self, name: str, value: Any) -> None:
        self._values[name] = value

    def get(self, name: str) -> Any:
        return self._values[name]

    def fields(self) -> list[str]:
        return list(self._values)
