"""What rules measure: which faces an edit cut, where a piece meets a road, how deep it is, how wide a path is.

Coordinates in whole mm; areas in m2, lengths in m. A segment of one face is the reversed segment of its neighbour, so what two faces share is found
without any tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely

from layers.crs import polygon_from_rings
from layers.fabric.model import Face, State
from layers.fabric.planar import Segment, directed

UNSEEN_M2 = 0.05  # legal areas are rounded to 0.1 m2 (TT 26/2024 art. 13.5): less than half of that is not there
SHARPEST_TURN = math.radians(45)  # beyond it a boundary along roads turns into another frontage


def is_road(face: Face) -> bool:
    """Ground that leads somewhere: a road, or a path of land use DGT."""
    return face.facts.kind == "road" or face.facts.land_use == "DGT"


def cut_from(face: Face, retired: Iterable[Face]) -> tuple[Face, ...]:
    """The faces that were cut to make this one: part of each lies in it, part elsewhere."""
    shape = polygon_from_rings(face.rings)
    found = []
    for old in retired:
        before = polygon_from_rings(old.rings)
        if not shape.envelope.intersects(before.envelope):
            continue
        taken = float(shape.intersection(before).area)
        if taken > min(UNSEEN_M2, float(shape.area) / 2) and float(before.area) - taken > UNSEEN_M2:
            found.append(old)
    return tuple(found)


def connected_roads(after: State, drafted: frozenset[int]) -> frozenset[int]:
    """Roads that were there, and those of the edit (`drafted`) that lead to one, perhaps through one another."""
    roads = {key for key, face in after.faces.items() if is_road(face)}
    reached = roads - drafted
    waiting = roads & drafted
    while True:
        joined = {key for key in waiting if neighbours(after.faces[key], after) & reached}
        if not joined:
            return frozenset(reached)
        reached |= joined
        waiting -= joined


def neighbours(face: Face, after: State) -> frozenset[int]:
    """Faces that share a boundary with one."""
    beyond = (after.edges.get(segment[::-1]) for segment in directed(face.rings))
    return frozenset(key for key in beyond if key is not None)


@dataclass(frozen=True, slots=True)
class Frontage:
    """Where a piece meets roads: lines without a sharp turn, the longest first. `unknown`: what lies beyond part of its boundary is not on record."""

    lines: tuple[tuple[Segment, ...], ...]
    unknown: tuple[Segment, ...]

    @property
    def length_m(self) -> float:
        """Of the longest line."""
        return length_m(self.lines[0]) if self.lines else 0.0

    @property
    def shared_m(self) -> float:
        return sum(length_m(line) for line in self.lines)


def frontage(face: Face, after: State, roads: frozenset[int]) -> Frontage:
    """Where a face meets the roads."""
    lines: list[list[Segment]] = []
    unknown: list[Segment] = []
    for ring in face.rings:
        ring_lines: list[list[Segment]] = []
        for segment in directed((ring,)):
            beyond = after.edges.get(segment[::-1])
            if beyond is None or after.faces[beyond].facts.kind == "unassigned":
                unknown.append(segment)
            if beyond not in roads:
                continue
            if ring_lines and goes_on(ring_lines[-1][-1], segment):
                ring_lines[-1].append(segment)
            else:
                ring_lines.append([segment])
        if len(ring_lines) > 1 and goes_on(ring_lines[-1][-1], ring_lines[0][0]):
            ring_lines[0] = ring_lines.pop() + ring_lines[0]
        lines += ring_lines
    return Frontage(tuple(sorted(map(tuple, lines), key=length_m, reverse=True)), tuple(unknown))


def goes_on(a: Segment, b: Segment) -> bool:
    """Whether b begins where a ends, without a sharp turn."""
    if a[1] != b[0]:
        return False
    (ax, ay), (bx, by) = ((s[1][0] - s[0][0], s[1][1] - s[0][1]) for s in (a, b))
    return abs(math.atan2(ax * by - ay * bx, ax * bx + ay * by)) < SHARPEST_TURN


def length_m(line: Iterable[Segment]) -> float:
    return sum(math.dist(a, b) for a, b in line) / 1000


def depth_m(face: Face, line: tuple[Segment, ...]) -> float:
    """The other side of the rectangle that stands on the chord of a frontage and holds the whole face."""
    ends = line[0][0], line[-1][1]
    if ends[0] == ends[1]:  # a road all around
        ends = max(line, key=lambda segment: math.dist(*segment))
    (ax, ay), (bx, by) = ends
    chord = math.hypot(bx - ax, by - ay)
    heights = [((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / chord for x, y in face.rings[0]]
    return (max(heights) - min(heights)) / 1000


def width_m(face: Face, after: State) -> float | None:
    """How wide a path is where it is narrowest: the least distance, across it, between two sides that face each other.

    Where it opens onto a road is no side. None when no two sides face each other.
    """
    shape = polygon_from_rings(face.rings).buffer(0.001)  # a distance along the boundary is inside
    sides = [s for s in directed(face.rings) if not _opens(after, s)]
    found = []
    for i, a in enumerate(sides):
        for b in sides[i + 1 :]:
            if {*a} & {*b} or not _face_each_other(a, b):
                continue
            across = shapely.shortest_line(_line(a), _line(b))
            if _on_the_left(a, across) and shape.covers(across):
                found.append(float(across.length))
    return min(found, default=None)


def _opens(after: State, segment: Segment) -> bool:
    beyond = after.edges.get(segment[::-1])
    return beyond is not None and is_road(after.faces[beyond])


def _line(segment: Segment) -> shapely.LineString:
    return shapely.LineString([(x / 1000, y / 1000) for x, y in segment])


def _face_each_other(a: Segment, b: Segment) -> bool:
    """Whether two sides run against each other, within about 65 degrees; corners of a dead end do not."""
    (ax, ay), (bx, by) = ((s[1][0] - s[0][0], s[1][1] - s[0][1]) for s in (a, b))
    return ax * bx + ay * by < -0.4 * math.hypot(ax, ay) * math.hypot(bx, by)


def _on_the_left(side: Segment, across: shapely.LineString) -> bool:
    """Whether a line that begins on a side leads into the face, which lies on the side's left."""
    (ax, ay), (bx, by) = across.coords
    (cx, cy), (dx, dy) = side
    return bool((dx - cx) * (by - ay) - (dy - cy) * (bx - ax) > 0)


def outline(face: Face) -> tuple[Segment, ...]:
    return tuple(directed(face.rings))


def smaller(face: Face, before: Mapping[int, Face]) -> bool:
    """Whether a face is new, or less than the parcel it was."""
    old = before.get(face.id)
    return old is None or old.area_m2 - face.area_m2 > UNSEEN_M2
