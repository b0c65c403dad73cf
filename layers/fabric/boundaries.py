"""Edits of boundaries: points put on them, points and lines moved. Both sides of a boundary always change together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from layers.crs import Point
from layers.fabric.model import Chain, Face, State
from layers.fabric.planar import Segment, directed
from layers.fabric.refusing import refuse, require_not_outer


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


def add_point(state: State, segment: Segment, at: Point) -> State:
    """Put a point on a boundary segment, on both sides of it."""
    if segment not in state.edges:
        segment = segment[::-1]
    if segment not in state.edges:
        refuse(
            "no-such-boundary", "This boundary does not exist any more.", "Ranh giới này không còn tồn tại.", [segment]
        )
    (ax, ay), (bx, by) = segment
    dx, dy = bx - ax, by - ay
    t = ((at[0] - ax) * dx + (at[1] - ay) * dy) / (dx * dx + dy * dy)
    point = (ax + round(t * dx), ay + round(t * dy))
    if not 0 < t < 1 or point in segment:
        refuse(
            "not-on-segment",
            "The point does not lie on this boundary.",
            "Điểm không nằm trên đoạn ranh này.",
            [segment, (at,)],
        )
    return substitute(state, {segment: [segment[0], point, segment[1]]}, subjects=[state.edges[segment]])


def move_point(state: State, old: Point, new: Point) -> State:
    """Move one boundary point with every face that has it."""
    touched = [face for face in state.faces.values() if any(old in ring for ring in face.rings)]
    if not touched:
        refuse("no-such-point", "There is no boundary point here any more.", "Không còn điểm ranh tại đây.", [(old,)])
    if old == new:
        refuse("nothing-changes", "The point stays where it is.", "Điểm không thay đổi.", [(old,)])
    around = [s for face in touched for s in directed(face.rings) if old in s]
    require_not_outer(state, around)
    moved = []
    for face in touched:
        rings = tuple(_without_repeats([new if p == old else p for p in ring]) for ring in face.rings)
        if any(len(ring) < 3 for ring in rings):
            refuse(
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
        refuse(
            "ends-moved",
            "The new boundary must start and end where the old one does.",
            "Ranh mới phải trùng hai đầu ranh cũ.",
            [(new[0],), (new[-1],)],
        )
    segments = list(pairwise(old))
    missing = [s for s in segments if s not in state.edges and s[::-1] not in state.edges]
    if missing:
        refuse(
            "no-such-boundary", "This boundary does not exist any more.", "Ranh giới này không còn tồn tại.", missing
        )
    require_not_outer(state, segments + [s[::-1] for s in segments])
    left = {state.edges[s] for s in segments}
    right = {state.edges[s[::-1]] for s in segments}
    if len(left) != 1 or len(right) != 1:
        refuse(
            "junction",
            "A third parcel meets this boundary; move it piece by piece.",
            "Có thửa thứ ba giáp đoạn ranh này; hãy sửa từng đoạn.",
            segments,
        )
    sides = ((left.pop(), list(old), list(new)), (right.pop(), list(old)[::-1], list(new)[::-1]))
    if sides[0][0] == sides[1][0]:
        refuse("inside-one", "The same parcel lies on both sides.", "Hai bên ranh là cùng một thửa.", segments)
    inner = set(old[1:-1])
    if any(inner & face.vertices for key, face in state.faces.items() if key not in (sides[0][0], sides[1][0])):
        refuse(
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
    runs_along = len(before) <= len(turned) and list(turned[: len(before)]) == list(before)
    whole_ring = len(before) == len(turned) + 1 and before[-1] == before[0]
    if not runs_along and not whole_ring:
        return ring
    return _without_repeats([*after[:-1], *turned[len(before) - 1 :]])
