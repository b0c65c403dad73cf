"""Snap rounding on the integer grid: segments are cut where they cross or pass a vertex, and routed through grid
points.

A grid point is *hot* if it is an end point of a segment or the rounding of a crossing. Every segment that passes the
unit square around a hot point is routed through the point (Hobby 1999; Guibas and Marimont 1998). End points never
move; afterwards segments meet only in common end points. All decisions are made on 64-bit integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from layers.fabric.segments import Ints

MAX_PASSES = 8


@dataclass(frozen=True, slots=True)
class Chains:
    """Segment i became the grid points ``xy[start[i]:start[i + 1]]``, both ends included; ``split[i]`` tells if there
    are more than two."""

    xy: Ints
    start: Ints

    @property
    def split(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(np.diff(self.start) > 2)


def node(segments: Ints, *, exact: bool = False) -> Chains:
    """Snap-round segments ``(n, 4)`` (x0, y0, x1, y1 in mm; span below 2³⁰ mm).

    ``exact`` leaves segments alone that only pass near a hot point: then nothing is cut if the segments are planar.

    Raises ArithmeticError if the result is not planar after a few passes (cannot happen by the theory of snap
    rounding)."""
    n = len(segments)
    xy = segments.reshape(-1, 2)
    start = np.arange(0, 2 * n + 1, 2, dtype=np.int64)
    chains = Chains(xy, start)
    for step in range(MAX_PASSES):
        pieces, owner = _pieces(chains)
        unique, back = _unique(pieces)
        crossings = _crossings(unique)
        hot = np.unique(np.concatenate([unique.reshape(-1, 2), crossings]), axis=0)
        seg, point = _passing(unique, hot, wide=(step == 0 and not exact) or len(crossings) > 0)
        if len(seg) == 0:
            return chains
        chains = _route(chains, pieces=pieces, owner=owner, back=back, hot=hot, seg=seg, point=point)
    raise ArithmeticError("snap rounding did not come to rest")


def _pieces(chains: Chains) -> tuple[Ints, Ints]:
    """The chains as single segments (x0, y0, x1, y1), and the chain of each."""
    inner = np.ones(len(chains.xy), dtype=bool)
    inner[chains.start[1:] - 1] = False
    at = np.flatnonzero(inner)
    owner = np.repeat(np.arange(len(chains.start) - 1), np.diff(chains.start) - 1)
    return np.concatenate([chains.xy[at], chains.xy[at + 1]], axis=1), owner.astype(np.int64)


def _unique(pieces: Ints) -> tuple[Ints, Ints]:
    """Undirected segments without repeats, and for each piece its number."""
    swap = (pieces[:, 0] > pieces[:, 2]) | ((pieces[:, 0] == pieces[:, 2]) & (pieces[:, 1] > pieces[:, 3]))
    canon = np.where(swap[:, None], pieces[:, [2, 3, 0, 1]], pieces)
    low = canon.min(axis=0)
    span = canon.max(axis=0) - low + 1
    first = (canon[:, 0] - low[0]) * span[1] + (canon[:, 1] - low[1])
    second = (canon[:, 2] - low[2]) * span[3] + (canon[:, 3] - low[3])
    order = np.lexsort((second, first))
    ordered, first, second = canon[order], first[order], second[order]
    new = np.concatenate([[True], (first[1:] != first[:-1]) | (second[1:] != second[:-1])])
    back = np.empty(len(pieces), dtype=np.int64)
    back[order] = np.cumsum(new) - 1
    return ordered[new], back


def _lines(segments: Ints) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.asarray(shapely.linestrings(segments.reshape(-1, 2, 2).astype(float)))


def _side(a: Ints, b: Ints, p: Ints) -> Ints:
    """Twice the signed area of (a, b, p): exact in 64 bits for spans below 2³⁰ mm."""
    return np.asarray((b[:, 0] - a[:, 0]) * (p[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (p[:, 0] - a[:, 0]))


def _crossings(segments: Ints) -> Ints:
    """Rounded points where two segments cross inside both."""
    lines = _lines(segments)
    boxes = shapely.box(
        np.minimum(segments[:, 0], segments[:, 2]),
        np.minimum(segments[:, 1], segments[:, 3]),
        np.maximum(segments[:, 0], segments[:, 2]),
        np.maximum(segments[:, 1], segments[:, 3]),
    )
    i, j = shapely.STRtree(lines).query(boxes)
    keep = i < j
    i, j = i[keep], j[keep]
    a, b, c, d = segments[i, :2], segments[i, 2:], segments[j, :2], segments[j, 2:]
    ca, cb = np.sign(_side(c, d, a)), np.sign(_side(c, d, b))
    ac, ad = np.sign(_side(a, b, c)), np.sign(_side(a, b, d))
    proper = (ca * cb < 0) & (ac * ad < 0)
    a, b, c, d = a[proper], b[proper], c[proper], d[proper]
    if len(a) == 0:
        return np.zeros((0, 2), dtype=np.int64)
    sa = _side(c, d, a).astype(np.longdouble)
    sb = _side(c, d, b).astype(np.longdouble)
    t = sa / (sa - sb)
    x = np.rint(a[:, 0] + t * (b[:, 0] - a[:, 0]))
    y = np.rint(a[:, 1] + t * (b[:, 1] - a[:, 1]))
    return np.column_stack([x, y]).astype(np.int64)


def _passing(segments: Ints, hot: Ints, *, wide: bool) -> tuple[Ints, Ints]:
    """(segment, hot point) where a segment passes a hot point's unit square without ending there.

    ``wide=False`` asks only for points that lie exactly on the segment."""
    tree = shapely.STRtree(_lines(segments))
    point, seg = tree.query(shapely.points(hot.astype(float)), predicate="dwithin", distance=0.75 if wide else 1e-3)
    a, b, p = segments[seg, :2], segments[seg, 2:], hot[point]
    inside = (p != a).any(axis=1) & (p != b).any(axis=1)
    seg, point, a, b, p = seg[inside], point[inside], a[inside], b[inside], p[inside]
    if not wide:
        on = (_side(a, b, p) == 0) & _between(a, b, p)
        return seg[on], point[on]
    # coordinates doubled, so that the corners of the square are whole numbers
    a2, b2, p2 = 2 * a, 2 * b, 2 * p
    corners = [_side(a2, b2, p2 + np.array(k)) for k in ((-1, -1), (-1, 1), (1, -1), (1, 1))]
    low = np.minimum.reduce(corners)
    high = np.maximum.reduce(corners)
    meets = (low <= 0) & (high > 0)
    overlap = (np.maximum(a2, b2) >= p2 - 1).all(axis=1) & (np.minimum(a2, b2) < p2 + 1).all(axis=1)
    on = meets & overlap
    return seg[on], point[on]


def _between(a: Ints, b: Ints, p: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(((np.minimum(a, b) <= p) & (p <= np.maximum(a, b))).all(axis=1))


def _route(chains: Chains, *, pieces: Ints, owner: Ints, back: Ints, hot: Ints, seg: Ints, point: Ints) -> Chains:
    """Put the hot points into the chains, in order along each piece."""
    by_seg = np.argsort(seg, kind="stable")
    seg, point = seg[by_seg], point[by_seg]
    first = np.searchsorted(seg, back, side="left")
    count = np.searchsorted(seg, back, side="right") - first
    piece = np.repeat(np.arange(len(pieces)), count)
    offset = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    inner = hot[point[first[piece] + offset]]
    p = pieces[piece]
    along = (inner[:, 0] - p[:, 0]) * (p[:, 2] - p[:, 0]) + (inner[:, 1] - p[:, 1]) * (p[:, 3] - p[:, 1])
    n = len(pieces)
    # rows: each piece's start, then its inner points by distance; and each chain's end
    last = np.flatnonzero(np.concatenate([owner[1:] != owner[:-1], [True]])) if n else np.zeros(0, np.int64)
    xy = np.concatenate([pieces[:, :2], inner, pieces[last, 2:]])
    where = np.concatenate([np.arange(n), piece, last])
    rank = np.concatenate([np.zeros(n, np.int8), np.ones(len(piece), np.int8), np.full(len(last), 2, np.int8)])
    distance = np.concatenate([np.zeros(n, np.int64), along, np.zeros(len(last), np.int64)])
    order = np.lexsort((distance, rank, where))
    xy, chain = xy[order], owner[where[order]]
    keep = np.concatenate([[True], (xy[1:] != xy[:-1]).any(axis=1) | (chain[1:] != chain[:-1])])
    xy, chain = xy[keep], chain[keep]
    counts = np.bincount(chain, minlength=len(chains.start) - 1)
    return Chains(xy, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
