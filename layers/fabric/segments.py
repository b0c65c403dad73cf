"""Faces as directed integer segments: the arithmetic behind "no gap, no overlap", on whole numpy arrays.

Everything here works on integer millimetres; there is no tolerance. The directed boundary segments of a set of faces are
added up, opposite ones cancel, and what is left is the boundary of the set (`land-admin-anchors.md` §4.3): for a partition,
exactly its outer rings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Objects = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rings:
    """Polygons as open integer rings: ``xy`` (n, 2) mm; ring r is ``xy[start[r]:start[r + 1]]`` and belongs to polygon
    ``polygon[r]``; ``hole[r]`` tells holes from shells."""

    xy: Ints
    start: Ints
    polygon: Ints
    hole: NDArray[np.bool_]

    @property
    def ring_of(self) -> Ints:
        """Ring number of every vertex."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def following(self) -> Ints:
        """Index of the next vertex in the same ring, for every vertex."""
        nxt = np.arange(1, len(self.xy) + 1, dtype=np.int64)
        filled = np.diff(self.start) > 0
        nxt[self.start[1:][filled] - 1] = self.start[:-1][filled]
        return nxt

    def double_areas(self) -> Ints:
        """Twice the signed area of every ring in mm², exact."""
        if len(self.xy) == 0:
            return np.zeros(len(self.start) - 1, dtype=np.int64)
        ring = self.ring_of
        first = np.minimum(self.start[:-1], len(self.xy) - 1)  # a last ring without points has no first one
        local = self.xy - self.xy[first][ring]
        after = local[self.following()]
        cross = local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1]
        sums = np.concatenate([[0], np.cumsum(cross)])
        return np.asarray(sums[self.start[1:]] - sums[self.start[:-1]], dtype=np.int64)

    def polygon_double_areas(self, count: int) -> Ints:
        """Twice the area of every polygon in mm² (shell minus holes, whatever their direction)."""
        areas = np.abs(self.double_areas())
        out = np.zeros(count, dtype=np.int64)
        np.add.at(out, self.polygon, np.where(self.hole, -areas, areas))
        return out


def to_mm(coordinates: Floats) -> Ints:
    """Metres to whole millimetres, each value rounded once (numpy's round half to even)."""
    return np.asarray(np.round(coordinates * 1000.0), dtype=np.int64)


def rings_of(polygons: Objects, *, scale: float = 1000.0) -> Rings:
    """Integer rings of an array of Polygons given in metres (``scale=1`` for integer-scaled ones).

    The closing point and repeated consecutive points are dropped; directions stay as they are."""
    parts = np.asarray(polygons, dtype=object)
    rings, polygon = shapely.get_rings(parts, return_index=True)
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    xy = np.asarray(np.round(coords * scale), dtype=np.int64)
    counts = np.bincount(ring, minlength=len(rings)).astype(np.int64)
    hole = np.ones(len(rings), dtype=bool)
    if len(rings):
        hole[np.flatnonzero(np.concatenate([[True], polygon[1:] != polygon[:-1]]))] = False
    if len(xy):
        keep = np.concatenate([(xy[1:] != xy[:-1]).any(axis=1) | (ring[1:] != ring[:-1]), [True]])
        # the last point of a ring repeats the first one and always goes
        keep[np.cumsum(counts[counts > 0]) - 1] = False
        xy, ring = xy[keep], ring[keep]
        counts = np.bincount(ring, minlength=len(rings)).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Rings(xy, start, polygon.astype(np.int64), hole)


def oriented(rings: Rings) -> Rings:
    """The same rings with shells counter-clockwise and holes clockwise."""
    areas = rings.double_areas()
    wrong = np.where(rings.hole, areas > 0, areas < 0)
    if not wrong.any():
        return rings
    index = np.arange(len(rings.xy), dtype=np.int64)
    ring = rings.ring_of
    flip = wrong[ring]
    index[flip] = (rings.start[:-1] + rings.start[1:] - 1)[ring[flip]] - index[flip]
    return Rings(rings.xy[index], rings.start, rings.polygon, rings.hole)


def polygons_of(rings: Rings, count: int, *, scale: float = 1000.0) -> Objects:
    """Polygons in metres, every coordinate exactly ``mm / 1000.0``; polygon numbers 0…count-1 must all occur, in order."""
    lengths = np.diff(rings.start)
    closed = np.concatenate([[0], np.cumsum(lengths + 1)]).astype(np.int64)
    index = np.empty(int(closed[-1]), dtype=np.int64)
    ring_of = np.repeat(np.arange(len(lengths)), lengths + 1)
    index[:] = np.arange(len(index)) - closed[:-1][ring_of] + rings.start[:-1][ring_of]
    index[closed[1:] - 1] = rings.start[:-1]
    coords = rings.xy[index] / scale
    per = np.bincount(rings.polygon, minlength=count)
    geoms = np.concatenate([[0], np.cumsum(per)]).astype(np.int64)
    return np.asarray(shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords, (closed, geoms)))


@dataclass(frozen=True, slots=True)
class OpenSegments:
    """What is left after cancelling: ``start`` and ``end`` (k, 2) in mm, ``count`` ≥ 1 how often, and one face that has each."""

    start: Ints
    end: Ints
    count: Ints
    face: Ints

    def __len__(self) -> int:
        return len(self.count)


def segments(rings: Rings) -> tuple[Ints, Ints, Ints]:
    """All directed segments: (start, end, polygon), interior to the left of oriented rings."""
    return rings.xy, rings.xy[rings.following()] if len(rings.xy) else rings.xy, rings.polygon[rings.ring_of]


def cancel(start: Ints, end: Ints, face: Ints) -> OpenSegments:
    """Add up directed segments; opposite ones cancel."""
    if len(start) == 0:
        return OpenSegments(start, end, np.zeros(0, np.int64), face)
    low = np.minimum(start.min(axis=0), end.min(axis=0))
    span = np.maximum(start.max(axis=0), end.max(axis=0)) - low + 1
    if float(span[0]) * float(span[1]) >= 2.0**62:
        raise ValueError("the faces span more than the 64-bit keys of one region can tell apart")
    a = (start[:, 0] - low[0]) * span[1] + (start[:, 1] - low[1])
    b = (end[:, 0] - low[0]) * span[1] + (end[:, 1] - low[1])
    sign = np.where(a < b, 1, -1).astype(np.int64)
    lo, hi = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((hi, lo))
    lo, hi = lo[order], hi[order]
    new = np.concatenate([[True], (lo[1:] != lo[:-1]) | (hi[1:] != hi[:-1])])
    group = np.flatnonzero(new)
    total = np.add.reduceat(sign[order], group)
    left = np.flatnonzero(total)
    at = order[group[left]]
    # a representative with the sign of the sum, so that its face really has the segment in this direction
    count = total[left]
    first = start[at].copy()
    second = end[at].copy()
    swap = sign[at] != np.sign(count)
    first[swap], second[swap] = end[at][swap], start[at][swap]
    who = face[at].copy()
    if swap.any():
        sizes = np.diff(np.concatenate([group, [len(lo)]]))
        for k in np.flatnonzero(swap):
            g = left[k]
            members = order[group[g] : group[g] + sizes[g]]
            who[k] = face[members[sign[members] == np.sign(count[k])][0]]
    return OpenSegments(first, second, np.abs(count), who)


def open_segments(faces: Objects) -> OpenSegments:
    """The directed segments of the faces (Polygons in metres) that no other face has in the opposite direction.

    For a partition these are exactly its outer rings, each segment once."""
    return cancel(*segments(oriented(rings_of(faces))))
