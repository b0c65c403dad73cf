"""Routes that look things up. Anybody may ask; none of the answers holds personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from geo_service.accounts.guards import require
from geo_service.deps import PublicConnection, Visit
from geo_service.openapi import answers
from geo_service.parcels import schemas
from geo_service.parcels.names import told_of_parcel
from geo_service.times import Moment
from layers.crs import FabricCrs
from layers.errors import Malformed
from layers.fabric import history, ledger
from layers.fabric import parcel as parcel_of
from layers.fabric.intents import NO_NUL
from layers.register.labels import label_of
from layers.register.search import search as search_everything

router = APIRouter(tags=["look-up"])
Seq = Annotated[int | None, Query(ge=0, le=2**53)]
Longitude = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]


def _crs(request: Request) -> FabricCrs:
    crs: FabricCrs = request.app.state.crs
    return crs


@router.get("/api/map", responses=answers(schemas.MapFacts))
def describe_map(request: Request, conn: PublicConnection) -> dict[str, Any]:
    """What the map shows: title, extent, newest seq, loads."""
    row = conn.execute(
        """
        SELECT d.srid, d.simulated, d.four_eyes, d.title_vi, d.title_en, h.seq, ARRAY[ST_XMin(b.g), ST_YMin(b.g), ST_XMax(b.g), ST_YMax(b.g)] AS bounds,
               (SELECT at FROM feed.event WHERE seq = 1) AS first_seq_at, (SELECT at FROM feed.event WHERE seq = h.seq) AS head_at,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('seq', seq, 'at', committed_at) ORDER BY seq), '[]')
                FROM fabric.change_set WHERE kind = 'load') AS loads,
               greatest(0, (SELECT reltuples FROM pg_class WHERE oid = 'fabric.parcel_version_current'::regclass))::bigint AS faces
        FROM fabric.deployment d, feed.head h,
             LATERAL (SELECT ST_Transform(ST_SetSRID(ST_Extent(bounds.g)::geometry, 3857), 4326) AS g FROM (
                SELECT ST_Transform(ST_SetSRID(ST_Envelope(o.geom), %s), 3857) AS g FROM fabric.outline o
                ORDER BY o.change_set DESC LIMIT 1) bounds) b
        """,
        (_crs(request).pinned_srid,),
    ).fetchone()
    assert row is not None
    bounds = row["bounds"] if row["bounds"] and row["bounds"][0] is not None else None
    return {**row, "bounds": bounds, "crs_name": _crs(request).name, "tile_min_zoom": 5, "tile_max_zoom": 22}


@router.get("/api/units", responses=answers(schemas.Units))
def list_units(conn: PublicConnection) -> dict[str, Any]:
    """Units with their place; `bounds` and `faces` where land is on record (as of the newest snapshot)."""
    rows = conn.execute(
        """
        SELECT u.code, u.name, u.name_en, u.unit_type AS type, u.ended_on, u.successor, coalesce(ST_X(c.p), u.lon) AS lon, coalesce(ST_Y(c.p), u.lat) AS lat,
               coalesce(x.faces, 0) AS faces,
               CASE WHEN x.unit IS NULL THEN NULL ELSE ARRAY[ST_XMin(c.b), ST_YMin(c.b), ST_XMax(c.b), ST_YMax(c.b)] END AS bounds
        FROM register.unit u LEFT JOIN tiles.unit_extent x ON x.unit = u.code
        LEFT JOIN LATERAL (SELECT ST_Transform(x.centre_3857, 4326) AS p, ST_Transform(x.geom_3857, 4326) AS b) c ON true
        ORDER BY u.code
        """
    ).fetchall()
    return {"items": rows}


@router.get("/api/land-use", responses=answers(schemas.LandUses))
def list_land_use(conn: PublicConnection) -> dict[str, Any]:
    """Land-use codes (TT 08/2024/TT-BTNMT, annex II) with names and colours."""
    rows = conn.execute(
        'SELECT code, name_vi, name_en, parent AS "group", color FROM register.land_use ORDER BY code'
    ).fetchall()
    return {"items": rows}


@router.get("/api/search", responses=answers(schemas.Hits))
def search(
    request: Request,
    conn: PublicConnection,
    q: Annotated[str, Query(max_length=200)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """One box for parcel codes, sheet + number old or new, units and coordinates."""
    return search_everything(conn, _crs(request), q, limit)


@router.get("/api/parcels", responses=answers(schemas.LyingThere))
def parcels_at(
    request: Request, conn: PublicConnection, lon: Longitude, lat: Latitude, at: Seq = None
) -> dict[str, Any]:
    """Everything that ever lay at a place, newest first; with `at`, what lay there then."""
    if at is not None:
        history.check_seq(conn, at)
    return {"items": history.lying_at(conn, _crs(request), lon, lat, at)}


@router.get("/api/parcels/{code}", response_class=Response, responses=answers(schemas.Parcel))
async def parcel(request: Request, code: str, at: Seq = None) -> Response:
    """A parcel by its 12-character code (or internal number), now or as of a past seq."""
    asked = history.names(code) | {"at": at}
    async with request.app.state.async_pool.connection() as conn:  # of the public's login
        row = await (await conn.execute(parcel_of.NOW if at is None else parcel_of.PAST, asked, binary=True)).fetchone()
    found = parcel_of.described(_crs(request), row, code, at)
    return Response(orjson.dumps(found), media_type="application/json")  # the busiest look-up: straight to bytes


@router.get("/api/parcels/{code}/history", responses=answers(schemas.History))
def parcel_history(visit: Visit, code: str) -> dict[str, Any]:
    """When it changed and how. Who changed it and why is told to staff of its unit only: a reason is free text."""
    key = history.parcel_id(visit.conn, code)
    return {"items": history.history(visit.conn, key, names=told_of_parcel(visit, key))}


@router.get("/api/parcels/{code}/lineage", responses=answers(schemas.Lineage))
def parcel_lineage(conn: PublicConnection, code: str) -> dict[str, Any]:
    """Ancestors and descendants with the area each pair shares."""
    return history.lineage(conn, history.parcel_id(conn, code))


@router.get("/api/faces", responses=answers(schemas.Faces))
def faces(
    conn: PublicConnection,
    at: Seq = None,
    date: Moment | None = None,
    unit: Annotated[str | None, Query(max_length=12, pattern=NO_NUL)] = None,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000,
) -> dict[str, Any]:
    """Faces of one state in pages (ask again with `after` = `next`), geometry as open rings of whole mm on the fabric's plane."""
    if date is not None:
        if at is not None:
            raise Malformed("at-and-date", "Give at or date, not both.", "Chỉ dùng at hoặc date.")
        at = history.seq_at(conn, _moment(date))
    seq = history.check_seq(conn, at)
    rows = conn.execute(
        f"""
        SELECT {history.VERSION}, ST_AsBinary(v.geom) AS wkb FROM {history.JOINS}
        WHERE v.id > %(after)s AND c.seq <= %(seq)s AND (r.seq IS NULL OR r.seq > %(seq)s) {"AND v.unit = %(unit)s" if unit else ""}
        ORDER BY v.id LIMIT %(limit)s
        """,
        {"after": after, "seq": seq, "unit": unit, "limit": limit},
    ).fetchall()
    names = (
        "code",
        "kind",
        "unit",
        "sheet",
        "number",
        "land_use",
        "official_area_m2",
        "address",
        "source_id",
        "seq_from",
    )
    return {
        "seq": seq,
        "next": rows[-1]["id"] if len(rows) == limit else None,
        "items": [
            {
                "id": row["parcel_id"],
                "version": row["id"],
                "computed_area_m2": round(row["area_m2"], 3),
                "rings_mm": ledger.face_from_row(row).rings,
            }
            | {name: row[name] for name in names}
            for row in rows
        ],
    }


def _moment(date: datetime) -> datetime:
    """A date with its time zone; without one it is that of the service."""
    try:
        return date if date.tzinfo else date.astimezone()
    except (OverflowError, ValueError) as error:
        raise Malformed("bad-date", f"{date} is out of range.", f"Ngày {date} ngoài phạm vi.") from error


@router.get("/api/editing", responses=answers(schemas.Editing), dependencies=[Depends(require("edit.propose"))])
def editing(
    request: Request,
    conn: PublicConnection,
    ids: Annotated[str, Query(max_length=2_000, pattern=r"^\d{1,15}(,\d{1,15})*$")],
) -> dict[str, Any]:
    """Parcels and everything that touches them, with the millimetre key of every vertex, for snapping."""
    crs = _crs(request)
    state = ledger.load_state(conn, crs, [int(key) for key in ids.split(",")])
    return {
        "seq": ledger.head(conn),
        "faces": [
            {
                "id": face.id,
                "kind": face.facts.kind,
                "label": label_of(face.facts.sheet, face.facts.number),
                "rings": [
                    [{"mm": p, "lonlat": q} for p, q in zip(ring, line, strict=False)]
                    for ring, line in zip(face.rings, crs.rings_lonlat(face.rings), strict=True)
                ],
            }
            for face in state.faces.values()
        ],
    }


@router.get("/api/timeline", responses=answers(schemas.Timeline))
def timeline(conn: PublicConnection) -> dict[str, Any]:
    """At most 500 marks for the time slider; the first and the newest are always among them."""
    rows = conn.execute(
        """
        WITH numbered AS (SELECT seq, at, kind, ntile(499) OVER (ORDER BY seq) AS part FROM feed.event)
        SELECT seq, at, kind FROM (
            SELECT DISTINCT ON (part) seq, at, kind FROM numbered ORDER BY part, seq DESC) t
        UNION SELECT seq, at, kind FROM numbered WHERE seq = 1 ORDER BY seq
        """
    ).fetchall()
    return {"items": rows}
