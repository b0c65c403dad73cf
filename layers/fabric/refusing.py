"""Saying no to an edit, with the place of the trouble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import shapely

from layers.crs import Point
from layers.errors import EditRefused
from layers.fabric.model import Face, State
from layers.fabric.planar import Segment, directed


def face_of(state: State, key: int) -> Face:
    face = state.faces.get(key)
    if face is None:
        raise EditRefused(
            "no-such-parcel",
            f"Parcel {key} does not exist any more, or not yet.",
            f"Thửa {key} không còn hoặc chưa tồn tại.",
            parcel=key,
        )
    return face


def refuse(slug: str, en: str, vi: str, where: Sequence[Sequence[Point]] = ()) -> NoReturn:
    raise EditRefused(slug, en, vi, where=[tuple(place) for place in where])


def require_valid(face: Face) -> None:
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
    refuse(
        "invalid-face",
        f"A boundary would cross or touch itself ({reason.split('[')[0]}).",
        "Ranh giới sẽ tự cắt hoặc tự chạm chính nó.",
        where,
    )


def require_not_outer(state: State, segments: Sequence[Segment]) -> None:
    outer = [s for s in segments if s in state.edges and s[::-1] not in state.edges]
    if outer:
        refuse(
            "outer-limit",
            "This is the outer limit of the land on record; it changes only by an extension.",
            "Đây là giới hạn ngoài của khu đo; chỉ thay đổi khi mở rộng khu đo.",
            outer,
        )
