"""Everything the map shows of one parcel, in one statement: the busiest look-up. What it asks is SQL text, what it makes of the row is pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import shapely

from layers.crs import FabricCrs, Point
from layers.errors import Malformed, NotFound
from layers.fabric import ledger
from layers.fabric.history import JOINS, VERSION, brief
from layers.fabric.model import Face
from layers.fabric.planar import directed
from layers.register.labels import label_of

_RELATIVE = (
    "jsonb_build_object('parcel_id', v.parcel_id, 'code', p.code, 'sheet', v.sheet, 'number', v.number, 'kind', v.kind)"
)


def _question(alive: str) -> str:
    return f"""
        WITH h AS (SELECT seq, coalesce(%(at)s::bigint, seq) AS seq_at FROM feed.head),
        chosen AS (
            SELECT {VERSION}, v.geom, v.geom_3857, h.seq AS head_seq, h.seq_at, c.seq <= h.seq_at AND (r.seq IS NULL OR r.seq > h.seq_at) AS alive,
                   u.name AS unit_name, u.unit_type, l.name_vi AS use_vi, l.name_en AS use_en, l.color
            FROM h, {JOINS} LEFT JOIN register.unit u ON u.code = v.unit LEFT JOIN register.land_use l ON l.code = v.land_use
            WHERE v.parcel_id = coalesce(%(key)s::bigint, (SELECT id FROM fabric.parcel WHERE code = %(code)s::bpchar))
            ORDER BY alive DESC, c.seq <= h.seq_at DESC, CASE WHEN c.seq <= h.seq_at THEN -c.seq ELSE c.seq END LIMIT 1)
        SELECT c.*, ST_AsBinary(c.geom) AS wkb, NULL AS geom, NULL AS geom_3857, n.*,
            (SELECT jsonb_agg(x.o ORDER BY x.parent) FROM (
                SELECT DISTINCT ON (l.parent) l.parent, {_RELATIVE} AS o FROM fabric.lineage l
                JOIN fabric.parcel_version v ON v.parcel_id = l.parent JOIN fabric.parcel p ON p.id = l.parent
                WHERE l.child = c.parcel_id AND l.change_set = (SELECT min(created_by) FROM fabric.parcel_version WHERE parcel_id = c.parcel_id)
                ORDER BY l.parent, v.id DESC LIMIT 50) x) AS predecessors,
            CASE WHEN c.source_id IS NOT NULL THEN (SELECT jsonb_agg(x.o) FROM (
                SELECT {_RELATIVE} AS o FROM fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id
                WHERE v.source_id = c.source_id AND v.unit = c.unit AND v.retired_by IS NULL AND v.parcel_id <> c.parcel_id LIMIT 50) x) END AS parts,
            CASE WHEN NOT c.alive THEN (
                WITH RECURSIVE down AS (
                    SELECT child, 1 AS depth FROM fabric.lineage WHERE parent = c.parcel_id
                    UNION SELECT l.child, d.depth + 1 FROM down d JOIN fabric.lineage l ON l.parent = d.child WHERE d.depth < 60
                        AND NOT EXISTS (SELECT 1 FROM fabric.parcel_version v WHERE v.parcel_id = d.child AND v.retired_by IS NULL))
                SELECT jsonb_agg(DISTINCT {_RELATIVE}) FROM down d
                JOIN fabric.parcel_version v ON v.parcel_id = d.child AND v.retired_by IS NULL JOIN fabric.parcel p ON p.id = v.parcel_id
                WHERE v.parcel_id <> c.parcel_id) END AS successors
        FROM chosen c, LATERAL (
            SELECT array_agg(o.parcel_id) AS near_id, array_agg(o.sheet) AS near_sheet, array_agg(o.number) AS near_number,
                   array_agg(o.kind) AS near_kind, array_agg(ST_AsBinary(o.geom)) AS near_wkb
            FROM h, fabric.parcel_version o WHERE o.geom_3857 && c.geom_3857 AND {alive}) n
    """


# The statements for now and for a past seq; parameters `code`, `key`, `at`. One row, or none where there is no such parcel: the version as of `at`; if
# there was none then, the last before or the first after. With it, in arrays, every face whose box touches its box.
NOW = _question("o.retired_by IS NULL")
PAST = _question(
    """
    (SELECT seq FROM fabric.change_set WHERE id = o.created_by) <= h.seq_at
    AND coalesce((SELECT seq FROM fabric.change_set WHERE id = o.retired_by), h.seq_at + 1) > h.seq_at
    """
)


def described(crs: FabricCrs, row: dict[str, Any] | None, code: str, at: int | None) -> dict[str, Any]:
    """What the row of a statement says. Raises NotFound without a row, Malformed for an `at` that does not exist."""
    if row is None:
        raise NotFound("no-such-parcel", f"There is no parcel {code}.", f"Không có thửa {code}.")
    if at is not None and not 0 <= at <= row["head_seq"]:
        raise Malformed(
            "no-such-seq",
            f"There is no seq {at}; the newest is {row['head_seq']}.",
            f"Không có số thứ tự {at}; mới nhất là {row['head_seq']}.",
        )
    face = ledger.face_from_row(row)
    rings = crs.rings_lonlat(face.rings)
    lons, lats = [p[0] for p in rings[0]], [p[1] for p in rings[0]]
    return {
        "id": row["parcel_id"],
        "code": row["code"],
        "code_origin": row["code_origin"],
        "kind": row["kind"],
        "unit": {"code": row["unit"], "name": row["unit_name"] or row["unit"], "type": row["unit_type"] or ""},
        "sheet": row["sheet"],
        "number": row["number"],
        "label": label_of(row["sheet"], row["number"]),
        "land_use": {
            "code": row["land_use"],
            "name_vi": row["use_vi"] or row["land_use"],
            "name_en": row["use_en"] or row["land_use"],
            "color": row["color"] or "#cccccc",
        }
        if row["land_use"]
        else None,
        "official_area_m2": row["official_area_m2"],
        "computed_area_m2": round(face.area_m2, 3),
        "address": row["address"],
        "source_id": row["source_id"],
        "parts": [brief(part) for part in row["parts"] or ()],
        "status": "current" if row["alive"] else "retired",
        "version": {
            "id": row["id"],
            "seq_from": row["seq_from"],
            "from": row["from"],
            "seq_to": row["seq_to"],
            "to": row["to"],
            "cause": row["cause"],
        },
        "at_seq": row["seq_at"],
        "geometry": {"type": "Polygon", "coordinates": rings},
        "bounds": [min(lons), min(lats), max(lons), max(lats)],
        "rings": [
            [{"mm": list(p), "lonlat": q} for p, q in zip(ring, line, strict=False)]
            for ring, line in zip(face.rings, rings, strict=True)
        ],
        "sides": sides(face, row),
        "successors": [brief(relative) for relative in row["successors"] or ()],
        "predecessors": [brief(relative) for relative in row["predecessors"] or ()],
    }


def sides(face: Face, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Boundary segments with length (m, on the plane) and the face on the other side: the one whose ring runs the segment the other way."""
    other_side = _directed_segments(row["near_wkb"] or (), face.vertices)
    out = []
    for ring_number, ring in enumerate(face.rings):
        for index, (a, b) in enumerate(directed((ring,))):
            place = other_side.get((b, a))
            out.append(
                {
                    "ring": ring_number,
                    "index": index,
                    "length_m": round(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 / 1000, 3),
                    "neighbour": None
                    if place is None
                    else {
                        "id": row["near_id"][place],
                        "label": label_of(row["near_sheet"][place], row["near_number"][place]),
                        "kind": row["near_kind"][place],
                    },
                }
            )
    return out


def _directed_segments(wkbs: Any, points: AbstractSet[Point]) -> dict[tuple[Point, Point], int]:
    """Directed segments between some points (mm), with the place of their polygon in the list."""
    rings, owners = shapely.get_rings(shapely.from_wkb(list(wkbs)), return_index=True)
    coordinates, ring_of = shapely.get_coordinates(rings, return_index=True)
    mm = [(x, y) for x, y in np.round(coordinates * 1000).astype(np.int64).tolist()]
    starts = ring_of.tolist()
    found: dict[tuple[Point, Point], int] = {}
    for i in range(len(mm) - 1):
        if starts[i] == starts[i + 1] and mm[i] in points and mm[i + 1] in points:
            found[mm[i], mm[i + 1]] = int(owners[starts[i]])
    return found
