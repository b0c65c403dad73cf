"""Polygons to a partition on the 1 mm grid: every point of the land in exactly one face, each boundary shared vertex
by vertex.

Coordinates are rounded once. Where the directed segments then already cancel to simple outer rings, every vertex stays
as it is (the usual case of a good cadastral file). Only where they do not (overlaps, vertices missing on a neighbour's
side, broken rings) the polygons concerned are noded by snap rounding. What two sources claim becomes an *overlap*
face, what is enclosed and unclaimed a *gap* face. There is no tolerance. Metres in and out, integer millimetres
inside; areas are exact integers (twice mm²)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.exchange.arrangement import arrange
from layers.exchange.noding import node
from layers.fabric.segments import (
    Ints,
    Objects,
    OpenSegments,
    Rings,
    cancel,
    oriented,
    polygons_of,
    rings_of,
    segments,
)

WHOLE_FROM = 0.25
"""Share of open segments from which the whole file is noded at once."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """A source polygon of which no face is left, with its double area in mm² after rounding."""

    row: int
    why: str
    double_mm2: int


@dataclass
class Partition:
    """Faces (Polygons in metres) and for each the rows that claim it: one row a parcel, several an overlap, none a
    gap."""

    geometry: Objects
    claims: list[tuple[int, ...]]
    double_mm2: Ints
    vanished: list[Vanished] = field(default_factory=list)
    noded: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows whose boundary gained points (or was broken); all others kept every vertex."""
    broken: dict[int, str] = field(default_factory=dict)
    """Rows whose own polygon was invalid, with the reason; read by the even-odd rule."""
    row_double_mm2: dict[int, int] = field(default_factory=dict)
    """Twice the area of each row after noding (overlaps counted for each claimant)."""


def partition(polygons: Objects, rows: Ints, *, existing: Ints | None = None) -> Partition:
    """Partition polygons (single, in metres) of source rows ``rows`` (several parts of a row carry the same number).

    Rows listed in ``existing`` are faces already registered: gaps that concern only them are left alone. Raises
    ArithmeticError if the result is not a partition, which would be a fault of this module, never of the data."""
    origin = _origin(polygons)
    rings = oriented(_drop_degenerate(rings_of(polygons), len(polygons)))
    local = Rings(rings.xy - origin, rings.start, rings.polygon, rings.hole)
    out = _Work(local, rows, len(polygons))
    out.run()
    return out.result(origin, set() if existing is None else set(existing.tolist()))


def _origin(polygons: Objects) -> Ints:
    bounds = shapely.total_bounds(polygons)
    middle = np.array([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2])
    if (bounds[2:] - bounds[:2]).max() > 500_000:
        raise ValueError("the polygons span more than 500 km")
    return np.asarray(np.round(middle) * 1000, dtype=np.int64)


def _drop_degenerate(rings: Rings, count: int) -> Rings:
    """Without rings of fewer than three points or without area; without polygons whose shell is such a ring."""
    short = np.diff(rings.start) < 3
    if short.any():
        rings = _without(rings, short, count)
    flat = rings.double_areas() == 0
    for r in np.flatnonzero(flat).tolist():
        flat[r] = _straight(rings.xy[rings.start[r] : rings.start[r + 1]])
    return _without(rings, flat, count) if flat.any() else rings


def _straight(xy: Ints) -> bool:
    """All points on one line (a symmetric bowtie has no area either, but it is not flat)."""
    d = xy - xy[0]
    far = d[int(np.abs(d).sum(axis=1).argmax())]
    return bool((d[:, 0] * far[1] == d[:, 1] * far[0]).all())


def _without(rings: Rings, dead: NDArray[np.bool_], count: int) -> Rings:
    gone = np.zeros(count, dtype=bool)
    gone[rings.polygon[dead & ~rings.hole]] = True
    return take(rings, np.flatnonzero(~dead & ~gone[rings.polygon]))


def take(rings: Rings, which: Ints) -> Rings:
    """Some rings, in the given order."""
    length = np.diff(rings.start)[which]
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    index = np.arange(start[-1]) - np.repeat(start[:-1], length) + np.repeat(rings.start[which], length)
    return Rings(rings.xy[index], start, rings.polygon[which], rings.hole[which])


class _Work:
    """The state of one partitioning; polygons 0…n-1 on local integer coordinates."""

    def __init__(self, rings: Rings, rows: Ints, count: int) -> None:
        self.rings = rings
        self.rows = rows
        self.count = count
        self.alive = np.zeros(count, dtype=bool)
        self.alive[rings.polygon] = True
        self.dirty = np.zeros(count, dtype=bool)
        self.broken: dict[int, str] = {}
        self.faces: Objects = np.zeros(0, dtype=object)
        self.claims: list[tuple[int, ...]] = []
        self.changed: Ints = np.zeros(0, dtype=np.int64)

    # ---- the steps

    def run(self) -> None:
        self._find_broken()
        everything = segments(self.rings)
        left = cancel(*everything)
        if len(left) > WHOLE_FROM * len(self.rings.xy):
            self.dirty |= self.alive
        else:
            self._find_dirty(left)
        for _ in range(12):
            self._node_dirty()
            if not self._spread():
                break
        else:
            self.dirty |= self.alive
            self._node_dirty()
        if not self.dirty[self.alive].all() and self.dirty.any() and not _planar(self._all()[0]):
            self.dirty |= self.alive
            self._node_dirty()

    def _find_broken(self) -> None:
        index = np.flatnonzero(self.alive)
        whole = polygons_of(self._compact(self.rings, index), len(index), scale=1.0)
        for k in np.flatnonzero(~shapely.is_valid(whole)).tolist():
            p = int(index[k])
            self.broken[int(self.rows[p])] = str(shapely.is_valid_reason(whole[k])).split("[")[0]
            self.dirty[p] = True
            box = shapely.box(*shapely.bounds(whole[k]))
            self.dirty[index[shapely.intersects(whole, box)]] = True

    @staticmethod
    def _compact(rings: Rings, index: Ints) -> Rings:
        """Polygon numbers replaced by their place in ``index``."""
        return Rings(rings.xy, rings.start, np.searchsorted(index, rings.polygon), rings.hole)

    def _find_dirty(self, left: OpenSegments) -> None:
        """Mark the polygons near open segments that are not a clean outline of a region covered once."""
        edges = np.concatenate([left.start, left.end], axis=1)
        chains = node(edges)
        bad = chains.split
        self.dirty[left.face[bad]] = True
        regions = _not_once(chains.xy, chains.start, left)
        if len(regions):
            index = np.flatnonzero(self.alive)
            whole = polygons_of(self._compact(self.rings, index), len(index), scale=1.0)
            touched = shapely.STRtree(whole).query(regions, predicate="intersects")[1]
            self.dirty[index[np.unique(touched)]] = True

    def _node_dirty(self) -> None:
        """Node the dirty polygons, arrange them, and give each face to the rows that claim it."""
        chosen = self.dirty[self.rings.polygon]
        rings = take(self.rings, np.flatnonzero(chosen))
        if len(rings.xy) == 0:
            self.faces, self.claims = np.zeros(0, dtype=object), []
            self.new_points: Ints = np.zeros((0, 4), dtype=np.int64)
            return
        a, b, polygon = segments(rings)
        chains = node(np.concatenate([a, b], axis=1))
        pieces = np.ones(len(chains.xy), dtype=bool)
        pieces[chains.start[1:] - 1] = False
        at = np.flatnonzero(pieces)
        owner = np.repeat(np.arange(len(a)), np.diff(chains.start) - 1)
        edges = np.concatenate([chains.xy[at], chains.xy[at + 1]], axis=1)
        split = chains.split
        self.new_points = np.concatenate([a[split], b[split]], axis=1)
        self.changed = np.unique(self.rows[polygon[split]])
        plan = arrange(edges, polygon[owner])
        groups: dict[tuple[int, ...], list[int]] = {}
        for face, winding in enumerate(plan.winding):
            claim = tuple(sorted({int(self.rows[p]) for p, w in winding.items() if w % 2}))
            if claim:
                groups.setdefault(claim, []).append(face)
        faces: list[NDArray[np.object_]] = []
        self.claims = []
        for who, members in sorted(groups.items()):
            parts = plan.faces[members]
            if len(members) > 1:
                parts = np.asarray(shapely.get_parts(shapely.coverage_union_all(parts)))
            faces.append(parts)
            self.claims += [who] * len(parts)
        self.faces = np.concatenate(faces) if faces else np.zeros(0, dtype=object)

    def _spread(self) -> bool:
        """Make clean polygons dirty that share a segment which noding has split; True if there were any."""
        if len(self.new_points) == 0:
            return False
        clean = take(self.rings, np.flatnonzero(~self.dirty[self.rings.polygon]))
        if len(clean.xy) == 0:
            return False
        a, b, polygon = segments(clean)
        mine = np.concatenate([a, b], axis=1)
        near = _in_box(mine, self.new_points)
        mine, polygon = mine[near], polygon[near]
        both = np.concatenate([_canonical(self.new_points), _canonical(mine)])
        _, number = np.unique(both, axis=0, return_inverse=True)
        number = number.reshape(-1)
        hit = np.isin(number[len(self.new_points) :], number[: len(self.new_points)])
        self.dirty[polygon[hit]] = True
        return bool(hit.any())

    def _all(self) -> tuple[Rings, list[tuple[int, ...]]]:
        """The untouched polygons and the noded faces together, and who claims each."""
        clean = np.flatnonzero(self.alive & ~self.dirty)
        kept = take(self.rings, np.flatnonzero(~self.dirty[self.rings.polygon]))
        noded = oriented(rings_of(self.faces, scale=1.0))
        both = _stack(self._compact(kept, clean), noded, len(clean))
        return both, [(row,) for row in self.rows[clean].tolist()] + self.claims

    # ---- the result

    def result(self, origin: Ints, existing: set[int]) -> Partition:
        both, claims = self._all()
        holes = _gaps(both, claims, existing)
        if len(holes):
            both = _stack(both, oriented(rings_of(holes, scale=1.0)), len(claims))
            claims += [()] * len(holes)
        moved = Rings(both.xy + origin, both.start, both.polygon, both.hole)
        geometry = polygons_of(moved, len(claims))
        areas = both.polygon_double_areas(len(claims))
        totals: dict[int, int] = {}
        for who, area in zip(claims, areas.tolist(), strict=True):
            for row in who:
                totals[row] = totals.get(row, 0) + area
        return Partition(
            geometry,
            claims,
            areas,
            self._vanished(totals),
            np.union1d(self.changed, np.array(sorted(self.broken), dtype=np.int64)),
            self.broken,
            totals,
        )

    def _vanished(self, totals: dict[int, int]) -> list[Vanished]:
        per = np.zeros(self.count, dtype=np.int64)
        per += self.rings.polygon_double_areas(self.count)
        dead = np.flatnonzero(~self.alive).tolist()
        out = [Vanished(int(self.rows[p]), "no area on the 1 mm grid", 0) for p in dead]
        for p in np.flatnonzero(self.alive & self.dirty).tolist():
            row = int(self.rows[p])
            if row not in totals:
                out.append(Vanished(row, "narrower than the 1 mm grid", int(per[p])))
        return out


def _canonical(edges: Ints) -> Ints:
    swap = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    return np.where(swap[:, None], edges[:, [2, 3, 0, 1]], edges)


def _in_box(edges: Ints, around: Ints) -> NDArray[np.bool_]:
    low = np.minimum(around[:, :2], around[:, 2:]).min(axis=0)
    high = np.maximum(around[:, :2], around[:, 2:]).max(axis=0)
    return np.asarray(((edges[:, :2] >= low) & (edges[:, :2] <= high)).all(axis=1))


def _stack(a: Rings, b: Rings, first: int) -> Rings:
    """Two sets of rings as one; the polygons of the second are numbered from ``first``."""
    return Rings(
        np.concatenate([a.xy, b.xy]),
        np.concatenate([a.start, b.start[1:] + a.start[-1]]),
        np.concatenate([a.polygon, b.polygon + first]),
        np.concatenate([a.hole, b.hole]),
    )


def _noded_edges(xy: Ints, start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """The chains' pieces, each repeated as often as its chain counts."""
    inner = np.ones(len(xy), dtype=bool)
    inner[start[1:] - 1] = False
    at = np.flatnonzero(inner)
    owner = np.repeat(np.arange(len(start) - 1), np.diff(start) - 1)
    edges = np.concatenate([xy[at], xy[at + 1]], axis=1)
    return np.repeat(edges, count[owner], axis=0), owner


def _not_once(xy: Ints, start: Ints, left: OpenSegments) -> Objects:
    """Regions that open segments wind around other than once or not at all (integer-scaled polygons)."""
    edges, _ = _noded_edges(xy, start, left.count)
    plan = arrange(edges, np.zeros(len(edges), dtype=np.int64))
    wrong = [f for f, w in enumerate(plan.winding) if w.get(0, 0) not in (0, 1)]
    return np.asarray(plan.faces[wrong])


def _planar(rings: Rings) -> bool:
    """The open segments meet only in common end points and bound a region covered once."""
    left = cancel(*segments(rings))
    edges = np.concatenate([left.start, left.end], axis=1)
    if len(left) == 0:
        return True
    if (left.count != 1).any() or node(edges, exact=True).split.any():
        return False
    plan = arrange(edges, np.zeros(len(edges), dtype=np.int64))
    return all(w.get(0, 0) in (0, 1) for w in plan.winding)


def _gaps(rings: Rings, claims: list[tuple[int, ...]], existing: set[int]) -> Objects:
    """Enclosed regions that no face covers; proves on the way that no region is covered twice.

    Raises ArithmeticError if the open segments are not the outline of a region covered once."""
    left = cancel(*segments(rings))
    if len(left) == 0:
        return np.zeros(0, dtype=object)
    edges = np.concatenate([left.start, left.end], axis=1)
    if (left.count != 1).any() or node(edges, exact=True).split.any():
        raise ArithmeticError("the faces do not meet in common vertices")
    plan = arrange(edges, np.zeros(len(edges), dtype=np.int64))
    if any(w.get(0, 0) not in (0, 1) for w in plan.winding):
        raise ArithmeticError("the faces overlap")
    empty = np.array([f for f, w in enumerate(plan.winding) if not w], dtype=np.int64)
    if len(empty) == 0 or not existing:
        return np.asarray(plan.faces[empty])
    fresh = np.array([any(r not in existing for r in claims[p]) for p in left.face.tolist()], dtype=bool)
    mine = {tuple(row) for row in np.concatenate([left.end, left.start], axis=1)[fresh].tolist()}
    a, b, face = segments(plan.rings)
    touched = {
        int(f)
        for row, f in zip(np.concatenate([a, b], axis=1).tolist(), face.tolist(), strict=True)
        if tuple(row) in mine
    }
    return np.asarray(plan.faces[[f for f in empty.tolist() if f in touched]])
