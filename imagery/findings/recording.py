"""Writing the findings of a run: once, ranked, each with the unit it lies in; what is permitted is silent from the start."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely
from psycopg.types.json import Jsonb

from imagery.findings.model import Lead
from layers.db import Connection
from layers.errors import Malformed, NotFound

FINDING = """
    INSERT INTO imagery.finding (run_id, number, parcel_id, unit, geom, area_m2, probability, max_probability, transition, persistence, rank_score,
                                 indices, series, evidence, land_use)
    SELECT %(run)s, i.number, i.parcel_id, coalesce(v.unit, place.unit), i.geom, i.area_m2, i.probability, i.max_probability, i.transition, i.persistence,
           i.rank_score, i.indices, i.series, i.evidence, i.land_use
    FROM incoming_lead i
    LEFT JOIN LATERAL (SELECT v.unit FROM fabric.parcel_version v WHERE v.parcel_id = i.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true
    LEFT JOIN LATERAL (SELECT v.unit FROM fabric.parcel_version v, LATERAL (SELECT ST_Transform(ST_PointOnSurface(i.geom), 3857) AS p) c
                       WHERE i.parcel_id IS NULL AND v.retired_by IS NULL AND v.geom_3857 && c.p AND ST_Covers(v.geom_3857, c.p) LIMIT 1) place ON true
"""
"""A lead as a row. It lies in the unit of its parcel, or of the road, water or other face under its middle; outside the land on record in none."""
COLUMNS = "number, parcel_id, geom, area_m2, probability, max_probability, transition, persistence, rank_score, indices, series, evidence, land_use"


@dataclass(frozen=True)
class Recorded:
    """What became of a run's leads: findings written, older ones that step back, findings that a permission silences. `new`: False when the run had
    been recorded before; then nothing was changed."""

    leads: int
    superseded: int
    permitted: int
    new: bool


def record(conn: Connection, run_id: UUID, leads: Iterable[Lead]) -> Recorded:
    """Write the findings of a run, best rank first, in the caller's transaction (of the owner's login). A second call for a run changes nothing.

    Older open findings of the same two scenes on the same parcel step back, unless an inspection was opened about them. From here to COMMIT the head of
    the feed is locked: call this last. Raises NotFound for an unknown run, Malformed for a lead without an area or with a probability that is none.
    """
    fresh = conn.execute(
        """
        INSERT INTO imagery.recording (run_id, before_id, after_id, before_at, after_at, before_title, after_title, sensor, gsd_m, model, simulated)
        SELECT r.id, b.id, a.id, b.datetime, a.datetime, b.title, a.title, a.sensor, greatest(a.gsd, b.gsd), coalesce(r.model, r.method), r.simulated
        FROM imagery.run r JOIN imagery.scene b ON b.id = r.before_id JOIN imagery.scene a ON a.id = r.after_id WHERE r.id = %s
        ON CONFLICT DO NOTHING RETURNING run_id
        """,
        (run_id,),
    ).fetchone()
    if fresh is None:
        return _recorded(conn, run_id)
    _take_in(conn, sorted(leads, key=_rank))
    conn.execute(FINDING, {"run": run_id})
    conn.execute("DROP TABLE incoming_lead")
    conn.execute(
        "ANALYZE imagery.finding"
    )  # what follows looks for older ones under the new: planned for an empty table it takes minutes
    row = conn.execute("SELECT leads, superseded, permitted FROM imagery.settle_run(%s)", (run_id,)).fetchone()
    assert row is not None
    return Recorded(**row, new=True)


def _recorded(conn: Connection, run_id: UUID) -> Recorded:
    row = conn.execute(
        "SELECT leads, superseded, permitted FROM imagery.recording WHERE run_id = %s", (run_id,)
    ).fetchone()
    if row is None:
        raise NotFound("no-such-run", "There is no such detection run.", "Không có lượt phát hiện biến động này.")
    return Recorded(**row, new=False)


def _rank(lead: Lead) -> tuple[float, float, int]:
    """Best first; the same order whatever order the leads came in."""
    return -lead.rank_score, -lead.area_m2, lead.parcel_id or 0


def _take_in(conn: Connection, leads: Sequence[Lead]) -> None:
    """Copy leads to a passing table, numbered from 1."""
    conn.execute(
        f"CREATE TEMP TABLE incoming_lead ON COMMIT DROP AS SELECT {COLUMNS} FROM imagery.finding WITH NO DATA"
    )
    with conn.cursor().copy(f"COPY incoming_lead ({COLUMNS}) FROM STDIN") as copy:
        for number, lead in enumerate(leads, 1):
            copy.write_row((number, *_row(lead)))


def _row(lead: Lead) -> tuple[Any, ...]:
    geometry = shapely.MultiPolygon(
        [
            part
            for part in shapely.get_parts(shapely.get_parts(shapely.make_valid(lead.geometry)))
            if part.geom_type == "Polygon"
        ]
    )
    figures = (lead.area_m2, lead.probability, lead.max_probability, lead.rank_score)
    if geometry.is_empty or not all(map(math.isfinite, figures)) or not lead.area_m2 > 0:
        raise Malformed(
            "empty-lead", "A lead has no area or no rank.", "Một phát hiện không có diện tích hoặc thứ hạng."
        )
    if not (0 <= lead.probability <= 1 and 0 <= lead.max_probability <= 1):
        raise Malformed("bad-probability", "A probability lies outside 0 to 1.", "Xác suất nằm ngoài khoảng 0 đến 1.")
    return (
        lead.parcel_id,
        shapely.to_wkb(shapely.set_srid(geometry, 4326), hex=True, include_srid=True),
        lead.area_m2,
        lead.probability,
        lead.max_probability,
        lead.transition,
        lead.persistence,
        lead.rank_score,
        *(Jsonb(_finite(value)) for value in (lead.indices, lead.series, lead.evidence)),
        lead.land_use,
    )


def _finite(value: Any) -> Any:
    """The same value as JSON can hold it: a figure that is not finite (nothing was seen) is null."""
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()  # of numpy
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
