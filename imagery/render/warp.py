"""From a scene's plane to a picture in Web Mercator (EPSG:3857): which pixels to read, and how to lay them into the picture.

The exact operation is done at the corners of CELLS x CELLS cells only; inside a cell it is bilinear. Over a tile at zoom 8 that errs by a fiftieth
of a picture pixel, and by half as much with each zoom. VN-2000 is taken to WGS84 by the operation that is pinned for the parcels
(`layers.crs`), whatever PROJ's database would choose, so imagery and parcels lie on each other.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyproj
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from rasterio.io import DatasetReader
from rasterio.windows import Window

from layers.crs import FabricCrs

RADIUS = 6_378_137.0
EDGE = math.pi * RADIUS
"""Half the side of the Web Mercator square (m)."""
CELLS = 4
MARGIN = 3
"""Pixels of the level that is read around what the picture needs, for interpolation."""
FINER = 1.3
"""An overview is used as soon as a picture pixel, times this, is as wide as its pixel: at most 1.54 pixels go into one, and nothing looks blurred."""

Bounds = tuple[float, float, float, float]
Mesh = list[tuple[tuple[int, int, int, int], tuple[float, ...]]]


@functools.lru_cache(maxsize=64)
def to_plane(epsg: int) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Degrees (WGS84) to the coordinates of a scene's plane, east or longitude first."""
    crs = pyproj.CRS.from_epsg(epsg)
    if crs.geodetic_crs is not None and crs.geodetic_crs.name == "VN-2000" and crs.is_projected:
        return FabricCrs(epsg).from_wgs84
    transform: Callable[[Any, Any], tuple[Any, Any]] = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform
    return transform


def tile_bounds(z: int, x: int, y: int) -> Bounds:
    """Left, bottom, right, top of a Web Mercator tile (m)."""
    side = 2 * EDGE / 2**z
    return -EDGE + x * side, EDGE - (y + 1) * side, -EDGE + (x + 1) * side, EDGE - y * side


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Degrees to Web Mercator metres."""
    return math.radians(lon) * RADIUS, math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * RADIUS


def mercator_bounds(bounds: Bounds) -> Bounds:
    """Bounds in degrees to bounds in Web Mercator metres."""
    return *mercator(bounds[0], bounds[1]), *mercator(bounds[2], bounds[3])


def degrees(bounds: Bounds) -> Bounds:
    """Bounds in Web Mercator metres to bounds in degrees."""
    lon, lat = _lonlat(np.array(bounds[::2]), np.array(bounds[1::2]))
    return float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])


def _lonlat(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.degrees(x / RADIUS), np.degrees(2 * np.arctan(np.exp(y / RADIUS)) - math.pi / 2)


@dataclass(frozen=True)
class Plan:
    """`box`: the part of the picture that the scene covers (left, top, right, bottom in px). `corners` (CELLS + 1, CELLS + 1, 2): column and row of the
    scene, in its full resolution, at the corners of the cells of the box. `level`: 1 for full resolution, otherwise the overview's factor.
    `window`: what is read, in full-resolution pixels, aligned to the level."""

    size: tuple[int, int]
    box: tuple[int, int, int, int]
    corners: NDArray[np.float64]
    level: int
    window: Window

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the window at the level."""
        return math.ceil(self.window.height / self.level), math.ceil(self.window.width / self.level)

    @property
    def filled(self) -> bool:
        """Whether the scene's grid covers all of the picture."""
        low, high = self.corners.min(axis=(0, 1)), self.corners.max(axis=(0, 1))
        start = np.array([self.window.col_off, self.window.row_off])
        end = start + np.array([self.window.width, self.window.height])
        return self.box == (0, 0, *self.size) and bool((low >= start).all() and (high <= end).all())

    @functools.cached_property
    def mesh(self) -> Mesh:
        """The cells as Pillow wants them."""
        return _mesh(self)


def plan(
    bounds: Bounds,
    size: tuple[int, int],
    epsg: int,
    dataset: DatasetReader,
    footprint: Bounds,
    *,
    overviews: Sequence[int],
) -> Plan | None:
    """How to draw `bounds` (Web Mercator m) as a picture of `size` (width, height in px); None where the scene does not lie.

    `footprint`: bounds of the scene in degrees. Outside them nothing is computed, so a picture may reach far beyond the plane's use.
    """
    box = _covered(bounds, size, mercator_bounds(footprint))
    if box is None:
        return None
    corners = _corners(bounds, size, box, epsg, dataset.transform)
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    if not np.isfinite(corners).all() or (high <= 0).any() or low[0] >= dataset.width or low[1] >= dataset.height:
        return None
    level = _level(corners, box, overviews)
    reach = MARGIN * level
    start = np.maximum(0, np.floor((low - reach) / level) * level).astype(int)
    end = np.minimum([dataset.width, dataset.height], np.ceil((high + reach) / level) * level).astype(int)
    width, height = (end - start).tolist()
    return Plan(size, box, corners, level, Window(int(start[0]), int(start[1]), width, height))


def _covered(bounds: Bounds, size: tuple[int, int], scene: Bounds) -> tuple[int, int, int, int] | None:
    across, down = size[0] / (bounds[2] - bounds[0]), size[1] / (bounds[3] - bounds[1])
    left, right = ((scene[i] - bounds[0]) * across for i in (0, 2))
    top, bottom = ((bounds[3] - scene[i]) * down for i in (3, 1))
    box = (
        max(0, math.floor(left) - 1),
        max(0, math.floor(top) - 1),
        min(size[0], math.ceil(right) + 1),
        min(size[1], math.ceil(bottom) + 1),
    )
    return box if box[0] < box[2] and box[1] < box[3] else None


def _corners(
    bounds: Bounds, size: tuple[int, int], box: tuple[int, int, int, int], epsg: int, transform: Affine
) -> NDArray[np.float64]:
    columns, rows = np.linspace(box[0], box[2], CELLS + 1), np.linspace(box[1], box[3], CELLS + 1)
    x = bounds[0] + columns * (bounds[2] - bounds[0]) / size[0]
    y = bounds[3] - rows * (bounds[3] - bounds[1]) / size[1]
    east, north = to_plane(epsg)(*_lonlat(*(part.ravel() for part in np.meshgrid(x, y))))
    column, row = ~transform * (np.asarray(east), np.asarray(north))
    return np.stack([column, row], axis=-1).reshape(CELLS + 1, CELLS + 1, 2)


def _level(corners: NDArray[np.float64], box: tuple[int, int, int, int], overviews: Sequence[int]) -> int:
    """The coarsest level that is still fine enough for the picture."""
    across = np.hypot(*np.diff(corners, axis=1).T).mean() * CELLS / (box[2] - box[0])
    down = np.hypot(*np.diff(corners, axis=0).T).mean() * CELLS / (box[3] - box[1])
    step = min(across, down)
    return max((factor for factor in overviews if factor <= step * FINER), default=1)


def laid(image: Image.Image, made: Plan, *, nearest: bool = False) -> Image.Image:
    """The read window, 8 bit a channel, as a picture of the plan's size; 0 where the scene does not lie.

    Interpolated bilinearly, or taken from the nearest pixel (for classes, which have nothing in between).
    """
    how = Image.Resampling.NEAREST if nearest else Image.Resampling.BILINEAR
    left, top, right, bottom = made.box
    drawn = image.transform((right - left, bottom - top), Image.Transform.MESH, made.mesh, how)
    if drawn.size == made.size:
        return drawn
    whole = Image.new(image.mode, made.size)
    whole.paste(drawn, (left, top))
    return whole


def _mesh(made: Plan) -> Mesh:
    """A rectangle of the picture for each cell, and the four places of the window that its corners show (NW, SW, SE, NE).

    Cells have whole pixels of the picture as their edges, the exact corners do not; so each cell takes its corners from the bilinear field.
    """
    left, top, right, bottom = made.box
    width, height = right - left, bottom - top
    scale = np.array(made.shape[::-1]) / (made.window.width, made.window.height)
    places = (made.corners - (made.window.col_off, made.window.row_off)) * scale
    columns = np.unique(np.linspace(0, width, CELLS + 1).round().astype(int))
    rows = np.unique(np.linspace(0, height, CELLS + 1).round().astype(int))
    field = _bilinear(places, columns / width * CELLS, rows / height * CELLS)
    mesh = []
    for i, (y0, y1) in enumerate(pairwise(rows)):
        for j, (x0, x1) in enumerate(pairwise(columns)):
            quad = (*field[i, j], *field[i + 1, j], *field[i + 1, j + 1], *field[i, j + 1])
            mesh.append(((int(x0), int(y0), int(x1), int(y1)), tuple(float(value) for value in quad)))
    return mesh


def _bilinear(
    field: NDArray[np.float64], across: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The field (rows, columns, 2) at fractional places of its own grid, for every pair of `down` and `across`."""

    def weights(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(0.0, 1.0 - np.abs(places[:, None] - np.arange(CELLS + 1)))

    out: NDArray[np.float64] = np.einsum("ri,cj,ijk->rck", weights(down), weights(across), field)
    return out
