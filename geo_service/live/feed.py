"""Reading the outbox: events in commit order, as they go over the wire."""

from __future__ import annotations

from typing import Any

import orjson
import psycopg
from psycopg.rows import DictRow

PAGE = 1_000
MAX_FACES = 60  # faces of a change whose geometry travels with the event
MAX_VERTICES = 4_000

EVENTS = """
    SELECT seq, kind, at, bounds, cells, payload->'retired' AS retired, payload->'created' AS created, payload->'dossier' AS dossier
    FROM feed.event WHERE seq > %s ORDER BY seq LIMIT %s
"""
FEATURES = """
    SELECT v.parcel_id AS id, v.kind, coalesce(v.land_use, '') AS lu, v.number AS num, v.sheet, v.unit,
           round(coalesce(v.official_area_m2, v.area_m2) * 10) / 10 AS area,
           ST_AsGeoJSON(ST_Transform(v.geom_3857, 4326), 8) AS geometry, ST_NPoints(v.geom_3857) AS vertices
    FROM fabric.parcel_version v WHERE v.created_by = %s LIMIT %s
"""


def event_json(row: dict[str, Any]) -> dict[str, Any]:
    """An event as the contract has it."""
    return {
        "seq": row["seq"],
        "kind": row["kind"],
        "at": row["at"],
        "bounds": row["bounds"],
        "cells": row["cells"],
        "retired": row["retired"] or [],
        "created": row["created"] or [],
        "dossier": row["dossier"],
    }


async def events_after(conn: psycopg.AsyncConnection[DictRow], seq: int, limit: int = PAGE) -> list[dict[str, Any]]:
    """The next events after `seq`, oldest first."""
    rows = await (await conn.execute(EVENTS, (seq, limit))).fetchall()
    return [event_json(row) for row in rows]


async def features_of(conn: psycopg.AsyncConnection[DictRow], event: dict[str, Any]) -> str | None:
    """Created faces of a change as a GeoJSON text, to be drawn at once; None where that would be too much."""
    if not event["created"] or len(event["created"]) > MAX_FACES:
        return None
    change = await (await conn.execute("SELECT id FROM fabric.change_set WHERE seq = %s", (event["seq"],))).fetchone()
    if change is None:
        return None
    # Planned for this very id: right after a big load an average change set would seem to hold a million faces.
    rows = await (await conn.execute(FEATURES, (change["id"], MAX_FACES + 1), prepare=False)).fetchall()
    if sum(row["vertices"] for row in rows) > MAX_VERTICES:
        return None
    features = ",".join(
        f'{{"type":"Feature","id":{row["id"]},"properties":'
        + orjson.dumps({key: row[key] for key in ("id", "kind", "lu", "num", "sheet", "unit", "area")}).decode()
        + f',"geometry":{row["geometry"]}}}'
        for row in rows
    )
    return f'{{"type":"FeatureCollection","features":[{features}]}}'
