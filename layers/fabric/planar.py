"""Exact plane geometry on integer millimetres: orientation, noding, faces from directed segments.

Everything here is integer arithmetic (Python integers do not overflow); there is no tolerance. The only rounding is that of a new
crossing point to whole millimetres, done once, and whatever it bends is noded again until nothing crosses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from layers.crs import Point, Ring

Segment = tuple[Point, Point]
Rings = tuple[Ring, ...]


def orient(a: Point, b: Point, c: Point) -> int:
    """Twice the signed area of abc in mm2: > 0 if c lies left of a→b, 0 if the three are in line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def doubled_area(ring: Sequence[Point]) -> int:
    """Twice the signed area of an open ring in mm2; counter-clockwise is positive."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))


def face_doubled_area(rings: Rings) -> int:
    """Twice the area of a face in mm2; holes are clockwise and so subtract themselves."""
    return sum(doubled_area(ring) for ring in rings)


def directed(rings: Rings) -> list[Segment]:
    """The directed boundary segments of a face; its inside is on their left."""
    return [pair for ring in rings for pair in zip(ring, (*ring[1:], ring[0]), strict=True)]


def between(a: Point, p: Point, b: Point) -> bool:
    """Whether p, known to be in line with a and b, lies strictly between them."""
    return p not in (a, b) and min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def inside_ring(doubled_point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point, given in half millimetres, lies inside a ring. The point must not lie on the ring."""
    x, y = doubled_point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (2 * ay > y) != (2 * by > y):
            side = (2 * bx - 2 * ax) * (y - 2 * ay) - (x - 2 * ax) * (2 * by - 2 * ay)
            if (side > 0) == (by > ay):
                inside = not inside
    return inside


def inside(doubled_point: Point, rings: Rings) -> bool:
    """Whether a point in half millimetres lies inside a face; it must not lie on the boundary."""
    return sum(inside_ring(doubled_point, ring) for ring in rings) % 2 == 1


def middle(segment: Segment) -> Point:
    """The middle of a segment in half millimetres, exact."""
    (ax, ay), (bx, by) = segment
    return ax + bx, ay + by


def _round_ratio(numerator: int, denominator: int) -> int:
    """The nearest integer, halves upwards; exact for integers of any size."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    return (2 * numerator + denominator) // (2 * denominator)


def crossings(s: Segment, t: Segment) -> tuple[list[Point], list[Point]]:
    """Points that s and t must be cut at so that they share end points only: (points on s, points on t)."""
    (a, b), (c, d) = s, t
    if (
        max(a[0], b[0]) < min(c[0], d[0])
        or max(c[0], d[0]) < min(a[0], b[0])
        or max(a[1], b[1]) < min(c[1], d[1])
        or max(c[1], d[1]) < min(a[1], b[1])
    ):
        return [], []
    side_c, side_d = orient(a, b, c), orient(a, b, d)
    side_a, side_b = orient(c, d, a), orient(c, d, b)
    on_s = [p for p, side in ((c, side_c), (d, side_d)) if side == 0 and between(a, p, b)]
    on_t = [p for p, side in ((a, side_a), (b, side_b)) if side == 0 and between(c, p, d)]
    if on_s or on_t:
        return on_s, on_t
    if 0 in (side_a, side_b, side_c, side_d) or (side_c > 0) == (side_d > 0) or (side_a > 0) == (side_b > 0):
        return [], []
    span = side_a - side_b  # position of the crossing along s is side_a / span
    p = (
        a[0] + _round_ratio(side_a * (b[0] - a[0]), span),
        a[1] + _round_ratio(side_a * (b[1] - a[1]), span),
    )
    return [p] if p not in (a, b) else [], [p] if p not in (c, d) else []


class TooClose(ValueError):  # noqa: N818
    """Noding does not come to rest: points are closer together than the grid."""

    def __init__(self, place: Point) -> None:
        super().__init__(f"points closer than the grid near {place}")
        self.place = place


def node(fixed: Iterable[Segment], cuts: Iterable[Segment]) -> tuple[dict[Segment, list[Point]], set[Segment]]:
    """Cut everything where it crosses.

    `fixed` are boundary segments, `cuts` new lines. Returns for each boundary segment that gains points the full chain
    (ends included), and the noded new segments, each once, undirected (smaller end first), without those that
    lie on the boundary. Raises TooClose when rounding never comes to rest.
    """
    chains: dict[Segment, list[Point]] = {segment: list(segment) for segment in fixed}
    lines: list[list[Point]] = [list(segment) for segment in cuts]
    for _ in range(12):
        found = _points_missing(_pieces(chains.values()), _pieces(lines))
        if not found:
            break
        _insert(found)
    else:
        raise TooClose(next(iter(found.values()))[0][0])
    boundary = {_undirected(segment) for _, _, segment in _pieces(chains.values())}
    noded = {_undirected(segment) for _, _, segment in _pieces(lines) if segment[0] != segment[1]}
    return {segment: chain for segment, chain in chains.items() if len(chain) > 2}, noded - boundary


Piece = tuple[list[Point], int, Segment]  # the chain it is part of, its place there, the segment itself
Missing = dict[tuple[int, int], tuple[list[Point], set[Point]]]  # chain and place: the chain, points to put in there


def _pieces(chains: Iterable[list[Point]]) -> list[Piece]:
    return [(chain, i, segment) for chain in chains for i, segment in enumerate(pairwise(chain))]


def _undirected(segment: Segment) -> Segment:
    return min(segment), max(segment)


def _points_missing(boundary: list[Piece], new: list[Piece]) -> Missing:
    """The points that pieces of boundary and new lines must still be cut at."""
    found: Missing = {}
    for pair in _may_cross(boundary, new):
        for piece, points in zip(pair, crossings(pair[0][2], pair[1][2]), strict=True):
            if points:
                found.setdefault((id(piece[0]), piece[1]), (piece[0], set()))[1].update(points)
    return found


def _may_cross(boundary: list[Piece], new: list[Piece]) -> Iterator[tuple[Piece, Piece]]:
    """Pairs of pieces to look at: every new one with all others; a bent boundary can come to lie across another one."""
    for j, cut in enumerate(new):
        for other in (*boundary, *new[j + 1 :]):
            if other[0] is not cut[0] or abs(other[1] - cut[1]) != 1 or _folds(cut[2], other[2]):
                yield cut, other
    for piece in boundary:
        if len(piece[0]) > 2:
            for other in boundary:
                if other[0] is not piece[0]:
                    yield piece, other


def _insert(found: Missing) -> None:
    """Put the points into their chains, from the end so that places stay right."""
    for (_, i), (chain, points) in sorted(found.items(), key=lambda item: -item[0][1]):
        a = chain[i]
        chain[i + 1 : i + 1] = sorted(points, key=lambda p: (p[0] - a[0]) ** 2 + (p[1] - a[1]) ** 2)


def _folds(s: Segment, t: Segment) -> bool:
    """Whether two consecutive pieces of a line turn back onto each other."""
    (a, b), (c, d) = s, t
    if b == c:
        return orient(a, b, d) == 0 and (b[0] - a[0]) * (d[0] - c[0]) + (b[1] - a[1]) * (d[1] - c[1]) < 0
    return orient(c, d, b) == 0 and (d[0] - c[0]) * (b[0] - a[0]) + (d[1] - c[1]) * (b[1] - a[1]) < 0


def _clockwise_from(origin: Point, reference: Point) -> Callable[[Point], Any]:
    """Sort key for points around `origin`: clockwise from the direction to `reference`, which itself comes last."""
    rx, ry = reference[0] - origin[0], reference[1] - origin[1]

    def sector(p: Point) -> int:
        x, y = p[0] - origin[0], p[1] - origin[1]
        cross = rx * y - ry * x
        if cross == 0:
            return 1 if rx * x + ry * y < 0 else 3
        return 0 if cross < 0 else 2

    def compare(p: Point, q: Point) -> int:
        return sector(p) - sector(q) or (1 if orient(origin, p, q) > 0 else -1)

    return cmp_to_key(compare)


def assemble(segments: Iterable[Segment]) -> list[Rings]:
    """Faces bounded by directed segments (inside on the left), each a shell and its holes.

    Rings that meet themselves in a point are taken apart there, so a hole that touches its shell comes out as a hole and
    two lobes that only touch come out as two faces. Raises ValueError when the segments do not close.
    """
    leaving: dict[Point, list[Point]] = defaultdict(list)
    for a, b in segments:
        leaving[a].append(b)
    unused = {(a, b) for a, ends in leaving.items() for b in ends}
    rings: list[list[Point]] = []
    while unused:
        here = start = min(unused)
        ring: list[Point] = []
        while here in unused:
            unused.discard(here)
            a, b = here
            ring.append(a)
            if b not in leaving:
                raise ValueError(f"boundary does not close at {b}")
            # The inside lies clockwise of the way back: the first segment met there bounds the same face.
            here = (b, min(leaving[b], key=_clockwise_from(b, a)))
        if here != start:
            raise ValueError(f"boundary does not close at {here[0]}")
        rings.extend(_simple_rings(ring))
    shells = [ring for ring in rings if doubled_area(ring) > 0]
    faces: list[list[Ring]] = [[tuple(shell)] for shell in shells]
    for hole in rings:
        if doubled_area(hole) > 0:
            continue
        place = middle((hole[0], hole[1]))
        around = [i for i, shell in enumerate(shells) if inside_ring(place, shell)]
        if not around:
            raise ValueError(f"hole without a shell at {hole[0]}")
        owner = min(around, key=lambda i: doubled_area(shells[i]))
        faces[owner].append(tuple(hole))
    return [tuple(face) for face in faces]


def _simple_rings(ring: list[Point]) -> list[list[Point]]:
    """Take a closed walk apart at every vertex it meets twice."""
    rings: list[list[Point]] = []
    walk: list[Point] = []
    place: dict[Point, int] = {}
    for point in ring:
        if point in place:
            loop = walk[place[point] :]
            for gone in loop:
                del place[gone]
            del walk[len(walk) - len(loop) :]
            rings.append(loop)
        place[point] = len(walk)
        walk.append(point)
    rings.append(walk)
    return [loop for loop in rings if len(loop) > 2]
