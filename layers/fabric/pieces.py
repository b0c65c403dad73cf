"""Edits that divide and join: split, merge, transfer of a piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import Point
from layers.fabric import intents as it
from layers.fabric.boundaries import substitute
from layers.fabric.model import Face, Facts, State
from layers.fabric.planar import Rings, TooClose, assemble, directed, inside, middle, node, orient
from layers.fabric.refusing import face_of, refuse


def cut(state: State, key: int, lines: Sequence[Sequence[Point]]) -> tuple[State, list[Rings]]:
    """The state with the boundary points the lines need, and the pieces that the parcel falls into."""
    face = face_of(state, key)
    lines = [_ends_on_boundary(line, face.rings) for line in lines]
    segments = [pair for line in lines for pair in pairwise(line) if pair[0] != pair[1]]
    if not segments:
        refuse("no-line", "The line has no length.", "Đường cắt không có chiều dài.")
    try:
        chains, new = node(directed(face.rings), segments)
    except TooClose as error:
        refuse(
            "too-close",
            "The line runs closer than a millimetre to existing points.",
            "Đường cắt đi quá sát điểm ranh hiện có (dưới 1 mm).",
            [(error.place,)],
        )
    state = substitute(state, chains)
    face = state.faces[key]
    within = {segment for segment in new if inside(middle(segment), face.rings)}
    if not within:
        refuse(
            "line-misses",
            "The line does not cross the parcel.",
            "Đường cắt không đi qua thửa đất.",
            segments,
        )
    boundary = face.vertices
    ends = Counter(point for segment in within for point in segment)
    loose = [point for point, count in ends.items() if count == 1 and point not in boundary]
    if loose:
        refuse(
            "line-ends-inside",
            "The line ends inside the parcel; take it to the boundary.",
            "Đường cắt kết thúc bên trong thửa; hãy kéo tới ranh giới.",
            [*((point,) for point in loose), *(s for s in within if s[0] in loose or s[1] in loose)],
        )
    half_edges = [*directed(face.rings), *within, *((b, a) for a, b in within)]
    try:
        pieces = assemble(half_edges)
    except ValueError as error:
        refuse(
            "no-pieces",
            f"The line does not divide the parcel ({error}).",
            "Đường cắt không chia được thửa đất.",
            segments,
        )
    if len(pieces) < 2:
        refuse(
            "line-does-not-divide",
            "The line does not divide the parcel: it must lead from boundary to boundary.",
            "Đường cắt chưa chia được thửa: phải đi từ ranh giới này tới ranh giới kia.",
            list(within),
        )
    return state, sorted(pieces, key=_reading_order)


END_REACH_MM = 2.0  # a hand that hit the boundary is this close to it after rounding to the grid


def _ends_on_boundary(line: Sequence[Point], rings: Rings) -> Sequence[Point]:
    """The line with an end that all but lies on a boundary put onto it (whole mm), so that it does not end just inside."""
    return [_on_boundary(line[0], rings), *line[1:-1], _on_boundary(line[-1], rings)]


def _on_boundary(end: Point, rings: Rings) -> Point:
    for a, b in directed(rings):
        dx, dy = b[0] - a[0], b[1] - a[1]
        t = min(1.0, max(0.0, ((end[0] - a[0]) * dx + (end[1] - a[1]) * dy) / (dx * dx + dy * dy)))
        x, y = a[0] + t * dx, a[1] + t * dy
        if (x - end[0]) ** 2 + (y - end[1]) ** 2 <= END_REACH_MM**2:
            # the nearest whole mm that is on the segment or beyond it, never inside the face
            near = [(round(x) + i, round(y) + j) for i in (0, -1, 1) for j in (0, -1, 1)]
            return next((p for p in near if orient(a, b, p) <= 0), end)
    return end


def _reading_order(rings: Rings) -> tuple[int, int]:
    """From the northernmost, then left to right: the order in which parcels are numbered (TT 26/2024 art. 13)."""
    top = max(rings[0], key=lambda p: (p[1], -p[0]))
    return -top[1], top[0]


def _drafted(state: State, n: int, rings: Rings, facts: Facts) -> Face:
    face = Face(-(state.drafted + n), rings, facts)
    return replace(face, facts=replace(facts, number=None, official_area_m2=round(face.area_m2, 1)))


def split(state: State, key: int, lines: Sequence[Sequence[Point]]) -> State:
    """Cut one parcel along lines; every piece is a new parcel, the old one ends."""
    state, pieces = cut(state, key, lines)
    facts = state.faces[key].facts
    new = [_drafted(state, n, rings, facts) for n, rings in enumerate(pieces, 1)]
    return state.changed(new, gone=[key], subjects=[face.id for face in new])


def split_by_area(state: State, intent: it.SplitByArea) -> State:
    """Find the parallel of `along` that cuts off the area, then split by that line."""
    face = face_of(state, intent.parcel)
    a, b = (np.asarray(point.key, dtype=float) for point in intent.along)
    length = float(np.hypot(*(b - a)))
    if length == 0:
        refuse("no-direction", "The direction has no length.", "Hướng cắt không có chiều dài.")
    if intent.area_m2 >= face.area_m2:
        refuse(
            "area-too-large",
            f"The parcel has only {face.area_m2:.1f} m².",
            f"Thửa chỉ có {face.area_m2:.1f} m².".replace(".", ","),
        )
    along = (b - a) / length
    left = np.array([-along[1], along[0]])
    if intent.side == "right":
        left = -left
    origin = np.asarray(face.rings[0][0], dtype=float)
    shell, *holes = [(np.asarray(ring, dtype=float) - origin) for ring in face.rings]
    polygon = shapely.Polygon(shell, holes)
    heights = shell @ left
    reach = float(np.abs(shell).max()) * 3 + 1000

    def corner(t: float, s: float) -> NDArray[np.float64]:
        point: NDArray[np.float64] = left * t + along * s
        return point

    def area_beyond(t: float) -> float:
        far = float(heights.max()) + 1000
        side = shapely.Polygon([corner(t, -reach), corner(t, reach), corner(far, reach), corner(far, -reach)])
        return float(polygon.intersection(side).area) / 1e6

    low, high = float(heights.min()), float(heights.max())
    for _ in range(60):
        t = (low + high) / 2
        if area_beyond(t) > intent.area_m2:
            low = t
        else:
            high = t
    ends = [tuple(int(v) for v in np.round(origin + corner((low + high) / 2, s))) for s in (-reach, reach)]
    return split(state, face.id, [ends])  # type: ignore[list-item]


def merge(state: State, keys: Sequence[int]) -> State:
    """One new parcel from several that touch along boundaries; islands and points where they pinch included."""
    faces = [face_of(state, key) for key in dict.fromkeys(keys)]
    if len(faces) < 2:
        refuse("merge-needs-two", "Choose at least two parcels.", "Hãy chọn ít nhất hai thửa.")
    units = {face.facts.unit for face in faces}
    if len(units) > 1:
        refuse(
            "merge-across-units",
            "The parcels lie in different units.",
            "Các thửa thuộc các đơn vị hành chính khác nhau.",
        )
    own = {segment for face in faces for segment in directed(face.rings)}
    rest = [segment for segment in own if segment[::-1] not in own]
    merged = assemble(rest)
    if len(merged) != 1:
        refuse(
            "not-adjacent",
            "The parcels do not form one piece: they must share a boundary, not only a point.",
            "Các thửa không liền nhau: phải có cạnh chung, không chỉ chung một điểm.",
            [segment for rings in merged[1:] for segment in directed(rings)],
        )
    largest = max(faces, key=lambda face: face.area_m2)
    sources = {face.facts.source_id for face in faces}
    facts = replace(largest.facts, source_id=sources.pop() if len(sources) == 1 else None)
    new = _drafted(state, 1, merged[0], facts)
    return state.changed([new], gone=[face.id for face in faces], subjects=[new.id])


def transfer(state: State, intent: it.Transfer) -> State:
    """Give a piece of one parcel to its neighbour."""
    face_of(state, intent.to)
    if intent.from_ == intent.to:
        refuse("same-parcel", "Giver and taker are the same parcel.", "Thửa cho và thửa nhận trùng nhau.")
    state, pieces = cut(state, intent.from_, [[p.key for p in intent.line]])
    doubled = (2 * intent.piece.key[0], 2 * intent.piece.key[1])
    given = [rings for rings in pieces if inside(doubled, rings)]
    rest = [rings for rings in pieces if rings not in given]
    if len(given) != 1 or len(rest) != 1:
        refuse(
            "piece-unclear",
            "Mark one of exactly two pieces.",
            "Hãy chọn một trong đúng hai phần.",
            [(intent.piece.key,)],
        )
    giver, taker = state.faces[intent.from_], state.faces[intent.to]
    own = {*directed(given[0]), *directed(taker.rings)}
    joined = assemble([s for s in own if s[::-1] not in own])
    if len(joined) != 1:
        refuse(
            "not-adjacent",
            "The piece does not share a boundary with the neighbour.",
            "Phần cắt không có cạnh chung với thửa nhận.",
            directed(given[0]),
        )
    pair = [replace(giver, rings=rest[0]), replace(taker, rings=joined[0])]
    pair = [replace(f, facts=replace(f.facts, official_area_m2=round(f.area_m2, 1))) for f in pair]
    return state.changed(pair, subjects=[giver.id, taker.id])
