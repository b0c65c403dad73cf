"""The figure of a cadastral extract: a parcel and what lies around it, put on paper. Pure geometry; nothing is read, nothing is drawn yet.

Master coordinates are integer mm on the plane (x east, y north). On paper they are mm from the upper left corner of the figure, y down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.algorithms.polylabel import polylabel

from layers.crs import Point, Ring
from layers.fabric.planar import Rings, directed

WIDTH, HEIGHT = 160.0, 100.0  # mm of the figure
FILLED = 0.72  # how much of it the parcel may take, so that its neighbours are seen
SCALES = (100, 200, 250, 300, 400, 500, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 25_000, 50_000)
SIGN = 1.65  # mm that one digit of a length takes
BARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
NORTH = (WIDTH - 8.0, 11.0, 10.0)  # where the arrow stands: x, y, radius in mm
KINDS = {
    "road": "đường",
    "water": "mặt nước",
    "other": "khác",
    "unassigned": "chưa xác lập",
    "disputed": "tranh chấp",
    "land": "thửa chưa có số",
}


@dataclass(frozen=True)
class Neighbour:
    """A face that is seen in the figure, with what it is called there."""

    rings: Rings
    name: str


@dataclass(frozen=True)
class Vertex:
    """Corner `n` of the parcel; X is northing and Y easting, in m, as Vietnamese papers write them."""

    n: int
    x: float
    y: float


@dataclass(frozen=True)
class Side:
    """From corner to corner, clockwise; length in m on the plane; `beyond`: what lies on the other side."""

    start: int
    end: int
    length: float
    beyond: str | None


def name_of(kind: str, number: str | None) -> str:
    """What a face is called on a sheet: its number, or what it is."""
    return number if number and kind == "land" else KINDS[kind]


def clockwise(rings: Rings) -> list[list[Point]]:
    """The corners as they are numbered: each ring the other way round than the fabric has it, the first from its north-western corner."""
    turned = [[ring[0], *reversed(ring[1:])] for ring in rings]
    start = max(range(len(turned[0])), key=lambda index: (turned[0][index][1] - turned[0][index][0], -index))
    return [turned[0][start:] + turned[0][:start], *turned[1:]]


def corners_and_sides(rings: Rings, neighbours: Iterable[Neighbour]) -> tuple[list[Vertex], list[Side]]:
    """The table of an extract."""
    beyond = {segment: one.name for one in neighbours for segment in directed(one.rings)}
    corners: list[Vertex] = []
    sides: list[Side] = []
    for ring in clockwise(rings):
        first = len(corners) + 1
        corners += [Vertex(first + index, y / 1000, x / 1000) for index, (x, y) in enumerate(ring)]
        for index, (a, b) in enumerate(zip(ring, [*ring[1:], ring[0]], strict=True)):
            end = first + (index + 1) % len(ring)
            sides.append(Side(first + index, end, math.dist(a, b) / 1000, beyond.get((a, b))))
    return corners, sides


def scale_for(rings: Rings) -> int:
    """The largest usual scale at which the parcel leaves room for its neighbours."""
    west, south, east, north = _box(rings)
    for scale in SCALES:
        if (east - west) / scale <= FILLED * WIDTH and (north - south) / scale <= FILLED * HEIGHT:
            return scale
    return SCALES[-1]


def window(rings: Rings, scale: int) -> tuple[float, float, float, float]:
    """What the figure shows, in mm on the plane: west, south, east, north."""
    west, south, east, north = _box(rings)
    x, y = (west + east) / 2, (south + north) / 2
    return (
        x - WIDTH * scale / 2,
        y - HEIGHT * scale / 2,
        x + WIDTH * scale / 2,
        y + HEIGHT * scale / 2,
    )


def figure(rings: Rings, neighbours: Sequence[Neighbour], scale: int) -> dict[str, Any]:
    """Everything the template draws, in mm on paper. What has no room is left out: numbers and lengths are all in the table."""
    west, south, east, north = window(rings, scale)

    def on_paper(point: Sequence[float]) -> list[float]:
        return [round((point[0] - west) / scale, 3), round((north - point[1]) / scale, 3)]

    frame = shapely.box(west, south, east, north)
    taken: list[tuple[float, float, float]] = [NORTH]
    around, wanted = [], []
    for one in neighbours:
        seen = frame.intersection(_polygon(one.rings))
        for part in (piece for piece in shapely.get_parts(seen) if piece.geom_type == "Polygon"):
            around.append([[on_paper(p) for p in list(ring.coords)[:-1]] for ring in (part.exterior, *part.interiors)])
            place = polylabel(part, tolerance=scale)
            if part.exterior.distance(place) > 2.2 * scale:
                wanted.append((on_paper((place.x, place.y)), one.name))
    middle = polylabel(_polygon(rings), tolerance=scale)
    room = _polygon(rings).boundary.distance(middle) / scale
    centre = on_paper((middle.x, middle.y))
    if room > 4:
        taken.append((centre[0], centre[1], min(room, 6)))
    corners = _corners(rings, on_paper, taken)
    lengths = _lengths(rings, on_paper, taken)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "shape": [[on_paper(p) for p in ring] for ring in rings],
        "around": around,
        "names": [{"at": at, "text": name} for at, name in wanted if _free(at, max(1.5, len(name) * SIGN / 2), taken)],
        "corners": corners,
        "lengths": lengths,
        "centre": centre if room > 4 else None,
        "bar": _bar(scale),
    }


def _corners(rings: Rings, on_paper: Any, taken: list[tuple[float, float, float]]) -> list[dict[str, Any]]:
    """Each corner, and where its number stands: outside, on the bisector of its angle."""
    outward: dict[Point, tuple[float, float]] = {}
    for ring in rings:
        for before, here, after in zip((ring[-1], *ring[:-1]), ring, (*ring[1:], ring[0]), strict=True):
            outward[here] = _unit(_add(_normal(before, here), _normal(here, after))) or _normal(before, here)
    out = []
    for n, corner in enumerate((corner for ring in clockwise(rings) for corner in ring), start=1):
        at = on_paper(corner)
        x, y = outward[corner]
        label = [round(at[0] + 3 * x, 3), round(at[1] - 3 * y, 3)]
        out.append({"at": at, "n": n, "label": label if _free(label, max(1.5, 0.95 * len(str(n))), taken) else None})
    return out


def _lengths(rings: Rings, on_paper: Any, taken: list[tuple[float, float, float]]) -> list[dict[str, Any]]:
    """Lengths along the sides, inside, the longest first; a side too short for its digits has its length in the table only."""
    out = []
    for a, b in sorted(directed(rings), key=lambda side: -math.dist(*side)):
        start, end = on_paper(a), on_paper(b)
        words = f"{math.dist(a, b) / 1000:.2f}".replace(".", ",")
        half = len(words) * SIGN / 2
        if math.dist(start, end) < 2 * half + 2:
            continue
        x, y = _normal(a, b)
        at = [round((start[0] + end[0]) / 2 - 1.9 * x, 3), round((start[1] + end[1]) / 2 + 1.9 * y, 3)]
        along = _unit((end[0] - start[0], end[1] - start[1])) or (1.0, 0.0)
        spots = [[at[0] + step * along[0], at[1] + step * along[1]] for step in (-half * 0.8, 0, half * 0.8)]
        if not all(_is_free(spot, 1.2, taken) for spot in spots):
            continue
        taken.extend((spot[0], spot[1], 1.2) for spot in spots)
        angle = math.degrees(math.atan2(along[1], along[0]))
        out.append({"at": at, "angle": round(angle - 180 * round(angle / 180), 2), "text": words})
    return out


def _bar(scale: int) -> dict[str, Any]:
    """A scale bar of four parts, at most 50 mm long; `part` in mm on paper, `step` in m on the ground."""
    step = max(step for step in BARS if step == BARS[0] or 4 * step * 1000 / scale <= 50)
    return {"part": step * 1000 / scale, "step": step}


def _free(spot: Sequence[float], radius: float, taken: list[tuple[float, float, float]]) -> bool:
    """Whether a label has room there, inside the figure; if it has, the room is taken."""
    if not _is_free(spot, radius, taken):
        return False
    taken.append((spot[0], spot[1], radius))
    return True


def _is_free(spot: Sequence[float], radius: float, taken: list[tuple[float, float, float]]) -> bool:
    inside = radius < spot[0] < WIDTH - radius and radius < spot[1] < HEIGHT - radius
    return inside and all(math.dist(spot, (x, y)) >= radius + other for x, y, other in taken)


def _normal(a: Point, b: Point) -> tuple[float, float]:
    """The unit vector that points away from the face at its side a→b (the face is on the left)."""
    return _unit((b[1] - a[1], a[0] - b[0])) or (0.0, 0.0)


def _add(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return a[0] + b[0], a[1] + b[1]


def _unit(vector: tuple[float, float]) -> tuple[float, float] | None:
    length = math.hypot(*vector)
    return (vector[0] / length, vector[1] / length) if length > 1e-9 else None


def _box(rings: Rings) -> tuple[int, int, int, int]:
    shell: Ring = rings[0]
    xs, ys = [x for x, _ in shell], [y for _, y in shell]
    return min(xs), min(ys), max(xs), max(ys)


def _polygon(rings: Rings) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:])
