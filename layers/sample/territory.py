"""The limits of the sample's units: Voronoi cells of their real places, bent like real limits, shared exactly.

The limit of a unit lies in the middle of a road, a canal or the Red River. The half of it that belongs to the unit is
a strip of faces along the limit; what a unit builds inside ends at the inner side of that strip. So units can be built
one by one (or in parallel) and still fit to the millimetre. Coordinates: EPSG:5897, whole mm; x east, y north."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from importlib import resources
from math import hypot, pi, sqrt

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from layers.crs import FabricCrs
from layers.sample.mesh import Mesh, Ring

SRID = 5897
FIRST = ("00145", "00301", "00577")
"""Long Biên and Vĩnh Hưng (phường) and Bát Tràng (xã): town, country and the Red River in one view."""

RED_RIVER = (
    (105.43, 21.24), (105.53, 21.17), (105.64, 21.15), (105.70, 21.125), (105.76, 21.098), (105.815, 21.092),
    (105.84, 21.065),
    (105.857, 21.042), (105.864, 21.025), (105.877, 21.008), (105.898, 20.998), (105.905, 20.975), (105.902, 20.945),
    (105.915, 20.90), (105.925, 20.85), (105.955, 20.79), (105.975, 20.72),
)  # fmt: skip
"""The river's course in rough lon/lat; only says which limits lie in the river."""


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit of the register with its place on the plane (metres, EPSG:5897)."""

    code: str
    name: str
    urban: bool
    area_km2: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Territory:
    """A unit's limit ring, the land inside the limit strips, and the strips (each a ring and what it is)."""

    unit: UnitPlace
    limit: list[tuple[int, int]]
    inner: list[tuple[int, int]]
    strips: list[tuple[list[tuple[int, int]], str, str]] = field(default_factory=list)

    @property
    def area(self) -> float:
        """mm² inside the strips."""
        return float(Polygon(self.inner).area)


def unit_places() -> list[UnitPlace]:
    """The register's units that have a place, in the order in which the sample takes them."""
    crs = FabricCrs(SRID)
    text = resources.files("layers.register").joinpath("data/hanoi_units.csv").read_text(encoding="utf-8")
    out = []
    for row in csv.DictReader(text.splitlines()):
        if not row["lon"]:
            continue
        x, y = crs.from_wgs84(float(row["lon"]), float(row["lat"]))
        out.append(UnitPlace(row["code"], row["name"], row["unit_type"] == "Phường", float(row["area_km2"]), x, y))
    first = [u for u in out if u.code in FIRST]
    cx, cy = sum(u.x for u in first) / len(first), sum(u.y for u in first) / len(first)
    return sorted(out, key=lambda u: (u.code not in FIRST, hypot(u.x - cx, u.y - cy), u.code))


def territories(units: list[UnitPlace], area_m2: float, rng: np.random.Generator) -> list[Territory]:
    """Divide a rounded piece of the plane of about ``area_m2`` around the units' places among them."""
    outer = _outline(units, area_m2, rng)
    cells = _cells(units, outer)
    start = rng.bit_generator.state
    for swing in (1.0, 0.5, 0.25, 0.0):  # many long limits near each other can cross when they bend: then bend less
        rng.bit_generator.state = start
        bent = _bend(units, cells, rng, swing)
        if all(Polygon(limit).is_valid for _, limit, _ in bent):
            break
    return [_territory(u, limit, river) for u, limit, river in bent]


def _outline(units: list[UnitPlace], area_m2: float, rng: np.random.Generator) -> BaseGeometry:
    """The hull of the places, widened until it has the area, with a wavy edge."""
    hull = MultiPoint([(u.x, u.y) for u in units]).convex_hull
    low, high = 150.0, sqrt(area_m2 / pi) + 200.0
    for _ in range(40):
        mid = (low + high) / 2
        low, high = (mid, high) if hull.buffer(mid).area < area_m2 else (low, mid)
    shape = hull.buffer(low, quad_segs=12).segmentize(180.0)
    ring = np.asarray(shape.exterior.coords)[:-1]
    centre = np.asarray(hull.centroid.coords[0])
    t = np.linspace(0, 2 * pi, len(ring), endpoint=False)
    wave = sum(rng.normal() * 0.05 / k**0.7 * np.sin(k * t + rng.uniform(0, 6)) for k in (2, 3, 4, 5, 7, 9, 13))
    return Polygon(centre + (ring - centre) * (1 + np.asarray(wave))[:, None]).buffer(0)


def _cells(units: list[UnitPlace], outer: BaseGeometry) -> list[Polygon]:
    """Voronoi cells inside the outline, noded on a grid of one metre."""
    if len(units) == 1:
        return [shapely.set_precision(outer, 1.0)]
    places = MultiPoint([(u.x, u.y) for u in units])
    edges = shapely.voronoi_polygons(places, extend_to=outer.buffer(5000), only_edges=True)
    lines = shapely.union_all([edges.intersection(outer.buffer(10)), outer.boundary], grid_size=1.0)
    faces = [p for p in shapely.polygonize([lines]).geoms if outer.buffer(1).contains(p.representative_point())]
    xy = np.array([(u.x, u.y) for u in units])
    best: list[Polygon | None] = [None] * len(units)
    for p in faces:
        c = p.representative_point()
        i = int(np.argmin(np.hypot(xy[:, 0] - c.x, xy[:, 1] - c.y)))
        have = best[i]
        if have is None or p.area > have.area:
            best[i] = p
    if any(p is None for p in best):
        raise ValueError("two units of the sample share one place")
    return [p for p in best if p is not None]


def _bend(
    units: list[UnitPlace], cells: list[Polygon], rng: np.random.Generator, swing: float
) -> list[tuple[UnitPlace, list[tuple[int, int]], list[tuple[BaseGeometry, str]]]]:
    """Displace the limits' midpoints again and again; both sides of a limit see the same points."""
    mesh = Mesh()
    ids: dict[tuple[int, int], int] = {}
    rings: list[Ring] = []
    owner: dict[tuple[int, int], list[int]] = {}
    for n, cell in enumerate(cells):
        ring = []
        for x, y in list(shapely.Polygon(cell.exterior).normalize().exterior.coords)[:-1]:
            key = (round(x * 1000), round(y * 1000))
            if key not in ids:
                ids[key] = mesh.vertex(*key)
            ring.append(ids[key])
        ring = ring if mesh.area(ring) > 0 else ring[::-1]
        rings.append(ring)
        for u, v in zip(ring, ring[1:] + ring[:1], strict=True):
            owner.setdefault((min(u, v), max(u, v)), []).append(n)
    kinds: dict[str, list[BaseGeometry]] = {"river": [], "canal": [], "road": [], "outer": []}
    crs = FabricCrs(SRID)
    river = LineString([crs.from_wgs84(lon, lat) for lon, lat in RED_RIVER])
    for (u, v), sides in sorted(owner.items()):
        kind = "outer"
        if len(sides) > 1:
            a, b = units[sides[0]], units[sides[1]]
            kind = (
                "river"
                if LineString([(a.x, a.y), (b.x, b.y)]).intersects(river)
                else "road"
                if rng.random() < 0.6
                else "canal"
            )
            _displace(mesh, u, v, rng, swing * (0.1 if kind == "river" else 0.07))
        line = LineString([(mesh.x[i] / 1000, mesh.y[i] / 1000) for i in mesh.edge_chain(u, v)])
        kinds[kind].append(line)
    lines = [(shapely.union_all(parts), kind) for kind, parts in kinds.items() if parts]
    return [
        (u, [(mesh.x[i], mesh.y[i]) for i in mesh.expand(ring)], lines) for u, ring in zip(units, rings, strict=True)
    ]


def _displace(mesh: Mesh, u: int, v: int, rng: np.random.Generator, amount: float) -> None:
    x0, y0, x1, y1 = mesh.x[u], mesh.y[u], mesh.x[v], mesh.y[v]
    d = hypot(x1 - x0, y1 - y0)
    if d < 160_000:
        return
    s = float(np.clip(rng.normal(), -1.5, 1.5)) * amount * min(d, 900_000)
    t = rng.uniform(0.45, 0.55)
    m = mesh.vertex(x0 + t * (x1 - x0) - (y1 - y0) / d * s, y0 + t * (y1 - y0) + (x1 - x0) / d * s)
    mesh.split_edge(u, v, m)
    _displace(mesh, u, m, rng, amount)
    _displace(mesh, m, v, rng, amount)


HALF_WIDTH = {"river": 190.0, "canal": 9.0, "road": 13.0, "outer": 7.0}
SURFACE = {"river": ("water", "SON"), "canal": ("water", "DTL"), "road": ("road", "DGT"), "outer": ("road", "DGT")}


def _territory(unit: UnitPlace, limit: list[tuple[int, int]], lines: list[tuple[BaseGeometry, str]]) -> Territory:
    """Take the limit strips off a cell and cut them into pieces of about 150 m."""
    cell = Polygon([(x / 1000, y / 1000) for x, y in limit])
    inner = cell
    for line, kind in lines:
        near = line.intersection(cell.buffer(250))
        if not near.is_empty:
            inner = inner.difference(near.buffer(HALF_WIDTH[kind], quad_segs=6))
    parts = shapely.get_parts(inner)
    land = max(parts, key=lambda p: p.area).buffer(-31.0).buffer(30.0, quad_segs=5)
    land = max(shapely.get_parts(land), key=lambda p: p.area).simplify(1.0).segmentize(140.0)
    ring = [(round(x * 1000), round(y * 1000)) for x, y in list(land.exterior.coords)[:-1]]
    if Polygon(ring).exterior.is_ccw is False:
        ring.reverse()
    pieces = cut_strip(limit, ring)
    out = []
    for piece in pieces:
        middle = Polygon(piece).representative_point()
        at = Point(middle.x / 1000, middle.y / 1000)
        kind = min(lines, key=lambda k: k[0].distance(at) / HALF_WIDTH[k[1]])[1]
        out.append((piece, *SURFACE[kind]))
    return Territory(unit, limit, ring, out)


def cut_strip(limit: list[tuple[int, int]], inner: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cut the ring between limit and inner ring across, at vertices of both."""
    strip = Polygon(limit, [inner])
    shapely.prepare(strip)
    outer_xy = np.array(limit, dtype=float)
    cuts: list[tuple[int, int]] = []
    for j, (x, y) in enumerate(inner):
        order = np.argsort(np.hypot(outer_xy[:, 0] - x, outer_xy[:, 1] - y))[:6]
        for i in order.tolist():
            if strip.covers(LineString([limit[i], (x, y)])) and _touches_ends_only(limit, inner, i, j):
                cuts.append((i, j))
                break
    if len(cuts) < 2:
        raise ValueError("the limit strip cannot be cut")
    first = cuts[0][0]
    n, kept = len(limit), [cuts[0]]
    for i, j in cuts[1:]:
        ahead, last = (i - first) % n, (kept[-1][0] - first) % n
        if ahead > last:
            kept.append((i, j))
    pieces = []
    for (i0, j0), (i1, j1) in zip(kept, kept[1:] + kept[:1], strict=True):
        side = [limit[(i0 + k) % n] for k in range((i1 - i0) % n + 1 if i1 != i0 else n + 1)]
        m = len(inner)
        back = [inner[(j0 + k) % m] for k in range((j1 - j0) % m + 1)]
        pieces.append(side + back[::-1])
    return pieces


def _touches_ends_only(limit: list[tuple[int, int]], inner: list[tuple[int, int]], i: int, j: int) -> bool:
    a, b = limit[i], inner[j]
    mid = LineString(
        [
            (a[0] * 0.999 + b[0] * 0.001, a[1] * 0.999 + b[1] * 0.001),
            (a[0] * 0.001 + b[0] * 0.999, a[1] * 0.001 + b[1] * 0.999),
        ]
    )
    return bool(Polygon(limit, [inner]).contains_properly(mid))
