"""The audit: recount everything, trust nothing. Works for the current state and for any past one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from layers.db import Connection, sql
from layers.errors import Malformed


@dataclass(frozen=True)
class Audit:
    """What was found. `open_segments`: directed segments that neither cancel nor belong to the outer ring; `overlaps`: faces that overlap
    another; `gaps`: holes in the outer ring; `broken_links`: events whose hash or order is wrong, change sets whose contents differ
    from their digest."""

    seq: int
    faces: int
    open_segments: int
    overlaps: int
    gaps: int
    invalid_faces: int
    broken_links: int
    area_m2: float
    places: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.open_segments or self.overlaps or self.gaps or self.invalid_faces or self.broken_links)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "clean": self.clean}


CURRENT = "v.retired_by IS NULL"
PAST = (
    "EXISTS (SELECT 1 FROM fabric.change_set c WHERE c.id = v.created_by AND c.seq <= %(at)s) AND NOT EXISTS"
    " (SELECT 1 FROM fabric.change_set c WHERE c.id = v.retired_by AND c.seq <= %(at)s)"
)


def audit(conn: Connection, at: int | None = None, *, chain: bool = True) -> Audit:
    """Audit the state at seq `at` (default: now), inside the caller's transaction, against one snapshot of the database.

    `chain`: also verify the hash chain up to there. Raises Malformed for a seq that does not exist.
    """
    head = int(conn.execute("SELECT seq FROM feed.head").fetchone()["seq"])  # type: ignore[index]
    if at is not None and not 0 <= at <= head:
        raise Malformed(
            "no-such-seq",
            f"There is no seq {at}; the newest is {head}.",
            f"Không có số thứ tự {at}; mới nhất là {head}.",
        )
    seq = head if at is None else at
    alive = CURRENT if at is None else PAST
    parameters = {"at": seq}
    wrong = conn.execute(sql("layers.fabric", "audit.sql").replace("@ALIVE@", alive), parameters).fetchall()
    totals = conn.execute(
        f"SELECT count(*) AS faces, coalesce(sum(area_m2), 0) AS area,"
        f" count(*) FILTER (WHERE NOT (ST_IsPolygonCCW(geom) AND ST_IsValid(fabric.on_grid(geom)))) AS invalid"
        f" FROM fabric.parcel_version v WHERE {alive}",
        parameters,
    ).fetchone()
    ring = conn.execute(
        "SELECT ST_AsBinary(fabric.outline_at(%s)) AS wkb",
        (seq,),
    ).fetchone()
    gaps = 0
    if ring is not None and ring["wkb"] is not None:
        gaps = sum(len(part.interiors) for part in shapely.get_parts(shapely.from_wkb(ring["wkb"])))
    assert totals is not None
    return Audit(
        seq,
        totals["faces"],
        len(wrong),
        _overlaps(conn, alive, parameters, wrong),
        gaps,
        totals["invalid"],
        broken_links(conn, seq) if chain else 0,
        round(float(totals["area"]), 3),
        tuple((row["x1"], row["y1"], row["x2"], row["y2"]) for row in wrong[:100]),
    )


def _overlaps(conn: Connection, alive: str, parameters: dict[str, Any], wrong: list[dict[str, Any]]) -> int:
    """Faces that overlap another one. Where every segment cancels there can be none; else they are sought near the trouble."""
    if not wrong:
        return 0
    xy = np.array([[row["x1"], row["y1"], row["x2"], row["y2"]] for row in wrong], dtype=float) / 1000
    low, high = xy.reshape(-1, 2).min(axis=0), xy.reshape(-1, 2).max(axis=0)
    rows = conn.execute(
        f"SELECT ST_AsBinary(geom) AS wkb FROM fabric.parcel_version v WHERE {alive}"
        " AND geom && ST_MakeEnvelope(%(x0)s, %(y0)s, %(x1)s, %(y1)s, ST_SRID(geom))",
        {**parameters, "x0": low[0], "y0": low[1], "x1": high[0], "y1": high[1]},
    ).fetchall()
    faces = shapely.from_wkb([row["wkb"] for row in rows])
    tree = shapely.STRtree(faces)
    a, b = tree.query(faces, predicate="intersects")
    pairs = (a < b) & (shapely.area(shapely.intersection(faces[a], faces[b])) > 0)
    return len(np.unique(np.concatenate([a[pairs], b[pairs]])))


def broken_links(conn: Connection, seq: int) -> int:
    """Events up to `seq` that break order or hash chain, plus change sets whose versions no longer give their digest."""
    row = conn.execute(
        """
        SELECT (SELECT count(*) FROM (
                    SELECT e.seq, e.hash, row_number() OVER (ORDER BY e.seq) AS place,
                           sha256(coalesce(lag(e.hash) OVER (ORDER BY e.seq), sha256('geo-service'))
                                  || convert_to(e.seq || '|' || e.kind || '|', 'UTF8') || e.digest) AS expected
                    FROM feed.event e WHERE e.seq <= %(seq)s) chain
                WHERE seq <> place OR hash <> expected)
             + (SELECT count(*) FROM fabric.change_set c JOIN feed.event e ON e.seq = c.seq
                WHERE c.seq <= %(seq)s AND (c.digest <> e.digest OR fabric.digest(c.id) <> c.digest)) AS broken
        """,
        {"seq": seq},
    ).fetchone()
    return int(row["broken"])  # type: ignore[index]
