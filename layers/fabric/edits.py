"""The pure edit core: `apply(intents, state)` gives the state afterwards. No SQL, no HTTP, no clock.

Every edit keeps the directed segments of the faces it touches in balance: a point put on a boundary is put on both sides of it. What would
not balance, or would give an invalid polygon, is refused with the place of the trouble.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np
import shapely

from layers.crs import Point, polygon_from_rings
from layers.errors import EditRefused, Stale
from layers.fabric import intents as it
from layers.fabric.model import Chain, Delta, Face, Facts, State, difference
from layers.fabric.planar import (
    Rings,
    Segment,
    TooClose,
    assemble,
    directed,
    inside,
    middle,
    node,
)


def apply(intents: Sequence[it.Intent], state: State) -> State:
    """The state after all intents, in order; intents must be resolved to millimetres.

    Raises EditRefused, with the place, when one cannot be done.
    """
    for intent in intents:
        match intent:
            case it.SplitByLine():
                state = split(state, intent.parcel, [[p.key for p in part] for part in intent.parts])
            case it.SplitByArea():
                state = split_by_area(state, intent)
            case it.Merge():
                state = merge(state, intent.parcels)
            case it.MovePoint():
                state = move_point(state, intent.from_.key, intent.to.key)
            case it.MoveBoundary():
                state = move_boundary(state, [p.key for p in intent.old], [p.key for p in intent.new])
            case it.AddPoint():
                state = add_point(state, (intent.segment[0].key, intent.segment[1].key), intent.at.key)
            case it.Transfer():
                state = transfer(state, intent)
            case it.Reclassify():
                state = reclassify(state, intent)
            case it.Renumber():
                face = _face(state, intent.parcel)
                facts = replace(face.facts, sheet=intent.sheet, number=intent.number)
                state = state.changed([replace(face, facts=facts)], subjects=[face.id])
            case it.Revert():
                state = revert(state, intent.seq)
    return state


def delta(intents: Sequence[it.Intent], state: State) -> Delta:
    """What the intents do to the fabric, checked: every created face is a valid polygon.

    Raises EditRefused when nothing changes or a face would be invalid.
    """
    result = difference(state, apply(intents, state))
    if result.is_empty:
        raise EditRefused("nothing-changes", "These edits change nothing.", "Các thao tác này không thay đổi gì.")
    for face in result.created:
        _require_valid(face)
    return result


def _face(state: State, key: int) -> Face:
    face = state.faces.get(key)
    if face is None:
        raise EditRefused(
            "no-such-parcel",
            f"Parcel {key} does not exist any more, or not yet.",
            f"Thửa {key} không còn hoặc chưa tồn tại.",
            parcel=key,
        )
    return face


def _refuse(slug: str, en: str, vi: str, where: Sequence[Sequence[Point]] = ()) -> NoReturn:
    raise EditRefused(slug, en, vi, where=[tuple(place) for place in where])


def _require_valid(face: Face) -> None:
    """Judged on whole millimetres, so exact."""
    shell, *holes = face.rings
    polygon = shapely.Polygon(shell, holes)
    if polygon.is_valid and polygon.exterior.is_ccw:
        return
    where: list[tuple[Point, ...]] = []
    reason = shapely.is_valid_reason(polygon)
    if "[" in reason:
        x, y = (round(float(value)) for value in reason[reason.index("[") + 1 : -1].split()[:2])
        near = sorted(
            directed(face.rings),
            key=lambda s: shapely.distance(shapely.LineString(s), shapely.Point(x, y)),
        )
        where = [*near[:2], ((x, y),)]
    else:
        where = [*directed(face.rings)]
    _refuse(
        "invalid-face",
        f"A boundary would cross or touch itself ({reason.split('[')[0]}).",
        "Ranh giới sẽ tự cắt hoặc tự chạm chính nó.",
        where,
    )


def substitute(state: State, chains: dict[Segment, list[Point]], subjects: Sequence[int] = ()) -> State:
    """Put new points on boundary segments, on both sides of each.

    `chains`: directed segment of some face to the points that replace it, ends included. A segment without a face on its
    other side is part of the fabric's outer ring: the refinement is recorded in `state.refined`.
    """
    both: dict[Segment, list[Point]] = {}
    refined: list[Chain] = []
    for (a, b), chain in chains.items():
        both[(a, b)] = chain
        if (b, a) in state.edges:
            both[(b, a)] = chain[::-1]
        else:
            refined.append(tuple(chain))
    touched = {state.edges[segment] for segment in both}
    new: list[Face] = []
    for key in touched:
        face = state.faces[key]
        rings = tuple(
            tuple(
                point
                for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)
                for point in both.get((a, b), [a, b])[:-1]
            )
            for ring in face.rings
        )
        new.append(replace(face, rings=rings))
    result = state.changed(new, subjects=subjects)
    return replace(result, refined=(*result.refined, *refined))


def cut(state: State, key: int, lines: Sequence[Sequence[Point]]) -> tuple[State, list[Rings]]:
    """The state with the boundary points the lines need, and the pieces that the parcel falls into."""
    face = _face(state, key)
    segments = [pair for line in lines for pair in zip(line, line[1:], strict=False) if pair[0] != pair[1]]
    if not segments:
        _refuse("no-line", "The line has no length.", "Đường cắt không có chiều dài.")
    try:
        chains, new = node(directed(face.rings), segments)
    except TooClose as error:
        _refuse(
            "too-close",
            "The line runs closer than a millimetre to existing points.",
            "Đường cắt đi quá sát điểm ranh hiện có (dưới 1 mm).",
            [(error.place,)],
        )
    state = substitute(state, chains)
    face = state.faces[key]
    within = {segment for segment in new if inside(middle(segment), face.rings)}
    if not within:
        _refuse(
            "line-misses",
            "The line does not cross the parcel.",
            "Đường cắt không đi qua thửa đất.",
            segments,
        )
    boundary = face.vertices
    ends = Counter(point for segment in within for point in segment)
    loose = [point for point, count in ends.items() if count == 1 and point not in boundary]
    if loose:
        _refuse(
            "line-ends-inside",
            "The line ends inside the parcel; take it to the boundary.",
            "Đường cắt kết thúc bên trong thửa; hãy kéo tới ranh giới.",
            [*((point,) for point in loose), *(s for s in within if s[0] in loose or s[1] in loose)],
        )
    half_edges = [*directed(face.rings), *within, *((b, a) for a, b in within)]
    try:
        pieces = assemble(half_edges)
    except ValueError as error:
        _refuse(
            "no-pieces",
            f"The line does not divide the parcel ({error}).",
            "Đường cắt không chia được thửa đất.",
            segments,
        )
    if len(pieces) < 2:
        _refuse(
            "line-does-not-divide",
            "The line does not divide the parcel: it must lead from boundary to boundary.",
            "Đường cắt chưa chia được thửa: phải đi từ ranh giới này tới ranh giới kia.",
            list(within),
        )
    return state, sorted(pieces, key=_reading_order)


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
    face = _face(state, intent.parcel)
    a, b = (np.asarray(point.key, dtype=float) for point in intent.along)
    length = float(np.hypot(*(b - a)))
    if length == 0:
        _refuse("no-direction", "The direction has no length.", "Hướng cắt không có chiều dài.")
    if intent.area_m2 >= face.area_m2:
        _refuse(
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

    def corner(t: float, s: float) -> np.ndarray:
        return left * t + along * s

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
    faces = [_face(state, key) for key in dict.fromkeys(keys)]
    if len(faces) < 2:
        _refuse("merge-needs-two", "Choose at least two parcels.", "Hãy chọn ít nhất hai thửa.")
    units = {face.facts.unit for face in faces}
    if len(units) > 1:
        _refuse(
            "merge-across-units",
            "The parcels lie in different units.",
            "Các thửa thuộc các đơn vị hành chính khác nhau.",
        )
    own = {segment for face in faces for segment in directed(face.rings)}
    rest = [segment for segment in own if segment[::-1] not in own]
    merged = assemble(rest)
    if len(merged) != 1:
        _refuse(
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


def _require_not_outer(state: State, segments: Sequence[Segment]) -> None:
    outer = [s for s in segments if s in state.edges and s[::-1] not in state.edges]
    if outer:
        _refuse(
            "outer-limit",
            "This is the outer limit of the land on record; it changes only by an extension.",
            "Đây là giới hạn ngoài của khu đo; chỉ thay đổi khi mở rộng khu đo.",
            outer,
        )


def move_point(state: State, old: Point, new: Point) -> State:
    """Move one boundary point with every face that has it."""
    touched = [face for face in state.faces.values() if any(old in ring for ring in face.rings)]
    if not touched:
        _refuse("no-such-point", "There is no boundary point here any more.", "Không còn điểm ranh tại đây.", [(old,)])
    if old == new:
        _refuse("nothing-changes", "The point stays where it is.", "Điểm không thay đổi.", [(old,)])
    around = [s for face in touched for s in directed(face.rings) if old in s]
    _require_not_outer(state, around)
    moved = []
    for face in touched:
        rings = tuple(_without_repeats([new if p == old else p for p in ring]) for ring in face.rings)
        if any(len(ring) < 3 for ring in rings):
            _refuse(
                "face-vanishes",
                "A face would vanish.",
                "Một thửa sẽ biến mất.",
                [s for s in around if s in directed(face.rings)],
            )
        moved.append(replace(face, rings=rings))
    return state.changed(moved, subjects=[face.id for face in moved])


def _without_repeats(ring: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(p for i, p in enumerate(ring) if p != ring[i - 1])


def move_boundary(state: State, old: Sequence[Point], new: Sequence[Point]) -> State:
    """Replace a boundary between exactly two faces by a new line with the same ends."""
    if old[0] != new[0] or old[-1] != new[-1]:
        _refuse(
            "ends-moved",
            "The new boundary must start and end where the old one does.",
            "Ranh mới phải trùng hai đầu ranh cũ.",
            [(new[0],), (new[-1],)],
        )
    segments = list(zip(old, old[1:], strict=False))
    missing = [s for s in segments if s not in state.edges and s[::-1] not in state.edges]
    if missing:
        _refuse(
            "no-such-boundary", "This boundary does not exist any more.", "Ranh giới này không còn tồn tại.", missing
        )
    _require_not_outer(state, segments + [s[::-1] for s in segments])
    left = {state.edges[s] for s in segments}
    right = {state.edges[s[::-1]] for s in segments}
    if len(left) != 1 or len(right) != 1:
        _refuse(
            "junction",
            "A third parcel meets this boundary; move it piece by piece.",
            "Có thửa thứ ba giáp đoạn ranh này; hãy sửa từng đoạn.",
            segments,
        )
    sides = ((left.pop(), list(old), list(new)), (right.pop(), list(old)[::-1], list(new)[::-1]))
    if sides[0][0] == sides[1][0]:
        _refuse("inside-one", "The same parcel lies on both sides.", "Hai bên ranh là cùng một thửa.", segments)
    inner = set(old[1:-1])
    if any(inner & face.vertices for key, face in state.faces.items() if key not in (sides[0][0], sides[1][0])):
        _refuse(
            "junction",
            "A third parcel meets this boundary; move it piece by piece.",
            "Có thửa thứ ba giáp đoạn ranh này; hãy sửa từng đoạn.",
            segments,
        )
    changed = []
    for key, before, after in sides:
        face = state.faces[key]
        rings = tuple(_replace_run(ring, before, after) for ring in face.rings)
        changed.append(replace(face, rings=rings))
    return state.changed(changed, subjects=[face.id for face in changed])


def _replace_run(ring: tuple[Point, ...], before: Sequence[Point], after: Sequence[Point]) -> tuple[Point, ...]:
    """The ring with one run of consecutive vertices replaced, wherever the ring happens to start."""
    if before[0] not in ring:
        return ring
    at = ring.index(before[0])
    turned = ring[at:] + ring[:at]
    if len(before) > len(turned) or list(turned[: len(before)]) != list(before):
        if not (len(before) == len(turned) + 1 and before[-1] == before[0]):
            return ring
    return _without_repeats([*after[:-1], *turned[len(before) - 1 :]])


def add_point(state: State, segment: Segment, at: Point) -> State:
    """Put a point on a boundary segment, on both sides of it."""
    if segment not in state.edges:
        segment = segment[::-1]
    if segment not in state.edges:
        _refuse(
            "no-such-boundary", "This boundary does not exist any more.", "Ranh giới này không còn tồn tại.", [segment]
        )
    (ax, ay), (bx, by) = segment
    dx, dy = bx - ax, by - ay
    t = ((at[0] - ax) * dx + (at[1] - ay) * dy) / (dx * dx + dy * dy)
    point = (ax + round(t * dx), ay + round(t * dy))
    if not 0 < t < 1 or point in segment:
        _refuse(
            "not-on-segment",
            "The point does not lie on this boundary.",
            "Điểm không nằm trên đoạn ranh này.",
            [segment, (at,)],
        )
    return substitute(state, {segment: [segment[0], point, segment[1]]}, subjects=[state.edges[segment]])


def transfer(state: State, intent: it.Transfer) -> State:
    """Give a piece of one parcel to its neighbour."""
    _face(state, intent.to)
    if intent.from_ == intent.to:
        _refuse("same-parcel", "Giver and taker are the same parcel.", "Thửa cho và thửa nhận trùng nhau.")
    state, pieces = cut(state, intent.from_, [[p.key for p in intent.line]])
    doubled = (2 * intent.piece.key[0], 2 * intent.piece.key[1])
    given = [rings for rings in pieces if inside(doubled, rings)]
    rest = [rings for rings in pieces if rings not in given]
    if len(given) != 1 or len(rest) != 1:
        _refuse(
            "piece-unclear",
            "Mark one of exactly two pieces.",
            "Hãy chọn một trong đúng hai phần.",
            [(intent.piece.key,)],
        )
    giver, taker = state.faces[intent.from_], state.faces[intent.to]
    own = {*directed(given[0]), *directed(taker.rings)}
    joined = assemble([s for s in own if s[::-1] not in own])
    if len(joined) != 1:
        _refuse(
            "not-adjacent",
            "The piece does not share a boundary with the neighbour.",
            "Phần cắt không có cạnh chung với thửa nhận.",
            directed(given[0]),
        )
    pair = [replace(giver, rings=rest[0]), replace(taker, rings=joined[0])]
    pair = [replace(f, facts=replace(f.facts, official_area_m2=round(f.area_m2, 1))) for f in pair]
    return state.changed(pair, subjects=[giver.id, taker.id])


def reclassify(state: State, intent: it.Reclassify) -> State:
    """Change facts only."""
    face = _face(state, intent.parcel)
    given = intent.model_dump(include={"land_use", "kind", "official_area_m2", "address"}, exclude_none=True)
    return state.changed([replace(face, facts=replace(face.facts, **given))], subjects=[face.id])


def revert(state: State, seq: int) -> State:
    """Take a change set back: what it made must still stand exactly as it was made."""
    past = state.past.get(seq)
    if past is None:
        raise EditRefused(
            "no-such-change", f"There is no change {seq} to take back.", f"Không có biến động số {seq} để hoàn tác."
        )
    moved_on = [
        key for key, version in past.created.items() if key not in state.faces or state.faces[key].version != version
    ]
    if moved_on:
        raise Stale(
            "revert-stale",
            f"Parcels changed again after change {seq}: {', '.join(map(str, moved_on))}.",
            f"Các thửa đã thay đổi tiếp sau biến động {seq}: {', '.join(map(str, moved_on))}.",
            parcels=moved_on,
        )
    restored = {face.id: face for face in past.retired}
    gone = [key for key in past.created if key not in restored]
    subjects = [
        key
        for key, face in restored.items()
        if key not in past.created
        or face.facts != state.faces[key].facts
        or not face.vertices <= state.faces[key].vertices
    ]
    return state.changed(past.retired, gone=gone, subjects=[*subjects, *gone])


def max_shift_mm(before: Face, after: Face) -> float:
    """How far a boundary moved, mm: the Hausdorff distance of the two outlines."""
    shapes = [shapely.boundary(polygon_from_rings(face.rings)) for face in (before, after)]
    return round(float(shapely.hausdorff_distance(*shapes)) * 1000, 3)


def vertices_added(before: Face, after: Face) -> int:
    return len(after.vertices - before.vertices)
