"""A planar subdivision on the millimetre grid that is exact by construction.

Polygons are rings of vertex ids, counter-clockwise, cut again and again. Where a cut ends on an edge that another
polygon shares, the new vertex is written into one table, edge → point, that all polygons read when they are finally
expanded. So a T-junction is in both neighbours without a search, the directed segments of all faces cancel to
the outer ring, and no tolerance ever decides whether two lines are the same.

Coordinates are whole millimetres (plain ``int``) relative to an origin of the caller's choice, x to the east, y to the
north; lengths are millimetres. A cut point is rounded once, which bends an edge by at most 0.71 mm.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import hypot

Ring = list[int]
Point = tuple[float, float]

SNAP = 350.0
"""A cut that would end nearer than this to a vertex ends in the vertex (mm): no edges of a few millimetres."""


@dataclass(frozen=True, slots=True)
class Box:
    """The oriented bounding box of a ring: ``u`` along the long side, ``v`` across, extents in mm."""

    ux: float
    uy: float
    u0: float
    u1: float
    v0: float
    v1: float

    @property
    def length(self) -> float:
        return self.u1 - self.u0

    @property
    def width(self) -> float:
        return self.v1 - self.v0

    def at(self, u: float, v: float) -> Point:
        """The point with box coordinates as shares 0…1 of length and width."""
        a = self.u0 + u * (self.u1 - self.u0)
        b = self.v0 + v * (self.v1 - self.v0)
        return a * self.ux - b * self.uy, a * self.uy + b * self.ux


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a line leaves a ring: in the ring's edge ``edge``, expanded to ``chain`` (both ends included), at
    ``chain[pos]``; ``along`` is the distance on the line."""

    edge: int
    chain: Ring
    pos: int
    along: float


class Mesh:
    """Vertices and the table of split edges, shared by all rings of one subdivision."""

    def __init__(self) -> None:
        self.x: list[int] = []
        self.y: list[int] = []
        self._split: dict[int, int] = {}

    def vertex(self, x: float, y: float) -> int:
        """A new vertex at the nearest grid point."""
        self.x.append(round(x))
        self.y.append(round(y))
        return len(self.x) - 1

    # ---- edges

    def _chain(self, u: int, v: int, out: Ring) -> None:
        m = self._split.get((u << 32) | v if u < v else (v << 32) | u)
        if m is not None:
            self._chain(u, m, out)
            out.append(m)
            self._chain(m, v, out)

    def edge_chain(self, u: int, v: int) -> Ring:
        """The edge as its smallest pieces: ``[u, …, v]``."""
        out = [u]
        self._chain(u, v, out)
        out.append(v)
        return out

    def split_edge(self, u: int, v: int, m: int) -> None:
        """Put vertex ``m`` into the edge, which must not have been split before."""
        self._split[(u << 32) | v if u < v else (v << 32) | u] = m

    def expand(self, ring: Ring) -> Ring:
        """The ring with every vertex that any cut has put on its edges."""
        out: Ring = []
        split = self._split
        u = ring[-1]
        for v in ring:
            if ((u << 32) | v if u < v else (v << 32) | u) in split:
                self._chain(u, v, out)
            out.append(v)
            u = v
        return out

    # ---- measures

    def area(self, ring: Ring) -> float:
        """Signed area in mm²."""
        xs, ys = self.x, self.y
        total = 0
        j = ring[-1]
        for i in ring:
            total += xs[j] * ys[i] - xs[i] * ys[j]
            j = i
        return total / 2

    def centre(self, ring: Ring) -> Point:
        """The centroid of the ring's area."""
        xs, ys = self.x, self.y
        ox, oy = xs[ring[0]], ys[ring[0]]
        a = cx = cy = 0
        px, py = xs[ring[-1]] - ox, ys[ring[-1]] - oy
        for i in ring:
            qx, qy = xs[i] - ox, ys[i] - oy
            w = px * qy - qx * py
            a += w
            cx += (px + qx) * w
            cy += (py + qy) * w
            px, py = qx, qy
        return (ox + cx / (3 * a), oy + cy / (3 * a)) if a else (float(ox), float(oy))

    def box(self, ring: Ring) -> Box:
        """The smallest of the bounding boxes parallel to an edge (of the twelve longest edges)."""
        pts = [(self.x[i], self.y[i]) for i in ring]
        edges = []
        px, py = pts[-1]
        for x, y in pts:
            dx, dy = x - px, y - py
            edges.append((dx * dx + dy * dy, dx, dy))
            px, py = x, y
        edges.sort(reverse=True)
        best: Box | None = None
        least = 0.0
        for d2, dx, dy in edges[:12]:
            d = d2**0.5
            if d == 0:
                continue
            ux, uy = dx / d, dy / d
            us = [x * ux + y * uy for x, y in pts]
            vs = [y * ux - x * uy for x, y in pts]
            u0, u1, v0, v1 = min(us), max(us), min(vs), max(vs)
            size = (u1 - u0) * (v1 - v0)
            if best is None or size < least:
                least = size
                best = Box(ux, uy, u0, u1, v0, v1) if u1 - u0 >= v1 - v0 else Box(-uy, ux, v0, v1, -u1, -u0)
        if best is None:
            raise ValueError("a ring without edges has no box")
        return best

    # ---- cuts

    def _crossings(self, ring: Ring, px: float, py: float, dx: float, dy: float) -> list[tuple[float, int]]:
        """(distance along the line, edge index) for every edge the line crosses, in order."""
        xs, ys = self.x, self.y
        side = [dx * (ys[i] - py) - dy * (xs[i] - px) for i in ring]
        out = []
        n = len(ring)
        prev = n - 1
        sp = side[prev]
        for k in range(n):
            sk = side[k]
            if (sp >= 0.0) != (sk >= 0.0):
                t = sp / (sp - sk)
                i, j = ring[prev], ring[k]
                x = xs[i] + t * (xs[j] - xs[i])
                y = ys[i] + t * (ys[j] - ys[i])
                out.append((dx * (x - px) + dy * (y - py), prev))
            prev, sp = k, sk
        if len(out) > 2 or (len(out) == 2 and out[0][0] > out[1][0]):
            out.sort()
        return out

    def _hit(self, ring: Ring, edge: int, p: Point, d: Point, snap: float) -> _Hit:
        """Make (or find) the vertex where the line meets an edge it is known to cross."""
        xs, ys = self.x, self.y
        (px, py), (dx, dy) = p, d
        u, v = ring[edge], ring[(edge + 1) % len(ring)]
        chain = self.edge_chain(u, v)
        pos = 0
        if len(chain) > 2:
            first = dx * (ys[u] - py) - dy * (xs[u] - px) >= 0.0
            for pos in range(len(chain) - 1):
                w = chain[pos + 1]
                if (dx * (ys[w] - py) - dy * (xs[w] - px) >= 0.0) != first:
                    break
        a, b = chain[pos], chain[pos + 1]
        sa = dx * (ys[a] - py) - dy * (xs[a] - px)
        sb = dx * (ys[b] - py) - dy * (xs[b] - px)
        ex, ey = xs[b] - xs[a], ys[b] - ys[a]
        length = hypot(ex, ey)
        t = sa / (sa - sb) if sa != sb else 0.0
        if t * length < snap and t * length <= (1 - t) * length:
            at = pos
        elif (1 - t) * length < snap:
            at = pos + 1
        else:
            m = self.vertex(xs[a] + t * ex, ys[a] + t * ey)
            self.split_edge(a, b, m)
            chain.insert(pos + 1, m)
            at = pos + 1
        m = chain[at]
        return _Hit(edge, chain, at, dx * (xs[m] - px) + dy * (ys[m] - py))

    def _divide(self, ring: Ring, enter: _Hit, leave: _Hit, path: Ring) -> tuple[Ring, Ring] | None:
        """Cut a ring along ``enter → path → leave``: (what lies left of the path, what lies right of it)."""
        n = len(ring)
        new: Ring = []
        first = second = -1
        for k in range(n):
            new.append(ring[k])
            if k == enter.edge:
                first = len(new) - 1 + enter.pos
                new.extend(enter.chain[1:-1])
            elif k == leave.edge:
                second = len(new) - 1 + leave.pos
                new.extend(leave.chain[1:-1])
        size = len(new)
        first %= size
        second %= size
        if first == second:
            return None
        if first < second:
            right = new[first : second + 1]
            left = new[second:] + new[: first + 1]
        else:
            right = new[first:] + new[: second + 1]
            left = new[second : first + 1]
        left = left + path
        right = right + path[::-1]
        if len(left) < 3 or len(right) < 3:
            return None
        return left, right

    def cut(
        self, ring: Ring, p: Point, d: Point, *, least: float = 1e6, snap: float = SNAP
    ) -> tuple[Ring, Ring] | None:
        """Cut by the line through ``p`` in direction ``d`` (unit vector): (left part, right part).

        Of a ring that the line crosses more than twice, the chord nearest to ``p`` is cut. ``None`` if the line misses
        or a part would be smaller than ``least`` (mm²)."""
        px, py = p
        dx, dy = d
        cross = self._crossings(ring, px, py, dx, dy)
        if len(cross) < 2:
            return None
        k = 0
        if len(cross) > 2:
            k = min(range(0, len(cross) - 1, 2), key=lambda i: max(cross[i][0], -cross[i + 1][0], 0.0))
        enter = self._hit(ring, cross[k][1], p, d, snap)
        leave = self._hit(ring, cross[k + 1][1], p, d, snap)
        parts = self._divide(ring, enter, leave, [])
        if parts is None or self.area(parts[0]) < least or self.area(parts[1]) < least:
            return None
        return parts

    def cut_path(self, ring: Ring, pts: list[Point], *, least: float = 1e6) -> tuple[Ring, Ring, Ring] | None:
        """Cut along a bent line whose points lie inside: (left part, right part, the path's vertices).

        Both ends run on in their direction to the boundary. ``None`` where the line does not fit into the ring."""
        if len(pts) < 2 or not self._fits(ring, pts):
            return None
        hits = []
        for (x0, y0), (x1, y1) in ((pts[0], pts[1]), (pts[-1], pts[-2])):
            dx, dy = x0 - x1, y0 - y1
            d = hypot(dx, dy)
            ahead = [c for c in self._crossings(ring, x0, y0, dx / d, dy / d) if c[0] > 0.0]
            if len(ahead) % 2 == 0:
                return None
            hits.append((ahead[0][1], (x0, y0), (dx / d, dy / d)))
        if hits[0][0] == hits[1][0]:
            return None
        enter, leave = (self._hit(ring, *h, snap=SNAP) for h in hits)
        path = [self.vertex(x, y) for x, y in pts]
        parts = self._divide(ring, enter, leave, path)
        if parts is None:
            return None
        left = parts[0]
        right = parts[1]
        if self.area(left) < least or self.area(right) < least:
            return None
        return left, right, path

    def _fits(self, ring: Ring, pts: list[Point]) -> bool:
        """No segment of the path crosses the ring."""
        xs, ys = self.x, self.y
        for (ax, ay), (bx, by) in itertools.pairwise(pts):
            j = ring[-1]
            for i in ring:
                cx, cy, ex, ey = xs[j], ys[j], xs[i], ys[i]
                j = i
                if max(cx, ex) < min(ax, bx) or min(cx, ex) > max(ax, bx):
                    continue
                s1 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                s2 = (bx - ax) * (ey - ay) - (by - ay) * (ex - ax)
                s3 = (ex - cx) * (ay - cy) - (ey - cy) * (ax - cx)
                s4 = (ex - cx) * (by - cy) - (ey - cy) * (bx - cx)
                if (s1 > 0) != (s2 > 0) and (s3 > 0) != (s4 > 0):
                    return False
        return True

    def chord(self, ring: Ring, a: int, b: int) -> tuple[Ring, Ring] | None:
        """Cut between two vertices of the ring: (left of a→b, right of it)."""
        i, j = ring.index(a), ring.index(b)
        if i < j:
            left, right = ring[j:] + ring[: i + 1], ring[i : j + 1]
        else:
            left, right = ring[j : i + 1], ring[i:] + ring[: j + 1]
        if len(left) < 3 or len(right) < 3 or self.area(left) <= 0 or self.area(right) <= 0:
            return None
        return left, right
