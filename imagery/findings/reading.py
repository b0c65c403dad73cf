"""Reading findings. Row-level security leaves out what the reader may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from imagery.findings.model import State
from layers.db import Connection
from layers.errors import NotFound
from layers.register.labels import label_of

PAGE = 50
Sort = Literal["rank", "probability", "area", "newest"]
KEYS: Mapping[Sort, str] = {
    "rank": "f.rank_score",
    "probability": "f.probability",
    "area": "f.area_m2",
    "newest": "extract(epoch FROM r.after_at)::double precision",
}
"""What a list is ordered by, the highest first."""
Facet = Literal["state", "transition", "unit", "land_use", "run"]
FACETS: Mapping[Facet, str] = {
    "state": "f.state",
    "transition": "f.transition",
    "unit": "coalesce(f.unit, '*')",
    "land_use": "coalesce(f.land_use, '')",
    "run": "f.run_id::text",
}
"""By what findings are counted; each count leaves its own filter aside."""
JOINED = "imagery.finding f JOIN imagery.recording r ON r.run_id = f.run_id"
BRIEF = """
    f.id, f.number, f.run_id, f.parcel_id, p.code AS parcel_code, v.sheet, v.number AS parcel_number, v.area_m2 AS parcel_area_m2,
    coalesce(v.retired_by IS NULL, false) AS parcel_current, f.unit, coalesce(u.unit_type || ' ' || u.name, f.unit) AS unit_name, f.land_use, f.transition,
    f.persistence, f.area_m2, f.probability, f.max_probability, f.rank_score, f.state, f.revision, f.made_at, f.dossier_id, r.before_at, r.after_at,
    r.model, r.simulated, ARRAY[ST_XMin(f.geom), ST_YMin(f.geom), ST_XMax(f.geom), ST_YMax(f.geom)] AS bounds
"""
NAMED = """
    LEFT JOIN fabric.parcel p ON p.id = f.parcel_id
    LEFT JOIN LATERAL (SELECT * FROM fabric.parcel_version v WHERE v.parcel_id = f.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true
    LEFT JOIN register.unit u ON u.code = f.unit
"""
TILE = """
    WITH tile AS (
        SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box, ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096) AS search),
    found AS MATERIALIZED (
        SELECT f.id, f.number, f.state, f.transition, round(f.probability::numeric, 3)::float8 AS probability, f.geom_web
        FROM tile, imagery.finding f WHERE f.geom_web && tile.search AND @WANTED@),
    areas AS (
        SELECT f.id::text AS id, f.number, f.state, f.transition, f.probability, ST_AsMVTGeom(f.geom_web, tile.box, 4096, 64, true) AS geom
        FROM tile, found f WHERE %(z)s >= 13),
    places AS (
        SELECT f.id::text AS id, f.number, f.state, f.transition, f.probability, ST_AsMVTGeom(ST_PointOnSurface(f.geom_web), tile.box, 4096, 0, true) AS geom
        FROM tile, found f)
    SELECT coalesce((SELECT ST_AsMVT(a, 'findings', 4096, 'geom') FROM areas a), ''::bytea)
        || coalesce((SELECT ST_AsMVT(p, 'places', 4096, 'geom') FROM places p), ''::bytea) AS mvt
"""
"""Findings of one tile: outlines from zoom 13 on, and at every zoom one place each."""


@dataclass(frozen=True)
class Filter:
    """Which findings; a member that is None or empty does not narrow. `unit` '*': outside the communes; `land_use` also names groups; areas in m²."""

    unit: str | None = None
    land_use: str | None = None
    transition: str | None = None
    min_area: float | None = None
    min_probability: float | None = None
    states: tuple[State, ...] = ()
    run: UUID | None = None

    def condition(self) -> str:
        """The filter as SQL over `f`; its values are `values()`."""
        parts = ["true"]
        if self.unit:
            parts.append("coalesce(f.unit, '*') = %(unit)s")
        if self.land_use:
            parts.append(
                "f.land_use IN (WITH RECURSIVE part (code) AS (SELECT %(land_use)s UNION SELECT l.code FROM part JOIN register.land_use l"
                " ON l.parent = part.code) SELECT code FROM part)"
            )
        if self.transition:
            parts.append("f.transition = %(transition)s")
        if self.min_area is not None:
            parts.append("f.area_m2 >= %(min_area)s")
        if self.min_probability is not None:
            parts.append("f.probability >= %(min_probability)s")
        if self.states:
            parts.append("f.state = ANY(%(states)s)")
        if self.run:
            parts.append("f.run_id = %(run)s")
        return " AND ".join(parts)

    def values(self) -> dict[str, Any]:
        return {
            "unit": self.unit, "land_use": self.land_use, "transition": self.transition, "min_area": self.min_area,
            "min_probability": self.min_probability, "states": list(self.states), "run": self.run,
        }  # fmt: skip

    def without(self, facet: Facet) -> Filter:
        """The same without what it says of a facet."""
        match facet:
            case "state":
                return replace(self, states=())
            case "transition":
                return replace(self, transition=None)
            case "unit":
                return replace(self, unit=None)
            case "land_use":
                return replace(self, land_use=None)
            case "run":
                return replace(self, run=None)


def page(
    conn: Connection, wanted: Filter, sort: Sort = "rank", after: tuple[float, UUID] | None = None
) -> list[dict[str, Any]]:
    """At most PAGE + 1 findings, the highest first, past the key and id of the last one that was read; each row has its `key`."""
    key = KEYS[sort]
    past = f"({key}, f.id) < (%(key)s, %(id)s)" if after else "true"
    rows = conn.execute(
        f"SELECT {BRIEF}, {key} AS key FROM {JOINED} {NAMED} WHERE {wanted.condition()} AND {past}"
        f" ORDER BY {key} DESC, f.id DESC LIMIT {PAGE + 1}",
        wanted.values() | {"key": after[0] if after else None, "id": after[1] if after else None},
    ).fetchall()
    return [brief(row) for row in rows]


def brief(row: dict[str, Any]) -> dict[str, Any]:
    """A row of BRIEF with its parcel in one member."""
    names = ("parcel_id", "parcel_code", "sheet", "parcel_number", "parcel_area_m2", "parcel_current")
    key, code, sheet, number, area, current = (row.pop(name) for name in names)
    row["parcel"] = key and {
        "id": key, "code": code, "label": label_of(sheet, number), "area_m2": area, "current": current
    }  # fmt: skip
    return row


def counts(conn: Connection, wanted: Filter) -> dict[Facet, dict[str, int]]:
    """How many findings the filter leaves, by each facet with that facet's own filter aside."""
    return {name: _count(conn, FACETS[name], wanted.without(name)) for name in FACETS}


def _count(conn: Connection, column: str, wanted: Filter) -> dict[str, int]:
    rows = conn.execute(
        f"SELECT {column} AS code, count(*) AS n FROM {JOINED} WHERE {wanted.condition()} GROUP BY 1", wanted.values()
    )
    return {row["code"]: row["n"] for row in rows}


def runs(conn: Connection) -> list[dict[str, Any]]:
    """Runs whose findings were written, newest pair first."""
    return conn.execute(
        "SELECT run_id AS id, at, before_at, after_at, before_title, after_title, model, simulated FROM imagery.recording"
        " ORDER BY after_at DESC, at DESC LIMIT 200"
    ).fetchall()


def one(conn: Connection, finding: UUID) -> dict[str, Any]:
    """A finding with all that the run said. Raises NotFound for one the reader may not see as for one that does not exist."""
    row = conn.execute(
        f"SELECT {BRIEF}, f.indices, f.series, f.evidence, f.permitted_by, f.permitted_at, f.superseded_by, r.at AS recorded_at, r.before_id,"
        " r.after_id, r.before_title, r.after_title, r.sensor, r.gsd_m, ST_AsGeoJSON(f.geom, 8)::jsonb AS geometry"
        f" FROM {JOINED} {NAMED} WHERE f.id = %s",
        (finding,),
    ).fetchone()
    if row is None:
        raise no_such_finding()
    return brief(row)


def verdicts(conn: Connection, finding: UUID) -> list[dict[str, Any]]:
    """What was said of a finding, oldest first. Names of staff are told to staff."""
    return conn.execute(
        "SELECT v.id, v.verdict, v.note, encode(v.photo_sha256, 'hex') AS photo, v.at, dossier.staff_name(v.account) AS account,"
        " v.account = accounts.acting() AS mine, v.id = f.verdict_id AS standing"
        " FROM imagery.verdict v JOIN imagery.finding f ON f.id = v.finding_id WHERE v.finding_id = %s ORDER BY v.id",
        (finding,),
    ).fetchall()


def others(conn: Connection, finding: UUID) -> list[dict[str, Any]]:
    """Other findings on the same parcel, newest pair first."""
    rows = conn.execute(
        f"SELECT {BRIEF} FROM imagery.finding x JOIN imagery.finding f ON f.parcel_id = x.parcel_id AND f.id <> x.id"
        f" JOIN imagery.recording r ON r.run_id = f.run_id {NAMED} WHERE x.id = %s ORDER BY r.after_at DESC, f.made_at DESC LIMIT 20",
        (finding,),
    ).fetchall()
    return [brief(row) for row in rows]


def observed(conn: Connection, finding: UUID) -> list[dict[str, Any]]:
    """What every run said of the parcel, also where it was not observed or is below the resolution."""
    return conn.execute(
        "SELECT r.run_id, r.before_at, r.after_at, r.model, o.state, o.probability, o.changed_m2, o.observed_share FROM imagery.finding f"
        " JOIN imagery.observation o ON o.parcel_id = f.parcel_id JOIN imagery.recording r ON r.run_id = o.run_id WHERE f.id = %s"
        " ORDER BY r.after_at DESC, r.at DESC LIMIT 50",
        (finding,),
    ).fetchall()


def tile(conn: Connection, z: int, x: int, y: int, wanted: Filter) -> bytes:
    """Findings of a tile as MVT; empty where there are none."""
    statement = TILE.replace("@WANTED@", wanted.condition())
    row = conn.execute(statement, wanted.values() | {"z": z, "x": x, "y": y}).fetchone()
    return bytes(row["mvt"]) if row else b""


def no_such_finding() -> NotFound:
    return NotFound("no-such-finding", "There is no such finding.", "Không có phát hiện này.")
