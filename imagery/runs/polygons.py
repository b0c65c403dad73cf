"""From classes of pixels to polygons: regions over the whole scene, however it was tiled, with bounded memory.

Hysteresis (Canny 1986): a region of weak pixels (8-neighbours) is kept when a strong one is among them and it is large enough. The
scene is labelled strip by strip; labels that meet at a border are joined afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio import features
from scipy import ndimage, sparse
from scipy.sparse.csgraph import connected_components

from imagery.runs.grid import Grid, Window

EIGHT = np.ones((3, 3), dtype=np.int8)
STRIP_PIXELS = 2**23
"""Pixels that are labelled at once (32 MB of labels)."""

Classes = Callable[[Window], NDArray[np.uint8]]
"""Reads a window of classes: 0 no, 1 weak, 2 strong, 255 not observed."""


@dataclass(frozen=True)
class Regions:
    """Kept regions, top to bottom. `boxes`: first row, first column, rows, columns (n, 4); `pixels` (n)."""

    boxes: NDArray[np.int64]
    pixels: NDArray[np.int64]

    def windows(self) -> Iterator[tuple[Window, int]]:
        for box, pixels in zip(self.boxes.tolist(), self.pixels.tolist(), strict=True):
            yield Window(*box), pixels


@dataclass(frozen=True)
class _Strip:
    """Figures of the labels of a strip: pixels, whether a strong one is among them, box (row0, col0, row1, col1); labels of the edge rows."""

    pixels: NDArray[np.int64]
    strong: NDArray[np.bool_]
    boxes: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]


def regions(classes: Classes, grid: Grid, least_pixels: int, area: Window | None = None) -> Regions:
    """The kept regions of at least `least_pixels` in `area` (default the whole grid)."""
    area = area or grid.whole()
    rows = max(1, STRIP_PIXELS // area.cols)
    strips: list[_Strip] = []
    links: list[NDArray[np.int64]] = []
    total = 0
    for row in range(area.row, area.row + area.rows, rows):
        window = Window(row, area.col, min(rows, area.row + area.rows - row), area.cols)
        strip = _labelled(classes(window), window)
        if strips:
            links.append(_meeting(strips[-1].last, total - len(strips[-1].pixels), strip.first, total))
        strips.append(strip)
        total += len(strip.pixels)
    return _joined(strips, np.concatenate(links) if links else np.empty((0, 2), np.int64), total, least_pixels)


def _labelled(classes: NDArray[np.uint8], window: Window) -> _Strip:
    weak = (classes == 1) | (classes == 2)
    labels, count = ndimage.label(weak, EIGHT)
    found = ndimage.find_objects(labels)
    boxes = np.array([(r.start, c.start, r.stop, c.stop) for r, c in found], dtype=np.int64).reshape(-1, 4) + np.array(
        [window.row, window.col, window.row, window.col]
    )
    return _Strip(
        pixels=np.bincount(labels[weak], minlength=count + 1)[1:].astype(np.int64),
        strong=np.bincount(labels[classes == 2], minlength=count + 1)[1:] > 0,
        boxes=boxes,
        first=labels[0].copy(),
        last=labels[-1].copy(),
    )


def _meeting(
    above: NDArray[np.int32], above_start: int, below: NDArray[np.int32], below_start: int
) -> NDArray[np.int64]:
    """Pairs of labels (numbered through all strips) that touch across a border, also by a corner."""
    pairs = []
    for move in (-1, 0, 1):
        one = above[max(0, -move) : len(above) - max(0, move)]
        two = below[max(0, move) : len(below) - max(0, -move)]
        touching = (one > 0) & (two > 0)
        pairs.append(np.column_stack([one[touching] - 1 + above_start, two[touching] - 1 + below_start]))
    return np.unique(np.concatenate(pairs).astype(np.int64), axis=0)


def _joined(strips: list[_Strip], links: NDArray[np.int64], total: int, least_pixels: int) -> Regions:
    graph = sparse.coo_matrix((np.ones(len(links), np.int8), (links[:, 0], links[:, 1])), shape=(total, total))
    count, region = connected_components(graph, directed=False)
    pixels, strong = np.zeros(count, np.int64), np.zeros(count, bool)
    low, high = np.full((count, 2), np.iinfo(np.int64).max), np.zeros((count, 2), np.int64)
    if total:
        boxes = np.concatenate([strip.boxes for strip in strips])
        np.add.at(pixels, region, np.concatenate([strip.pixels for strip in strips]))
        np.logical_or.at(strong, region, np.concatenate([strip.strong for strip in strips]))
        np.minimum.at(low, region, boxes[:, :2])
        np.maximum.at(high, region, boxes[:, 2:])
    kept = strong & (pixels >= least_pixels)
    boxes = np.column_stack([low[kept], high[kept] - low[kept]])
    order = np.lexsort((pixels[kept], boxes[:, 1], boxes[:, 0]))
    return Regions(boxes[order], pixels[kept][order])


def mask_of(classes: Classes, window: Window, pixels: int) -> NDArray[np.bool_]:
    """The pixels (rows, cols) of the kept region whose box is `window`.

    Of the regions in its box it is the one that reaches all four edges: two such regions would cross, and be one.
    """
    values = classes(window)
    labels, _ = ndimage.label((values == 1) | (values == 2), EIGHT)
    reaching = (
        set(np.unique(labels[0]))
        & set(np.unique(labels[-1]))
        & set(np.unique(labels[:, 0]))
        & set(np.unique(labels[:, -1]))
    )
    for label in sorted(reaching - {0}):
        mask: NDArray[np.bool_] = labels == label
        if int(mask.sum()) == pixels:
            return mask
    raise AssertionError(f"no region fills {window}")


def polygon_of(mask: NDArray[np.bool_], window: Window, grid: Grid) -> shapely.MultiPolygon:
    """The outline of a region on the plane of the grid, simplified at half a pixel; never empty."""
    west, _, _, north = grid.bounds(window)
    place = (grid.gsd, 0.0, west, 0.0, -grid.gsd, north)
    parts = [
        shapely.geometry.shape(outline)
        for outline, _ in features.shapes(mask.astype(np.uint8), mask=mask, connectivity=4, transform=place)
    ]
    exact = shapely.MultiPolygon(parts)
    simple = shapely.simplify(exact, grid.gsd / 2, preserve_topology=True)
    return as_multi(simple if shapely.is_valid(simple) and not simple.is_empty else exact)


def as_multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons in a geometry."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0])
