"""The common grid of a run: one lattice of square metre pixels that every date is brought to, and its tiles.

The lattice of the before scene is kept where that is a plane in metres, so that date is never resampled; otherwise the UTM zone of the
overlap is taken. Where one date is more than `COARSER` times finer than the other it is averaged down to the coarser lattice.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj.crs import CRS

from layers.crs import WGS84, FabricCrs
from layers.errors import Malformed

COARSER = 1.5
"""Ratio of pixel sizes from which the finer date is averaged down."""
LEAST = 64
"""px; a narrower overlap says nothing about registration and radiometry."""

Transform = tuple[float, float, float, float, float, float]


class Placed(Protocol):
    """What the grid has to know of a scene; `transform` takes (column, row) to the plane as affine a, b, c, d, e, f, `gsd` is in metres."""

    @property
    def code(self) -> str: ...
    @property
    def epsg(self) -> int: ...
    @property
    def transform(self) -> Transform: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def gsd(self) -> float: ...


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels: first row and column, and how many."""

    row: int
    col: int
    rows: int
    cols: int

    def grown(self, by: int, grid: Grid) -> Window:
        """The window with `by` pixels more on each side, as far as the grid reaches."""
        row, col = max(0, self.row - by), max(0, self.col - by)
        return Window(
            row,
            col,
            min(grid.height, self.row + self.rows + by) - row,
            min(grid.width, self.col + self.cols + by) - col,
        )

    def within(self, other: Window) -> tuple[slice, slice]:
        """Where this window lies in an array that covers `other`."""
        row, col = self.row - other.row, self.col - other.col
        return slice(row, row + self.rows), slice(col, col + self.cols)


@dataclass(frozen=True)
class Grid:
    """North-up square pixels on the plane `epsg` (metres)."""

    epsg: int
    transform: Transform
    width: int
    height: int

    @property
    def affine(self) -> Affine:
        return Affine(*self.transform)

    @property
    def gsd(self) -> float:
        """Side of a pixel, m."""
        return self.transform[0]

    @property
    def pixel_m2(self) -> float:
        return self.gsd**2

    def bounds(self, window: Window) -> tuple[float, float, float, float]:
        """West, south, east, north of a window, m."""
        west, north = self.transform[2] + window.col * self.gsd, self.transform[5] - window.row * self.gsd
        return west, north - window.rows * self.gsd, west + window.cols * self.gsd, north

    def whole(self) -> Window:
        return Window(0, 0, self.height, self.width)

    def covering(self, west: float, south: float, east: float, north: float) -> Window | None:
        """The pixels that a box on the plane touches; None where it lies beside the grid."""
        first_col = max(0, math.floor((west - self.transform[2]) / self.gsd))
        first_row = max(0, math.floor((self.transform[5] - north) / self.gsd))
        last_col = min(self.width, math.ceil((east - self.transform[2]) / self.gsd))
        last_row = min(self.height, math.ceil((self.transform[5] - south) / self.gsd))
        if last_col <= first_col or last_row <= first_row:
            return None
        return Window(first_row, first_col, last_row - first_row, last_col - first_col)

    def tiles(self, side: int, area: Window | None = None) -> Iterator[Window]:
        """Tiles of `side` px row by row, from pixel 0, 0; only those that touch `area` when it is given."""
        area = area or self.whole()
        for row in range(area.row // side * side, area.row + area.rows, side):
            for col in range(area.col // side * side, area.col + area.cols, side):
                yield Window(row, col, min(side, self.height - row), min(side, self.width - col))


@functools.cache
def is_plane(epsg: int) -> bool:
    """Whether the system is projected and in metres."""
    crs = CRS.from_epsg(epsg)
    return bool(crs.is_projected) and {axis.unit_name for axis in crs.axis_info} == {"metre"}


def utm_zone(lon: float, lat: float) -> int:
    """EPSG code of the WGS84 UTM zone of a place (degrees)."""
    return (32_600 if lat >= 0 else 32_700) + min(60, int((lon + 180) // 6) + 1)


def common(before: Placed, after: Placed) -> Grid:
    """The grid of the ground that both dates show.

    Raises Malformed 'no-overlap' where they show none, 'overlap-too-small' where it is less than `LEAST` px across.
    """
    base = after if after.gsd / before.gsd > COARSER else before
    epsg, origin, gsd = _lattice(base)
    shared = shapely.intersection(outline(before, epsg), outline(after, epsg))
    if shapely.area(shared) == 0:
        raise Malformed(
            "no-overlap",
            f"The scenes {before.code} and {after.code} show no common ground.",
            f"Hai cảnh ảnh {before.code} và {after.code} không có phần chồng lên nhau.",
        )
    west, south, east, north = shared.bounds
    slack = 1e-6  # px
    col, row = math.ceil((west - origin[0]) / gsd - slack), math.ceil((origin[1] - north) / gsd - slack)
    width = math.floor((east - origin[0]) / gsd + slack) - col
    height = math.floor((origin[1] - south) / gsd + slack) - row
    if min(width, height) < LEAST:
        raise Malformed(
            "overlap-too-small",
            f"The scenes share only {max(0, width)} x {max(0, height)} pixels of {gsd:g} m; at least {LEAST} are needed each way.",
            f"Hai cảnh ảnh chỉ chung {max(0, width)} x {max(0, height)} điểm ảnh {gsd:g} m; cần ít nhất {LEAST} điểm mỗi chiều.",
        )
    return Grid(epsg, (gsd, 0.0, origin[0] + col * gsd, 0.0, -gsd, origin[1] - row * gsd), width, height)


def _lattice(base: Placed) -> tuple[int, tuple[float, float], float]:
    """EPSG code, a corner of the lattice (x, y) and the side of its pixels, m."""
    a, b, x, d, e, y = base.transform
    if is_plane(base.epsg) and b == d == 0 and a > 0 and abs(a + e) <= 1e-6 * a:
        return base.epsg, (x, y), a
    middle = shapely.centroid(outline(base, WGS84))
    return utm_zone(middle.x, middle.y), (0.0, 0.0), base.gsd


def outline(scene: Placed, epsg: int) -> shapely.Polygon:
    """The edge of a scene's raster on another plane, with enough points for its curves."""
    share = np.linspace(0, 1, 22)[:-1]
    zero, one = np.zeros_like(share), np.ones_like(share)
    cols = scene.width * np.concatenate([share, one, 1 - share, zero])
    rows = scene.height * np.concatenate([zero, share, one, 1 - share])
    a, b, c, d, e, f = scene.transform
    x, y = a * cols + b * rows + c, d * cols + e * rows + f
    return shapely.Polygon(np.column_stack((x, y) if scene.epsg == epsg else between(scene.epsg, epsg)(x, y)))


def outline_of(grid: Grid, window: Window) -> shapely.Polygon:
    """The edge of a window on the plane of the grid, with enough points for its curves on another plane."""
    side = max(window.rows, window.cols) * grid.gsd
    return shapely.segmentize(shapely.box(*grid.bounds(window)), side / 16)


Change = Callable[[Any, Any], tuple[Any, Any]]
"""Takes x and y (or longitude and latitude) of one system to another."""


@functools.lru_cache(maxsize=64)
def between(source: int, target: int) -> Change:
    """The change from one system to another; VN-2000 by the pinned operation, not by the one PROJ would choose."""
    planes = [FabricCrs(epsg) if _is_vn2000(epsg) else None for epsg in (source, target)]
    if planes == [None, None]:
        return pyproj.Transformer.from_crs(source, target, always_xy=True).transform
    first = planes[0].to_wgs84 if planes[0] else between(source, WGS84)
    second = planes[1].from_wgs84 if planes[1] else between(WGS84, target)
    return lambda x, y: second(*first(x, y))


@functools.cache
def _is_vn2000(epsg: int) -> bool:
    crs = CRS.from_epsg(epsg)
    return bool(crs.is_projected) and crs.geodetic_crs is not None and crs.geodetic_crs.name == "VN-2000"


def moved(geometry: NDArray[np.object_], source: int, target: int) -> NDArray[np.object_]:
    """Geometries on another plane."""
    if source == target:
        return geometry
    change = between(source, target)

    def points(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(change(xy[:, 0], xy[:, 1]))

    result: NDArray[np.object_] = shapely.transform(geometry, points)
    return result
