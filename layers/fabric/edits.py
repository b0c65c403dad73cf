"""The pure edit core: `apply(intents, state)` gives the state afterwards. No SQL, no HTTP, no clock.

Every edit keeps the directed segments of the faces it touches in balance: a point put on a boundary is put on both sides of it. What would
not balance, or would give an invalid polygon, is refused with the place of the trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import shapely

from layers.crs import polygon_from_rings
from layers.errors import EditRefused, Stale
from layers.fabric import intents as it
from layers.fabric.boundaries import add_point, move_boundary, move_point
from layers.fabric.model import Delta, Face, State, difference
from layers.fabric.pieces import merge, split, split_by_area, transfer
from layers.fabric.refusing import face_of, require_valid


def apply(intents: Sequence[it.Intent], state: State) -> State:
    """The state after all intents, in order; intents must be resolved to millimetres.

    Raises EditRefused, with the place, when one cannot be done.
    """
    for intent in intents:
        state = EDITS[type(intent)](state, intent)
    return state


def delta(intents: Sequence[it.Intent], state: State) -> Delta:
    """What the intents do to the fabric, checked: every created face is a valid polygon.

    Raises EditRefused when nothing changes or a face would be invalid.
    """
    result = difference(state, apply(intents, state))
    if result.is_empty:
        raise EditRefused("nothing-changes", "These edits change nothing.", "Các thao tác này không thay đổi gì.")
    for face in result.created:
        require_valid(face)
    return result


def reclassify(state: State, intent: it.Reclassify) -> State:
    """Change facts only."""
    face = face_of(state, intent.parcel)
    given = intent.model_dump(include={"land_use", "kind", "official_area_m2", "address"}, exclude_none=True)
    return state.changed([replace(face, facts=replace(face.facts, **given))], subjects=[face.id])


def renumber(state: State, intent: it.Renumber) -> State:
    """Another sheet and number for a parcel."""
    face = face_of(state, intent.parcel)
    facts = replace(face.facts, sheet=intent.sheet, number=intent.number)
    return state.changed([replace(face, facts=facts)], subjects=[face.id])


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


EDITS: Mapping[type[it.Frozen], Callable[[State, Any], State]] = {
    it.SplitByLine: lambda state, i: split(state, i.parcel, [[p.key for p in part] for part in i.parts]),
    it.SplitByArea: split_by_area,
    it.Merge: lambda state, i: merge(state, i.parcels),
    it.MovePoint: lambda state, i: move_point(state, i.from_.key, i.to.key),
    it.MoveBoundary: lambda state, i: move_boundary(state, [p.key for p in i.old], [p.key for p in i.new]),
    it.AddPoint: lambda state, i: add_point(state, (i.segment[0].key, i.segment[1].key), i.at.key),
    it.Transfer: transfer,
    it.Reclassify: reclassify,
    it.Renumber: renumber,
    it.Revert: lambda state, i: revert(state, i.seq),
}
