"""What a draft of a cadastral extract says: a parcel of one state of the map, its neighbours, the table of its corners.

Shape and words follow the extracts of registry offices (TT 26/2024/TT-BTNMT): coordinates in VN-2000 with X northing, lengths in m to 2 decimals, area to
0.1 m². A draft has no force: it is signed by nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import shapely

from geo_service.dossiers.papers import drawing, words
from layers.crs import FabricCrs
from layers.db import Connection
from layers.fabric import history, ledger
from layers.fabric.model import Face

MOST_AROUND = 1_500  # faces looked at around a parcel
AROUND = """
    SELECT v.id, v.parcel_id, v.unit, v.kind, v.sheet, v.number, v.land_use, v.official_area_m2, v.address, v.source_id, ST_AsBinary(v.geom) AS wkb, c.seq
    FROM fabric.parcel_version v JOIN fabric.change_set c ON c.id = v.created_by LEFT JOIN fabric.change_set r ON r.id = v.retired_by
    WHERE v.geom_3857 && {box} AND v.parcel_id <> %(parcel)s AND {alive} ORDER BY v.parcel_id LIMIT {most}
"""
ALIVE = "c.seq <= %(seq)s AND (r.seq IS NULL OR r.seq > %(seq)s)"


def facts_of(conn: Connection, crs: FabricCrs, parcel: int, at: int | None) -> tuple[dict[str, Any], datetime]:
    """Facts for the template, and the moment of the newest change that can be seen in the figure: with it the paper is dated.

    `at`: a state of the map; None: the present one, or the last in which the parcel was there. Raises NotFound, Malformed.
    """
    row = history.version_at(conn, parcel, at)
    if not row["alive"] and at is None and row["seq_to"] is not None:
        row = history.version_at(conn, parcel, row["seq_to"] - 1)
    face = ledger.face_from_row(row)
    scale = drawing.scale_for(face.rings)
    around = _around(conn, crs, face, row, scale)
    neighbours = [drawing.Neighbour(one.rings, drawing.name_of(one.facts.kind, one.facts.number)) for one, _ in around]
    corners, sides = drawing.corners_and_sides(face.rings, neighbours)
    seen = max([row["seq_from"], *(seq for _, seq in around)])
    moment = conn.execute("SELECT at FROM feed.event WHERE seq = %s", (seen,)).fetchone()
    assert moment is not None
    rows = [
        {
            "n": corner.n,
            "x": words.coordinate(corner.x),
            "y": words.coordinate(corner.y),
            "side": f"{side.start}–{side.end}",
            "length": words.number(side.length, 2),
            "beyond": side.beyond or "ngoài bản đồ",
        }
        for corner, side in zip(corners, sides, strict=True)
    ]
    official = row["official_area_m2"]
    unit = f"{row['unit_type'] or ''} {row['unit_name'] or row['unit']}".strip()
    facts = {
        "number_of": row["number"] or "chưa có",
        "sheet": row["sheet"] or "chưa có",
        "parcel_code": row["code"] or "chưa có",
        "address": ", ".join(part for part in (row["address"], unit, "Thành phố Hà Nội") if part),
        "use": row["land_use"] or "",
        "use_name": f"{row['use_vi'] or row['land_use']} ({row['land_use']})" if row["land_use"] else "chưa xác định",
        "label": row["number"] or "–",
        "area_short": words.number(face.area_m2, 1),
        "area": words.area(face.area_m2),
        "area_papers": words.area(official) if official is not None else "không có",
        "scale": words.number(scale, 0),
        "crs": "VN-2000, kinh tuyến trục 105°00′, múi chiếu 3°" if crs.srid == 5897 else crs.name,
        "figure": drawing.figure(face.rings, neighbours, scale),
        "rows": rows,
        "state": f"Theo bản đồ địa chính điện tử đến biến động số {words.number(seen, 0)}, {words.moment_in_words(moment['at'])}.",
        "dated": words.day_in_words(moment["at"]),
    }
    return facts, moment["at"]


def _around(conn: Connection, crs: FabricCrs, face: Face, row: dict[str, Any], scale: int) -> list[tuple[Face, int]]:
    """The faces around a parcel in its state, each with the seq since when it has been as it is; only those the figure shows."""
    west, south, east, north = drawing.window(face.rings, scale)
    box = f"ST_SetSRID(ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s), {crs.srid})"
    found = conn.execute(
        AROUND.format(
            box=crs.to_web_sql(box), alive="v.retired_by IS NULL" if row["seq_to"] is None else ALIVE, most=MOST_AROUND
        ),
        {
            "west": west / 1000, "south": south / 1000, "east": east / 1000, "north": north / 1000,
            "parcel": face.id, "seq": min(row["at_seq"], row["seq_to"] - 1) if row["seq_to"] is not None else None,
        },
    ).fetchall()  # fmt: skip
    frame = shapely.box(west / 1000, south / 1000, east / 1000, north / 1000)
    return [(ledger.face_from_row(one), one["seq"]) for one in found if shapely.from_wkb(one["wkb"]).intersects(frame)]
