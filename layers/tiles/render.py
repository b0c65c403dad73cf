"""Which statement draws which tile. Profiles by zoom: the fewer pixels a face has, the fewer columns travel.

z ≥ 17: faces with facts, and labels; z 16: faces with facts; z 14–15: kind and land use only; z < 14: never raw parcels (see snapshot.py).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from layers.db import sql

MIN_ZOOM, MAX_ZOOM, RAW_ZOOM, FACTS_ZOOM, LABELS_ZOOM = 5, 22, 14, 16, 17
CURRENT = "v.retired_by IS NULL"
PAST = (
    "EXISTS (SELECT 1 FROM fabric.change_set c WHERE c.id = v.created_by AND c.seq <= %(at)s) AND (v.retired_by IS NULL OR EXISTS"
    " (SELECT 1 FROM fabric.change_set c WHERE c.id = v.retired_by AND c.seq > %(at)s))"
)
FACTS = ", v.number AS num, v.sheet, v.unit, round(coalesce(v.official_area_m2, v.area_m2) * 10) / 10 AS area"


@dataclass(frozen=True, slots=True)
class Tile:
    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return MIN_ZOOM <= self.z <= MAX_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z


@functools.cache
def raw_statement(zoom: int, past: bool) -> str:
    """The statement for a tile of raw faces at a zoom ≥ 14, now or (with %(at)s) at a past seq."""
    alive = PAST if past else CURRENT
    labels = sql("layers.tiles", "labels.sql") if zoom >= LABELS_ZOOM else ""
    return (
        sql("layers.tiles", "faces.sql")
        .replace("@LABELS@", labels)
        .replace("@FACTS@", FACTS if zoom >= FACTS_ZOOM else "")
        .replace("@ALIVE@", alive)
    )


@functools.cache
def delta_statement(past: bool) -> str:
    """The statement for what differs from a snapshot: now (snapshot older), or at %(at)s (snapshot older or newer).

    %(fresh)s: change sets after the snapshot up to the moment; %(gone)s: those after the moment up to the snapshot. Ids are given as
    values, not as a subquery, so that the planner knows how few they are.
    """
    alive = PAST if past else CURRENT
    differs = "(v.created_by = ANY(%(fresh)s::bigint[]) OR v.retired_by = ANY(%(gone)s::bigint[]))"
    if not past:
        differs = "v.created_by = ANY(%(fresh)s::bigint[])"
    return sql("layers.tiles", "delta.sql").replace("@ALIVE@", alive).replace("@DIFFERS@", differs)
